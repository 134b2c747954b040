//! What a balance held before its mirror began: one entry in the place of all records before a start.
//!
//! It is the sum of Stripe's own list, read to its end, and never Stripe's balance: so the first proof compares two figures that do not
//! come from each other. An opening is fixed once it was posted. A record that surfaces later with a time before the start is posted like
//! any other if it is of the start's last day, and is otherwise a difference that is named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ledger::chart::{Account, BalanceKind, Chart};
use crate::model::ledger::entry::{Entry, META_ACCOUNT};
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::figures::{Figures, decimal};
use crate::model::ledger::owner::Owner;
use crate::model::ledger::reference::OpeningReference;
use crate::model::ledger::time::{SECONDS_PER_DAY, rfc3339, utc_date, utc_day};
use crate::model::money::Currency;

/// The start of a mirror that holds the whole history: Stripe is younger.
pub const WHOLE_HISTORY: i64 = 0;

/// Records of so long before a start may surface after the opening was summed, and are then posted like any other.
pub const LATE_SECONDS: i64 = SECONDS_PER_DAY;

/// The day under which a difference is kept that belongs to no day, because nothing is known of the days of an earlier installation.
const NO_DAY: &str = "earlier";

/// An opening entry, as it is or is to be in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningEntry {
    /// Its reference.
    pub reference: String,
    /// When it takes effect, Unix seconds: the last second before the start it was made for.
    pub at: i64,
    /// What the mirror moves by, minor units: positive is a debit.
    #[serde(with = "decimal")]
    pub moves: i128,
    /// Whether it is known to be in the ledger as it should be.
    #[serde(default)]
    pub posted: bool,
}

/// How much more Stripe lists than when it was summed, minor units; negative for less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// On the mirror's debit side.
    #[serde(with = "decimal")]
    pub debit: i128,
    /// On its credit side.
    #[serde(with = "decimal")]
    pub credit: i128,
}

impl Change {
    /// What figures are now, less what they were.
    #[must_use]
    pub const fn between(then: &Figures, now: &Figures) -> Self {
        Self { debit: now.debit.saturating_sub(then.debit), credit: now.credit.saturating_sub(then.credit) }
    }

    /// A change of the balance, on the side that its sign says.
    #[must_use]
    pub fn of_net(net: i128) -> Self {
        if net >= 0 { Self { debit: net, credit: 0 } } else { Self { debit: 0, credit: net.saturating_neg() } }
    }

    /// By how much the balance changed.
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
    /// The start, Unix seconds: records from here on are posted.
    pub start: i64,
    /// What Stripe listed before the start when it was summed.
    pub listed: Figures,
    /// The entries that stand for it: none for a sum of zero, several after the start was moved.
    pub entries: Vec<OpeningEntry>,
    /// What Stripe lists otherwise since, by UTC day.
    #[serde(default)]
    pub changed: BTreeMap<String, Change>,
}

impl Opening {
    /// The opening for a start, given what Stripe lists before it and the opening entries that are in the ledger already.
    ///
    /// What is there stays there. A first opening, or one for an earlier start than those there are, gets an entry for what is missing;
    /// with the same start as before a difference is not posted, but kept as a change.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits, [`LedgerError::InvalidTime`] for a start outside the calendar.
    pub fn settle(
        owner: &Owner,
        (kind, currency): (&BalanceKind, Currency),
        start: i64,
        listed: Figures,
        there: Vec<OpeningEntry>,
    ) -> Result<Self, LedgerError> {
        let at = start.saturating_sub(1);
        let mut opening = Self { kind: kind.clone(), currency, start, listed, entries: there, changed: BTreeMap::new() };
        let missing = listed.net()?.checked_sub(opening.moves()?).ok_or(LedgerError::Overflow)?;
        let moved_to = if opening.entries.is_empty() { None } else { Some(utc_day(start)?) };
        if missing == 0 {
            return Ok(opening);
        }
        if opening.entries.iter().all(|entry| entry.at > at) {
            let reference = OpeningReference::new(owner, kind, currency, moved_to).to_string();
            opening.entries.push(OpeningEntry { reference, at, moves: missing, posted: false });
        } else {
            opening.changed.insert(NO_DAY.to_owned(), Change::of_net(missing));
        }
        Ok(opening)
    }

    /// What all entries together move the mirror by, minor units.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn moves(&self) -> Result<i128, LedgerError> {
        self.entries.iter().try_fold(0_i128, |sum, entry| sum.checked_add(entry.moves)).ok_or(LedgerError::Overflow)
    }

    /// Takes in what Stripe lists for a day before the start, beside what it listed when the day was summed. Answers whether that is
    /// news.
    pub fn take_in(&mut self, day: &str, then: &Figures, now: &Figures) -> bool {
        let change = (then != now).then(|| Change::between(then, now));
        let before = match change {
            Some(change) => self.changed.insert(day.to_owned(), change),
            None => self.changed.remove(day),
        };
        before != change
    }

    /// All that Stripe lists otherwise than it did.
    #[must_use]
    pub fn change(&self) -> Change {
        self.changed.values().fold(Change::default(), |sum, change| Change {
            debit: sum.debit.saturating_add(change.debit),
            credit: sum.credit.saturating_add(change.credit),
        })
    }

    /// What an entry makes on the mirror: it is an entry of no record.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn figures(&self, entry: &OpeningEntry) -> Result<Figures, LedgerError> {
        let mut figures = Figures::default();
        figures.add(&entry.reference, self.currency, entry.moves)?;
        Ok(figures)
    }

    /// An entry as the ledger's API takes it.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] for a sum beyond the 64 bits of an amount, [`LedgerError::InvalidTime`] outside the calendar.
    pub fn entry(&self, owner: &Owner, chart: &Chart, run: &str, entry: &OpeningEntry) -> Result<Entry, LedgerError> {
        let (mirror, counter) = (chart.mirror(&self.kind), chart.account(Account::Opening));
        let (source, destination) = if entry.moves > 0 { (mirror, counter) } else { (counter, mirror) };
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
            precise_amount: u64::try_from(entry.moves.unsigned_abs()).map_err(|_| LedgerError::Overflow)?,
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
