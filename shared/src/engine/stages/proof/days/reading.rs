//! Reads back the hours of days that are not known to agree with the ledger.

use crate::engine::context::Context;
use crate::engine::stages::closed;
use crate::engine::stages::proof::verify;
use crate::engine::stages::read::walk;
use crate::engine::stop::Stop;
use crate::model::error::Result;
use crate::model::run::proof_progress::DaySums;
use crate::platform::store::days::{DayHours, mark_operations};
use crate::platform::table::attribute::Item;
use crate::platform::table::read::sort_key;
use crate::platform::table::units::Unit;

/// Which days are read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Some of the closed days.
    Closed,
    /// Days that are in no sum of closed days.
    LeftOpen,
    /// Days after the sums.
    Open,
}

/// Reads back the hours of these days that are not known to agree. Returns the days, the writes of
/// their marks, and whether all was read.
pub(super) async fn read_back(
    ctx: &mut Context<'_>,
    adding: &mut DaySums,
    prefix: &str,
    items: &[Item],
    group: Group,
) -> Result<(Vec<DayHours>, Vec<Unit>, bool), Stop> {
    let holes = walk::holes(ctx).await?;
    let mut days: Vec<DayHours> =
        items.iter().map(|item| DayHours::of(item, prefix)).collect::<Result<_>>()?;
    if group != Group::LeftOpen {
        adding.reread.clear_marks(items, &mut days);
    }
    days.iter_mut().for_each(|day| day.mark_incomplete(&holes));
    let mut verified = verify::verify(ctx, &days).await?;
    adding.take_in(&mut days, &verified);
    let done = days.iter().take_while(|day| day.agrees()).count();
    if !verified.whole && group == Group::Closed && done > 0 {
        // The next worker continues after the days that were read. The marks of the others stay.
        adding.reread.reached = items.get(done - 1).map(|item| sort_key(item).to_owned());
        adding.reread.spent = false;
    } else if !verified.whole {
        verified.unread = days.iter().flat_map(DayHours::unread).collect();
    }
    let (store, fence) = (&ctx.services.store, &ctx.fence);
    let marks = mark_operations(store, &fence.install, fence.connection, &verified, &days)?;
    let mut units = Vec::new();
    for marks in marks {
        let mut unit = Unit(vec![marks.write]);
        if marks.lost {
            let day = (marks.date, marks.kind, marks.currency);
            unit.0.extend(closed::reopen(ctx, &day, true).await?);
        }
        units.push(unit);
    }
    Ok((days, units, verified.whole))
}
