//! Stripe's balances: the one that a record moved.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The Stripe balance that a record moved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BalanceKind {
    /// The balance that receives charges and pays out.
    Payments,
    /// The balance that issued cards spend from.
    Issuing,
    /// The balance that refunds and disputes are prefunded from.
    RefundAndDisputePrefunding,
    /// The balance that Stripe holds as a reserve against risk.
    RiskReserved,
    /// A balance that Stripe added later. Only [`BalanceKind::from_name`] creates it, so the name
    /// is safe in account names and keys.
    Other(OtherBalance),
}

/// The name of a balance that this version does not know, in `[a-z0-9_-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherBalance(String);

impl BalanceKind {
    /// Parses Stripe's `balance_type`. In an unknown one, a byte outside `[a-z0-9_]` is written as
    /// `-xx` (its value in hexadecimal), so two different balances never share a name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "payments" => Self::Payments,
            "issuing" => Self::Issuing,
            "refund_and_dispute_prefunding" => Self::RefundAndDisputePrefunding,
            "risk_reserved" => Self::RiskReserved,
            unknown => {
                let mut safe = String::with_capacity(unknown.len());
                for byte in unknown.bytes() {
                    match byte {
                        b'a'..=b'z' | b'0'..=b'9' | b'_' => safe.push(char::from(byte)),
                        _ => safe.push_str(&format!("-{byte:02x}")),
                    }
                }
                Self::Other(OtherBalance(safe))
            }
        }
    }

    /// The balance of a record. Records of API versions before 2025-05-28 do not name it: card
    /// issuing had its own balance, and everything else was payments.
    pub fn of(balance_type: Option<&str>, type_: &str) -> Self {
        match balance_type.filter(|name| !name.is_empty()) {
            Some(name) => Self::from_name(name),
            None if type_.starts_with("issuing_") => Self::Issuing,
            None => Self::Payments,
        }
    }

    /// Parses what [`BalanceKind::as_str`] wrote. `None` for anything it never writes.
    pub fn from_stored(name: &str) -> Option<Self> {
        let stored = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(stored) {
            return None;
        }
        Some(match Self::from_name(name) {
            // Already encoded safely when it was stored.
            Self::Other(_) => Self::Other(OtherBalance(name.to_owned())),
            known => known,
        })
    }

    /// Stripe's name for it. Stable, used in keys.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Payments => "payments",
            Self::Issuing => "issuing",
            Self::RefundAndDisputePrefunding => "refund_and_dispute_prefunding",
            Self::RiskReserved => "risk_reserved",
            Self::Other(name) => &name.0,
        }
    }
}

impl fmt::Display for BalanceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for BalanceKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for BalanceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored(&String::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("not the name of a balance"))
    }
}
