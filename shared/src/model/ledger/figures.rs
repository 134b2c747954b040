//! The expected figures of the ledger, counted while the records are read: the expected side of the
//! proof.
//!
//! Equal net totals hide half of all faults, so each hour of each balance and currency has five
//! figures. They are sums, so they do not depend on the order of records, and partial figures can
//! be merged.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::model::ledger::balance_kind::BalanceKind;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::legs::Mirrored;
use crate::model::ledger::owner::Owner;
use crate::model::ledger::reference::Reference;
use crate::model::ledger::time::hour_of;
use crate::model::money::Currency;

/// What a set of records implies on one mirror in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Distinct records with at least one leg. The ledger cannot show the others.
    pub records: u64,
    /// Legs. Each is one entry.
    pub legs: u64,
    /// The mirror's debits in minor units: the sum of positive movements.
    #[serde(with = "decimal")]
    pub debit: i128,
    /// The mirror's credits in minor units: the sum of negative movements, as a positive number.
    #[serde(with = "decimal")]
    pub credit: i128,
    /// The sum modulo 2^128 over all legs of [`Figures::leg_digest`].
    #[serde(with = "hexadecimal")]
    pub digest: u128,
}

impl Figures {
    /// The movement of the balance: debits less credits.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn net(&self) -> Result<i128, LedgerError> {
        self.debit.checked_sub(self.credit).ok_or(LedgerError::Overflow)
    }

    /// Adds one leg, or one entry of the ledger: its reference, its currency and its movement of
    /// the mirror (positive is a debit).
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits; the figures are then unchanged.
    pub fn add(
        &mut self,
        reference: &str,
        currency: Currency,
        mirror_delta: i128,
    ) -> Result<(), LedgerError> {
        let (debit, credit) = if mirror_delta >= 0 {
            (mirror_delta, 0)
        } else {
            (0, mirror_delta.checked_neg().ok_or(LedgerError::Overflow)?)
        };
        let one = Self {
            records: 0,
            legs: 1,
            debit,
            credit,
            digest: Self::leg_digest(reference, currency, mirror_delta),
        };
        self.merge(&one)
    }

    /// Adds a record with all its legs.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits, [`LedgerError::InvalidId`] for an id that is not
    /// valid in a reference.
    pub fn add_record(&mut self, owner: &Owner, record: &Mirrored) -> Result<(), LedgerError> {
        let mut whole = Self { records: u64::from(!record.legs.is_empty()), ..Self::default() };
        for leg in &record.legs {
            let reference = Reference::new(owner, &record.transaction, leg.kind)?;
            whole.add(&reference.to_string(), record.currency, leg.mirror_delta())?;
        }
        self.merge(&whole)
    }

    /// Adds the figures of records that are not yet counted here.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] when a sum overflows; the figures are then unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), LedgerError> {
        let sum = || {
            Some(Self {
                records: self.records.checked_add(other.records)?,
                legs: self.legs.checked_add(other.legs)?,
                debit: self.debit.checked_add(other.debit)?,
                credit: self.credit.checked_add(other.credit)?,
                digest: self.digest.wrapping_add(other.digest),
            })
        };
        *self = sum().ok_or(LedgerError::Overflow)?;
        Ok(())
    }

    /// The first 16 bytes, big-endian, of SHA-256 over `reference|CURRENCY|movement`, where
    /// `movement` is the mirror's movement in minor units as a decimal number, negative when the
    /// mirror is credited. An entry of the ledger alone holds all of this.
    pub fn leg_digest(reference: &str, currency: Currency, mirror_delta: i128) -> u128 {
        let hash = Sha256::digest(format!("{reference}|{currency}|{mirror_delta}"));
        hash.iter()
            .take(size_of::<u128>())
            .fold(0, |digest, &byte| (digest << 8) | u128::from(byte))
    }
}

/// The key of figures: one UTC hour of one balance in one currency, by Stripe's posting time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slice {
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// The start of the hour, Unix seconds.
    pub hour: i64,
}

/// The figures of many slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices(BTreeMap<Slice, Figures>);

impl Slices {
    /// Adds a record to the slice of its hour. A record without legs creates its slice with zeros,
    /// so that the slice counts as read once it is complete.
    ///
    /// # Errors
    /// As [`Figures::add_record`].
    pub fn add(&mut self, owner: &Owner, record: &Mirrored) -> Result<(), LedgerError> {
        let slice = Slice {
            kind: record.kind.clone(),
            currency: record.currency,
            hour: hour_of(record.created),
        };
        self.0.entry(slice).or_default().add_record(owner, record)
    }

    /// Adds figures of records that are not yet counted in their slice.
    ///
    /// # Errors
    /// As [`Figures::merge`].
    pub fn merge(&mut self, slice: Slice, figures: &Figures) -> Result<(), LedgerError> {
        self.0.entry(slice).or_default().merge(figures)
    }

    /// Removes and returns the slices of hours that begin at or after an instant. A walk from the
    /// newest record down has completed them once it has seen a record older than that.
    pub fn take_from(&mut self, hour: i64) -> Self {
        Self(self.0.extract_if(.., |slice, _| slice.hour >= hour).collect())
    }

    /// The slices in order of balance, currency and hour.
    pub fn iter(&self) -> impl Iterator<Item = (&Slice, &Figures)> {
        self.0.iter()
    }

    /// Whether there are no figures.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Slice, Figures)> for Slices {
    fn from_iter<I: IntoIterator<Item = (Slice, Figures)>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

/// `i128` as a decimal string, so that no store or JSON reader rounds it.
pub(crate) mod decimal {
    use super::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// `u128` as 32 hexadecimal digits.
mod hexadecimal {
    use super::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:032x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<u128, D::Error> {
        u128::from_str_radix(&String::deserialize(deserializer)?, 16).map_err(de::Error::custom)
    }
}
