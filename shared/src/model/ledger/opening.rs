//! The balance before a mirror began: one opening entry that replaces all records before the start.
//!
//! It is the sum of Stripe's own list, read to its end, and never Stripe's balance, so the first
//! proof compares two independent figures. An opening never changes once it is posted. A record
//! with a time before the start that appears later is posted like any other if it falls on the last
//! day before the start. Otherwise it becomes a named difference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ledger::account::Account;
use crate::model::ledger::balance_kind::BalanceKind;
use crate::model::ledger::chart::Chart;
use crate::model::ledger::entry::{Entry, META_ACCOUNT};
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::figures::{Figures, decimal};
use crate::model::ledger::owner::Owner;
use crate::model::ledger::reference::OpeningReference;
use crate::model::ledger::time::{SECONDS_PER_DAY, rfc3339, utc_date, utc_day};
use crate::model::money::Currency;

/// The start of a mirror that holds the whole history. Stripe is younger than this.
pub const WHOLE_HISTORY: i64 = 0;

/// Records from this long before a start may appear after the opening was summed. They are posted
/// like any other.
pub const LATE_SECONDS: i64 = SECONDS_PER_DAY;

/// The day of a difference that belongs to no day, because the days of an earlier installation are
/// unknown.
const NO_DAY: &str = "earlier";

/// An opening entry that is in the ledger, or will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningEntry {
    /// Its reference.
    pub reference: String,
    /// When it takes effect, in Unix seconds: the last second before its start.
    pub at: i64,
    /// The movement of the mirror in minor units. Positive is a debit.
    #[serde(with = "decimal")]
    pub moves: i128,
    /// Whether it is confirmed to be in the ledger with the right content.
    #[serde(default)]
    pub posted: bool,
}

/// An opening entry that takes effect later than the start, because the start was moved back after
/// it was posted. It still represents records before the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterOpening {
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// When it takes effect, in Unix seconds.
    pub at: i64,
    /// The movement of the mirror in minor units. Positive is a debit.
    #[serde(with = "decimal")]
    pub moves: i128,
}

/// The change of what Stripe lists since the opening was summed, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningChange {
    /// On the mirror's debit side.
    #[serde(with = "decimal")]
    pub debit: i128,
    /// On the mirror's credit side.
    #[serde(with = "decimal")]
    pub credit: i128,
}

impl OpeningChange {
    /// The current figures less the earlier ones.
    #[must_use]
    pub const fn between(then: &Figures, now: &Figures) -> Self {
        Self {
            debit: now.debit.saturating_sub(then.debit),
            credit: now.credit.saturating_sub(then.credit),
        }
    }

    /// Records a change of the balance, on the side that its sign implies.
    #[must_use]
    pub fn of_net(net: i128) -> Self {
        if net >= 0 {
            Self { debit: net, credit: 0 }
        } else {
            Self { debit: 0, credit: net.saturating_neg() }
        }
    }

    /// The change of the balance.
    #[must_use]
    pub const fn net(&self) -> i128 {
        self.debit.saturating_sub(self.credit)
    }
}

/// The opening of one balance in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// The start in Unix seconds: records from here on are posted.
    pub start: i64,
    /// What Stripe listed before the start when the opening was summed.
    pub listed: Figures,
    /// The entries of the opening: none for a sum of zero, several after the start moved.
    pub entries: Vec<OpeningEntry>,
    /// What Stripe lists differently since then, by UTC day.
    #[serde(default)]
    pub changed: BTreeMap<String, OpeningChange>,
}

impl Opening {
    /// Computes the opening for a start from what Stripe lists before it and the opening entries
    /// already in the ledger.
    ///
    /// Existing entries stay. A first opening, or one for an earlier start than the existing ones,
    /// gets an entry for the missing amount. With an unchanged start, a difference is not posted
    /// but kept as a change.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits, [`LedgerError::InvalidTime`] for a start outside
    /// the calendar.
    pub fn settle(
        owner: &Owner,
        kind: &BalanceKind,
        currency: Currency,
        start: i64,
        listed: Figures,
        there: Vec<OpeningEntry>,
    ) -> Result<Self, LedgerError> {
        let at = start.saturating_sub(1);
        let mut opening = Self {
            kind: kind.clone(),
            currency,
            start,
            listed,
            entries: there,
            changed: BTreeMap::new(),
        };
        let missing = listed.net()?.checked_sub(opening.moves()?).ok_or(LedgerError::Overflow)?;
        let moved_to = if opening.entries.is_empty() { None } else { Some(utc_day(start)?) };
        if missing == 0 {
            return Ok(opening);
        }
        if opening.entries.iter().all(|entry| entry.at > at) {
            let reference = OpeningReference::new(owner, kind, currency, moved_to).to_string();
            opening.entries.push(OpeningEntry { reference, at, moves: missing, posted: false });
        } else {
            opening.changed.insert(NO_DAY.to_owned(), OpeningChange::of_net(missing));
        }
        Ok(opening)
    }

    /// The movement of the mirror by all entries together, in minor units.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn moves(&self) -> Result<i128, LedgerError> {
        self.entries
            .iter()
            .try_fold(0_i128, |sum, entry| sum.checked_add(entry.moves))
            .ok_or(LedgerError::Overflow)
    }

    /// Its entries that take effect later than the start.
    pub fn later(&self) -> impl Iterator<Item = LaterOpening> + '_ {
        self.entries.iter().filter(|entry| entry.at >= self.start).map(|entry| LaterOpening {
            kind: self.kind.clone(),
            currency: self.currency,
            at: entry.at,
            moves: entry.moves,
        })
    }

    /// Records what Stripe now lists for a day before the start, compared with what it listed when
    /// the day was summed. Returns whether that is new.
    pub fn take_in(&mut self, day: &str, then: &Figures, now: &Figures) -> bool {
        let change = (then != now).then(|| OpeningChange::between(then, now));
        let before = match change {
            Some(change) => self.changed.insert(day.to_owned(), change),
            None => self.changed.remove(day),
        };
        before != change
    }

    /// The sum of all changes in what Stripe lists.
    #[must_use]
    pub fn change(&self) -> OpeningChange {
        self.changed.values().fold(OpeningChange::default(), |sum, change| OpeningChange {
            debit: sum.debit.saturating_add(change.debit),
            credit: sum.credit.saturating_add(change.credit),
        })
    }

    /// The figures of an entry on the mirror. It belongs to no record.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn figures(&self, entry: &OpeningEntry) -> Result<Figures, LedgerError> {
        let mut figures = Figures::default();
        figures.add(&entry.reference, self.currency, entry.moves)?;
        Ok(figures)
    }

    /// An entry in the form that the ledger's API accepts.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] for a sum beyond the 64 bits of an amount,
    /// [`LedgerError::InvalidTime`] outside the calendar.
    pub fn entry(
        &self,
        owner: &Owner,
        chart: &Chart,
        run: &str,
        entry: &OpeningEntry,
    ) -> Result<Entry, LedgerError> {
        let (mirror, offset) = (chart.mirror(&self.kind), chart.account(Account::Opening));
        let (source, destination) =
            if entry.moves > 0 { (mirror, offset) } else { (offset, mirror) };
        let from = utc_date(entry.at.saturating_add(1))?;
        let first = self.entries.first().is_some_and(|first| first.reference == entry.reference);
        let description = if first {
            format!("Stripe balance before {from}")
        } else {
            format!("Stripe balance before {from}, in the place of later days")
        };
        let pairs = [
            (META_ACCOUNT, owner.account().to_owned()),
            ("stripe_mode", owner.mode().to_string()),
            ("stripe_sync_run", run.to_owned()),
            ("stripe_balance", self.kind.to_string()),
            ("stripe_opening_start", from),
            ("stripe_opening_records", self.listed.records.to_string()),
        ];
        Ok(Entry {
            precise_amount: u64::try_from(entry.moves.unsigned_abs())
                .map_err(|_| LedgerError::Overflow)?,
            precision: self.currency.precision(),
            currency: self.currency,
            reference: entry.reference.clone(),
            source,
            destination,
            description,
            effective_date: rfc3339(entry.at)?,
            allow_overdraft: true,
            meta_data: pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        })
    }
}
