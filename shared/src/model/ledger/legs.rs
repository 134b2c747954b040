//! Splits one balance transaction into legs.
//!
//! Legs are computed from signed sums, never from positions: Stripe's fee details come in any
//! order. A leg of zero is omitted. Any remainder becomes the leg `fee:rest`, so the legs together
//! move the mirror by exactly `net`, whatever the parts say.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::account::Account;
use crate::model::ledger::balance_kind::BalanceKind;
use crate::model::ledger::chart::Chart;
use crate::model::ledger::classify::{ChargeAccounts, OffsetAccount, offset_of};
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::finding::Finding;
use crate::model::ledger::owner::check_id;
use crate::model::money::Currency;
use crate::model::stripe::types::movement::{BalanceTransaction, FeeDetail};

/// The version of the list of leg kinds. A reference posted under one version is looked up under
/// that version forever, so the list never changes without a new version.
pub const LEG_KINDS_VERSION: u32 = 1;

/// The part of a record that a leg represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegKind {
    /// The gross amount.
    Amount,
    /// Stripe's own fees.
    FeeStripe,
    /// The fee of a Connect application.
    FeeApplication,
    /// The fee of a payment method, passed through.
    FeePassthrough,
    /// Tax on fees.
    FeeTax,
    /// Tax withheld.
    FeeWithheld,
    /// Fees of all kinds that this version does not know.
    FeeOther,
    /// What the record's parts do not explain.
    FeeRest,
}

impl LegKind {
    /// All kinds of version [`LEG_KINDS_VERSION`], in the order in which legs are posted.
    pub const ALL: [Self; 8] = [
        Self::Amount,
        Self::FeeStripe,
        Self::FeeApplication,
        Self::FeePassthrough,
        Self::FeeTax,
        Self::FeeWithheld,
        Self::FeeOther,
        Self::FeeRest,
    ];

    /// The suffix of a reference.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::FeeStripe => "fee:stripe",
            Self::FeeApplication => "fee:application",
            Self::FeePassthrough => "fee:passthrough",
            Self::FeeTax => "fee:tax",
            Self::FeeWithheld => "fee:withheld",
            Self::FeeOther => "fee:other",
            Self::FeeRest => "fee:rest",
        }
    }

    fn of_detail(detail: &FeeDetail) -> Self {
        match detail.type_.as_str() {
            "stripe_fee" => Self::FeeStripe,
            "application_fee" => Self::FeeApplication,
            "payment_method_passthrough_fee" => Self::FeePassthrough,
            "tax" => Self::FeeTax,
            "withheld_tax" => Self::FeeWithheld,
            _ => Self::FeeOther,
        }
    }

    /// The account of a fee. `None` for the gross amount: the record's classification decides it.
    fn fee_account(self) -> Option<Account> {
        match self {
            Self::Amount => None,
            Self::FeeStripe | Self::FeePassthrough | Self::FeeOther | Self::FeeRest => {
                Some(Account::Fees)
            }
            Self::FeeApplication => Some(Account::Platform),
            Self::FeeTax | Self::FeeWithheld => Some(Account::Tax),
        }
    }
}

impl fmt::Display for LegKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LegKind {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(LedgerError::InvalidId)
    }
}

impl Serialize for LegKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for LegKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A planned entry: a signed amount between a mirror and an offset account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The part of the record.
    pub kind: LegKind,
    /// The amount as the record states it, in minor units, never zero: a positive `amount` came in,
    /// a positive fee went out.
    pub signed: i64,
    /// The mirror's indicator.
    pub mirror: String,
    /// The offset account.
    pub offset: OffsetAccount,
}

impl Leg {
    /// The movement of Stripe's balance in minor units; `-balance(mirror)` in the ledger moves by
    /// the same. A positive movement debits the mirror (the mirror is the entry's source), a
    /// negative one credits it.
    pub fn mirror_delta(&self) -> i128 {
        match self.kind {
            LegKind::Amount => i128::from(self.signed),
            _ => -i128::from(self.signed),
        }
    }
}

/// A record in the form that the ledger will hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// The balance transaction.
    pub transaction: String,
    /// Which of Stripe's balances moved.
    pub kind: BalanceKind,
    /// The settlement currency of all legs.
    pub currency: Currency,
    /// Stripe's posting time, Unix seconds.
    pub created: i64,
    /// At most one per kind, in their order. Empty when the record moves nothing.
    pub legs: Vec<Leg>,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

/// Splits a balance transaction into legs. The legs move the mirror by exactly `net`, whatever the
/// record's parts say.
///
/// # Errors
/// [`LedgerError::InvalidId`] when the id is not valid in a reference, [`LedgerError::Currency`]
/// for an invalid currency, and [`LedgerError::Overflow`] when a sum of the record's parts exceeds
/// 64 bits. None of the record may be posted then.
pub fn mirror(
    transaction: &BalanceTransaction,
    chart: &Chart,
    charges: &ChargeAccounts,
) -> Result<Mirrored, LedgerError> {
    check_id(&transaction.id)?;
    let currency: Currency = transaction.currency.parse()?;
    let kind = BalanceKind::of(transaction.balance_type.as_deref(), &transaction.type_);
    let mut findings = Vec::new();

    let (offset, finding) = offset_of(transaction, currency, chart, charges);
    let values = signed_values(transaction, currency, &mut findings)?;
    // The account of the gross matters only if there is a gross.
    if transaction.amount != 0 {
        findings.extend(finding);
    }

    let mirror = chart.mirror(&kind);
    let mut legs = Vec::new();
    for (leg_kind, value) in values.into_iter().filter(|(_, value)| *value != 0) {
        let signed = i64::try_from(value).map_err(|_| LedgerError::Overflow)?;
        if leg_kind == LegKind::FeeRest {
            findings.push(Finding::DoesNotAddUp { rest: signed });
        }
        let offset = leg_kind.fee_account().map_or_else(
            || offset.clone(),
            |account| OffsetAccount::Account(chart.account(account)),
        );
        legs.push(Leg { kind: leg_kind, signed, mirror: mirror.clone(), offset });
    }
    Ok(Mirrored {
        transaction: transaction.id.clone(),
        kind,
        currency,
        created: transaction.created,
        legs,
        findings,
    })
}

/// The signed value of every leg kind, including zeros, in the order of [`LegKind::ALL`].
pub(crate) fn signed_values(
    transaction: &BalanceTransaction,
    currency: Currency,
    findings: &mut Vec<Finding>,
) -> Result<[(LegKind, i128); LegKind::ALL.len()], LedgerError> {
    let mut values = LegKind::ALL.map(|kind| (kind, 0_i128));
    let mut add = |kind: LegKind, value: i128| -> Result<(), LedgerError> {
        for (_, total) in values.iter_mut().filter(|(candidate, _)| *candidate == kind) {
            *total = total.checked_add(value).ok_or(LedgerError::Overflow)?;
        }
        Ok(())
    };

    let amount = i128::from(transaction.amount);
    let mut rest = amount.checked_sub(i128::from(transaction.net)).ok_or(LedgerError::Overflow)?;
    add(LegKind::Amount, amount)?;
    for detail in &transaction.fee_details {
        if detail.currency.parse() != Ok(currency) {
            findings.push(Finding::ForeignFee {
                type_: detail.type_.clone(),
                currency: detail.currency.clone(),
                amount: detail.amount,
            });
            continue;
        }
        let value = i128::from(detail.amount);
        add(LegKind::of_detail(detail), value)?;
        rest = rest.checked_sub(value).ok_or(LedgerError::Overflow)?;
    }
    add(LegKind::FeeRest, rest)?;
    Ok(values)
}
