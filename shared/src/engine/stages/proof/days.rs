//! `DAY` items: what Stripe's records of each day should have made. A walk writes them hour by
//! hour, and the proof adds them up.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::engine::context::Context;
use crate::engine::stages::openings::later;
use crate::engine::stages::proof::verify;
use crate::engine::stages::read::walk;
use crate::engine::stop::Stop;
use crate::model::asked::Depth;
use crate::model::error::{Error, Result};
use crate::model::ledger::{BalanceKind, Figures};
use crate::model::money::Currency;
use crate::model::proof_progress::{DaySums, Differing, Expected, ExpectedAll, Reread, Subtotal, Verified};
use crate::platform::clock;
use crate::platform::store::attribute::Item;
use crate::platform::store::days::{DayHours, digest_text, mark_operations, sort_key};
use crate::platform::store::keys::ItemKind;

/// Entries in agreed hours that every run reads again…
pub(crate) const REREAD_LEGS: u64 = 5_000;

/// …and that a run reads again once a day. Once a week all of them are read again.
pub(crate) const DAILY_REREAD_LEGS: u64 = 50_000;

/// Differing hours that are stored. Any others are only counted.
pub(crate) const MAX_DIFFERING: usize = 50;

/// Reads of days between two checkpoints.
pub(crate) const READS_TO_CHECKPOINT: u32 = 4;

impl Reread {
    /// The number of entries that a run of a depth reads again.
    fn of(depth: Depth, after: Option<String>) -> Self {
        match depth {
            Depth::Hour => Self { after, budget: REREAD_LEGS, whole: false, reached: None, spent: false },
            Depth::TwoDays => Self { after, budget: DAILY_REREAD_LEGS, whole: false, reached: None, spent: false },
            Depth::Fortnight | Depth::Everything => Self { after: None, budget: u64::MAX, whole: true, reached: None, spent: false },
        }
    }

    /// Clears the agreement marks of the days to read again.
    fn distrust(&mut self, items: &[Item], days: &mut [DayHours]) {
        for (item, day) in items.iter().zip(days) {
            let sk = sort_key(item);
            if self.spent || self.after.as_deref().is_some_and(|after| sk <= after) {
                continue;
            }
            let legs: u64 = day.hours.iter().map(|hour| hour.figures.legs).sum();
            self.spent = legs > self.budget && self.reached.is_some();
            if !self.spent {
                self.budget = self.budget.saturating_sub(legs);
                self.reached = Some(sk.to_owned());
                day.distrust();
            }
        }
    }

    /// Where the next run continues: from the beginning once the end was reached.
    fn next(&self) -> Option<String> {
        self.reached.clone().filter(|_| self.spent)
    }
}

impl DaySums {
    /// The hours in which the ledger differs.
    pub(crate) fn into_differing(self) -> Vec<Differing> {
        self.differing
    }

    fn of(&mut self, kind: BalanceKind, currency: Currency) -> Option<&mut Subtotal> {
        let known = self.sums.iter().position(|sum| sum.kind == kind && sum.currency == currency);
        let at = known.unwrap_or_else(|| {
            self.sums.push(Subtotal { kind, currency, figures: Figures::default(), agreed: 0, differing: 0, later: BTreeMap::new() });
            self.sums.len() - 1
        });
        self.sums.get_mut(at)
    }

    /// Adds a day as of a time. Amounts available by then are not counted as pending.
    fn add(&mut self, day: &DayHours, at: i64) -> Result<()> {
        let Some(sum) = self.of(day.kind.clone(), day.currency) else { return Ok(()) };
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

    /// Applies what was read back: marks the hours that agree and stores those that differ.
    fn take_in(&mut self, days: &mut [DayHours], verified: &Verified) {
        let agreed: HashMap<(&BalanceKind, Currency, i64), u128> =
            verified.agreed.iter().map(|(slice, digest)| ((&slice.kind, slice.currency, slice.hour), *digest)).collect();
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
    fn expected(&self, at: i64) -> ExpectedAll {
        let each = self.sums.iter().map(|sum| {
            let pending = sum.later.iter().filter(|(when, _)| is_later(when, at)).map(|(_, net)| net.0).sum();
            ((sum.kind.clone(), sum.currency), Expected { figures: sum.figures, pending, agreed: sum.agreed, differing: sum.differing })
        });
        each.collect()
    }
}

pub(crate) fn is_later(when: &str, at: i64) -> bool {
    when.parse::<i64>().is_ok_and(|when| when > at)
}

/// The progress of adding up the days.
pub(crate) enum Added {
    /// The hours read back so far need to be stored; then it continues.
    More(Vec<TransactWriteItem>),
    /// The same, and the time is up. The next worker continues where this one stopped.
    Later(Vec<TransactWriteItem>),
    /// All days: what the mirrors should hold, and the hours in which the ledger differs.
    All(ExpectedAll, Vec<Differing>),
}

/// Adds up the days to what the mirrors should hold. `reads` counts this worker's reads of days.
///
/// Each hour that is not yet known to agree with the ledger is read back along the way.
pub(crate) async fn add_up(ctx: &mut Context<'_>, reads: &mut u32) -> Result<Added, Stop> {
    let prefix = ItemKind::Day.of_connection(ctx.fence.connection);
    let mut adding = match ctx.progress.adding.take() {
        Some(adding) => adding,
        None => DaySums { reread: Reread::of(ctx.run.depth, reread_after(ctx).await?), ..DaySums::default() },
    };
    let holes = walk::holes(ctx).await?;
    while !adding.done {
        let (items, after) = ctx.services.store.items_after(&ctx.fence.install, &prefix, adding.after.as_deref()).await?;
        let mut days: Vec<DayHours> = items.iter().map(|item| DayHours::of(item, &prefix)).collect::<Result<_>>()?;
        adding.reread.distrust(&items, &mut days);
        days.iter_mut().for_each(|day| day.mark_incomplete(&holes));
        let verified = verify::verify(ctx, &days).await?;
        adding.take_in(&mut days, &verified);
        if !verified.whole {
            // The marks tell the next worker which hours were read back. The days of this page are
            // added up once all of them were. Hours that agreed are then not read a second time,
            // and hours that had to be read again and could not be have lost their mark.
            let mut verified = verified;
            verified.unread = days.iter().flat_map(DayHours::unread).collect();
            let marks = mark_operations(&ctx.services.store, &ctx.fence.install, ctx.fence.connection, &verified)?;
            adding.reread.after = items.last().map(|item| sort_key(item).to_owned()).max(adding.reread.after);
            ctx.progress.adding = Some(adding);
            return Ok(Added::Later(marks));
        }
        let marks = mark_operations(&ctx.services.store, &ctx.fence.install, ctx.fence.connection, &verified)?;
        let at = clock::now().seconds();
        for day in &days {
            adding.add(day, at)?;
        }
        adding.done = after.is_none();
        adding.after = after;
        *reads += 1;
        let time_is_up = ctx.out_of_time();
        if !marks.is_empty() || (!adding.done && (time_is_up || reads.is_multiple_of(READS_TO_CHECKPOINT))) {
            let is_over = !adding.done && time_is_up;
            ctx.progress.adding = Some(adding);
            return Ok(if is_over { Added::Later(marks) } else { Added::More(marks) });
        }
    }
    let mut expected = adding.expected(clock::now().seconds());
    later::expect_changes(ctx, &mut expected).await?;
    let differing = adding.differing.clone();
    ctx.progress.reread_next = adding.reread.next();
    ctx.progress.adding = Some(adding);
    Ok(Added::All(expected, differing))
}

async fn reread_after(ctx: &Context<'_>) -> Result<Option<String>> {
    Ok(ctx.services.store.summaries().get(&ctx.fence.install, ctx.fence.connection).await?.reread_after)
}

/// Starts to add up the days again without relying on any mark. Returns whether that is new work.
pub(crate) fn distrust_all(ctx: &mut Context<'_>) -> bool {
    let trusted = ctx.progress.adding.as_ref().is_none_or(|adding| !adding.reread.whole);
    if trusted {
        ctx.progress.adding = Some(DaySums { reread: Reread::of(Depth::Everything, None), ..DaySums::default() });
    }
    trusted
}

#[cfg(test)]
mod tests;
