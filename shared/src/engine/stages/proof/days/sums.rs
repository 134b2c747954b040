//! Sums of days: what they add up to, which days are read again, and which close.

use std::collections::{BTreeMap, HashMap};

use crate::model::closed::{self, MAX_LEFT_OPEN};
use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Figures};
use crate::model::money::Currency;
use crate::model::run::proof_progress::{
    DaySums, Differing, ExpectedAll, ExpectedFigures, Reread, Subtotal, Verified,
};
use crate::model::run::request::Depth;
use crate::platform::store::days::{DayHours, digest_text};
use crate::platform::table::attribute::Item;
use crate::platform::table::read::sort_key;

/// Entries in agreed hours that any run may read again. A small ledger is read completely by each.
pub(crate) const REREAD_LEGS: u64 = 300;

/// Entries in agreed hours that are read again once a day. Once a week all of them are read again.
pub(crate) const DAILY_REREAD_LEGS: u64 = 50_000;

/// Differing hours that are stored. Any others are only counted.
pub(crate) const MAX_DIFFERING: usize = 50;

impl Reread {
    /// The number of entries that a run of a depth reads again.
    pub(super) fn of(depth: Depth, after: Option<String>) -> Self {
        let (budget, whole_day) = match depth {
            Depth::Hour => (REREAD_LEGS, false),
            Depth::TwoDays => (DAILY_REREAD_LEGS, true),
            Depth::Fortnight | Depth::Everything => {
                return Self { budget: u64::MAX, whole: true, ..Self::default() };
            }
        };
        Self { after, budget, whole_day, ..Self::default() }
    }

    /// Clears the agreement marks of the days to read again.
    pub(super) fn clear_marks(&mut self, items: &[Item], days: &mut [DayHours]) {
        for (item, day) in items.iter().zip(days) {
            let sk = sort_key(item);
            if self.spent || self.after.as_deref().is_some_and(|after| sk <= after) {
                continue;
            }
            let legs: u64 = day.hours.iter().map(|hour| hour.figures.legs).sum();
            // The daily budget allows one whole day of any size, or the position would never move.
            let fits = legs <= self.budget || (self.whole_day && self.reached.is_none());
            self.spent = !fits;
            if !self.spent {
                self.budget = self.budget.saturating_sub(legs);
                self.reached = Some(sk.to_owned());
                day.clear_marks();
            }
        }
    }

    /// Where the next run continues: from the beginning once the end was reached. A run whose
    /// budget did not allow even one day leaves the position to the daily run.
    pub(super) fn next(&self) -> Option<String> {
        self.reached.clone().or_else(|| self.after.clone()).filter(|_| self.spent)
    }
}

impl DaySums {
    /// The hours in which the ledger differs.
    pub(crate) fn into_differing(self) -> Vec<Differing> {
        self.differing
    }

    /// Adds a day as of a time. Amounts available by then are not counted as pending. A day that
    /// closes goes into its sum if it agrees, and is left open if not.
    pub(super) fn add(&mut self, sk: &str, day: &DayHours, at: i64) -> Result<()> {
        add_to(&mut self.sums, day, at)?;
        if self.closes_to.as_deref().is_some_and(|to| closed::date_in(sk) < to) {
            if day.agrees() {
                add_to(&mut self.closing, day, at)?;
            } else if self.left_open.len() <= MAX_LEFT_OPEN {
                // With one too many nothing closes: more of them would only fill the run's item.
                self.left_open.push(sk.to_owned());
            }
        }
        Ok(())
    }

    /// Applies what was read back: marks the hours that agree and stores those that differ.
    pub(super) fn take_in(&mut self, days: &mut [DayHours], verified: &Verified) {
        let agreed: HashMap<(&BalanceKind, Currency, i64), u128> = verified
            .agreed
            .iter()
            .map(|(slice, digest)| ((&slice.kind, slice.currency, slice.hour), *digest))
            .collect();
        for day in days {
            for hour in &mut day.hours {
                if let Some(digest) = agreed.get(&(&day.kind, day.currency, hour.begins)) {
                    hour.verified = Some(digest_text(*digest));
                }
            }
        }
        for differing in &verified.differing {
            self.differing.retain(|known| known.slice != differing.slice);
            if self.differing.len() < MAX_DIFFERING {
                self.differing.push(differing.clone());
            }
        }
    }

    /// What the mirrors should hold as of a time, in Unix seconds.
    pub(super) fn expected(&self, at: i64) -> ExpectedAll {
        let each = self.sums.iter().map(|sum| {
            let pending =
                sum.later.iter().filter(|(when, _)| is_later(when, at)).map(|(_, net)| net.0).sum();
            (
                (sum.kind.clone(), sum.currency),
                ExpectedFigures {
                    figures: sum.figures,
                    pending,
                    agreed: sum.agreed,
                    differing: sum.differing,
                },
            )
        });
        each.collect()
    }
}

/// The sum of a balance and currency in a list. A new one is added.
fn sum_of(sums: &mut Vec<Subtotal>, kind: &BalanceKind, currency: Currency) -> usize {
    let known = sums.iter().position(|sum| sum.kind == *kind && sum.currency == currency);
    known.unwrap_or_else(|| {
        sums.push(Subtotal {
            kind: kind.clone(),
            currency,
            figures: Figures::default(),
            agreed: 0,
            differing: 0,
            later: BTreeMap::new(),
        });
        sums.len() - 1
    })
}

fn add_to(sums: &mut Vec<Subtotal>, day: &DayHours, at: i64) -> Result<()> {
    let place = sum_of(sums, &day.kind, day.currency);
    let Some(sum) = sums.get_mut(place) else { return Ok(()) };
    for hour in &day.hours {
        sum.figures.merge(&hour.figures).map_err(Error::internal)?;
        let mut neither = 0;
        let known = match (hour.incomplete, hour.agreed()) {
            (true, _) => &mut neither,
            (false, true) => &mut sum.agreed,
            (false, false) => &mut sum.differing,
        };
        *known += 1;
        for (when, net) in hour.later.iter().filter(|(when, _)| is_later(when, at)) {
            let known = sum.later.entry(when.clone()).or_default();
            known.0 = known.0.saturating_add(net.0);
        }
    }
    Ok(())
}

fn is_later(when: &str, at: i64) -> bool {
    when.parse::<i64>().is_ok_and(|when| when > at)
}

#[cfg(test)]
mod tests;
