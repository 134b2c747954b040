//! Counts the records of a walk hour by hour: the expected figures of the proof, and their
//! breakdown. An hour is written as a whole, once an older record was read.

use crate::engine::stages::offsets::Offsets;
use crate::engine::stop::Stop;
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::ledger::SECONDS_PER_HOUR;
use crate::model::ledger::{
    BalanceKind, Breakdowns, Mirrored, Offset, Owner, Reference, Slice, Slices, hour_of,
};
use crate::model::party::Party;
use crate::model::run::progress::{Maturing, Walk};
use crate::model::run::resuming::OUT_OF_ORDER;
use crate::model::stripe::types::List;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::store::day_units::{HoursToWrite, day_units};
use crate::platform::table::Store;
use crate::platform::table::units::Unit;

/// Consecutive empty pages with more to follow, before a walk is left for later.
pub(crate) const MAX_EMPTY_PAGES: u32 = 3;

/// Completely read hours.
#[derive(Debug, Default)]
pub(crate) struct CompleteHours {
    pub(crate) expected: Slices,
    pub(crate) breakdowns: Breakdowns,
    pub(crate) maturing: Vec<Maturing>,
}

impl CompleteHours {
    /// The writes that replace the hours: one unit for each day, balance and currency.
    pub(crate) fn writes(
        &self,
        store: &Store,
        install: &InstallId,
        connection: ulid::Ulid,
    ) -> Result<Vec<Unit>> {
        let hours = HoursToWrite {
            expected: &self.expected,
            breakdowns: &self.breakdowns,
            maturing: &self.maturing,
        };
        day_units(store, install, connection, hours)
    }
}

/// Counts a page, moves the walk past it, and removes the complete hours from the walk. `now` is in
/// Unix seconds.
pub(crate) fn count(
    walk: &mut Walk,
    owner: &Owner,
    page: &List<BalanceTransaction>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    offsets: &Offsets,
    now: i64,
) -> Result<CompleteHours, Stop> {
    let mut slices = walk.slices();
    let mut breakdowns: Breakdowns = std::mem::take(&mut walk.breakdowns).into_iter().collect();
    for (transaction, record) in mirrored {
        slices.add(owner, record)?;
        breakdowns.add(transaction, record, |kind| {
            let reference = Reference::new(owner, &record.transaction, kind);
            let posted = reference.ok().and_then(|it| offsets.get(&it.to_string()));
            posted.cloned().unwrap_or(Offset::UNPOSTED)
        })?;
        // Not by `created`: a test clock dates records in the future, and they are pending until
        // then.
        if record.kind == BalanceKind::Issuing
            && transaction.available_on > now
            && !record.legs.is_empty()
        {
            let slice = Slice {
                kind: record.kind.clone(),
                currency: record.currency,
                hour: hour_of(record.created),
            };
            walk.count_pending(slice, transaction.available_on, i128::from(transaction.net));
        }
    }
    for record in page.data.iter().filter(|record| record.created >= walk.bound) {
        walk.seen.add(&record.id);
    }
    let from = pass(walk, page)?;
    let complete = slices.take_from(from);
    let broken_down = breakdowns.take_from(from);
    walk.open = slices.iter().map(|(slice, figures)| (slice.clone(), *figures)).collect();
    walk.breakdowns = breakdowns.iter().map(|(slice, it)| (slice.clone(), it.clone())).collect();
    let (mature, still_open): (Vec<_>, Vec<_>) =
        std::mem::take(&mut walk.maturing).into_iter().partition(|item| item.slice.hour >= from);
    walk.maturing = still_open;
    Ok(CompleteHours { expected: complete, breakdowns: broken_down, maturing: mature })
}

/// Moves the walk's position past a page. Returns the hour from which on all hours are complete.
fn pass(walk: &mut Walk, page: &List<BalanceTransaction>) -> Result<i64, Stop> {
    if let Some(last) = page.last_id() {
        walk.cursor = Some(last.to_owned());
        walk.empty_pages = 0;
    } else {
        walk.empty_pages += 1;
    }
    if let Some(last) = page.data.last() {
        walk.last_created = Some(last.created);
    }
    walk.done = !page.has_more;
    if !walk.done && walk.empty_pages >= MAX_EMPTY_PAGES {
        return Err(Stop::later(
            Party::Stripe,
            "Stripe returns empty pages and reports that more follow",
        ));
    }
    // An hour is complete once an older record was read, or nothing older is left.
    Ok(if walk.done {
        i64::MIN
    } else {
        walk.last_created.map_or(i64::MAX, |last| hour_of(last) + SECONDS_PER_HOUR)
    })
}

/// Checks the order: Stripe always lists newest first. In any other order, part of an hour that was
/// already counted could be counted again, so the run stops.
pub(crate) fn in_order(walk: &Walk, records: &[BalanceTransaction]) -> Result<(), Stop> {
    let mut last = walk.last_created;
    for record in records {
        if last.is_some_and(|last| hour_of(record.created) > hour_of(last)) {
            return Err(Stop::Fail {
                code: OUT_OF_ORDER,
                text: "Stripe's list is not in chronological order. Nothing after this place was \
                    counted."
                    .to_owned(),
            });
        }
        last = Some(record.created);
    }
    Ok(())
}
