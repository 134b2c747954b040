//! Records before the start, page by page: added up for the opening, and compared with it from then
//! on.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::engine::context::Context;
use crate::engine::stages::openings::start::{aspect, before_the_start_id, is_known_settled};
use crate::engine::stages::problems;
use crate::engine::stages::read::walk;
use crate::engine::stop::Stop;
use crate::model::ledger::{
    BalanceKind, ChargeAccounts, Figures, LATE_SECONDS, Mirrored, Opening, OpeningChange,
    SECONDS_PER_DAY, Slice, Slices, day_of, hour_of, mirror, utc_date,
};
use crate::model::money::Sum;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::{MissingEntries, SubjectKind};
use crate::model::run::proof_progress::ExpectedAll;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::clock;
use crate::platform::store::openings::Openings;

/// A record's figures, in the slice of its day's midnight.
pub(crate) fn of_day(
    owner: &crate::model::ledger::Owner,
    record: &Mirrored,
) -> Result<(Slice, Figures), Stop> {
    let mut figures = Figures::default();
    figures.add_record(owner, record)?;
    Ok((
        Slice {
            kind: record.kind.clone(),
            currency: record.currency,
            hour: day_of(record.created),
        },
        figures,
    ))
}

/// The first midnight at or after a time. Days before it were not read from their beginning.
pub(crate) fn whole_from(lower: i64) -> i64 {
    if day_of(lower) == lower { lower } else { day_of(lower).saturating_add(SECONDS_PER_DAY) }
}

/// Counts records that Stripe's figure for issued cards does not contain yet. They are not
/// available, whichever entry represents them in the ledger.
pub(crate) fn expect_pending(ctx: &mut Context<'_>, before: &[&BalanceTransaction]) {
    let now = clock::now().seconds();
    let walk = &mut ctx.progress.walk;
    for transaction in before.iter().filter(|transaction| transaction.available_on > now) {
        let Ok(record) = mirror(transaction, &ctx.chart, &ChargeAccounts::none()) else { continue };
        if record.kind != BalanceKind::Issuing || record.legs.is_empty() {
            continue;
        }
        let slice =
            Slice { kind: record.kind, currency: record.currency, hour: hour_of(record.created) };
        if !walk.open.iter().any(|(open, _)| *open == slice) {
            walk.open.push((slice.clone(), Figures::default()));
        }
        walk.count_pending(slice, transaction.available_on, i128::from(transaction.net));
    }
}

/// Handles a page's records before the start, after the walk has moved past the page. Completed
/// days are stored, or compared with what was stored.
pub(crate) async fn set_aside(
    ctx: &mut Context<'_>,
    before: &[&BalanceTransaction],
) -> Result<Vec<TransactWriteItem>, Stop> {
    if before.is_empty() && ctx.progress.walk.before.is_empty() {
        return Ok(Vec::new());
    }
    let (opened, last_day) = (
        crate::engine::stages::openings::start::opened(ctx),
        crate::engine::stages::openings::start::start(ctx).saturating_sub(LATE_SECONDS),
    );
    let mut days: Slices = ctx.progress.walk.before.drain(..).collect();
    let mut operations = Vec::new();
    let mut unreadable = Vec::new();
    for transaction in before {
        let record = match mirror(transaction, &ctx.chart, &ChargeAccounts::none()) {
            Ok(record) => record,
            Err(error) => {
                unreadable.push(ProblemReport::unreadable(transaction, &error));
                continue;
            }
        };
        let (day, figures) = of_day(&ctx.owner, &record)?;
        if !opened {
            add_before(ctx, &day, &figures)?;
            if record.created >= last_day {
                let (install, connection) = (&ctx.fence.install, ctx.fence.connection);
                operations.push(ctx.services.store.openings().put_record(
                    install,
                    connection,
                    &record.transaction,
                )?);
            }
        }
        days.merge(day, &figures)?;
    }
    ctx.progress.counters.problems += problems::record(ctx, &unreadable).await?;
    let walk = &mut ctx.progress.walk;
    walk.unsummed |= !opened && !unreadable.is_empty();
    let from = if walk.done {
        walk.lower.map_or(i64::MIN, whole_from)
    } else {
        walk.last_created.map_or(i64::MAX, |last| day_of(last).saturating_add(SECONDS_PER_DAY))
    };
    let complete = days.take_from(from);
    walk.before = if walk.done {
        Vec::new()
    } else {
        days.iter().map(|(day, figures)| (day.clone(), *figures)).collect()
    };
    if opened {
        operations.extend(compare_days(ctx, &complete).await?);
    } else {
        for (day, figures) in complete.iter() {
            operations.push(ctx.services.store.openings().put_day(
                &ctx.fence.install,
                ctx.fence.connection,
                day,
                figures,
            )?);
        }
    }
    Ok(operations)
}

pub(crate) fn add_before(
    ctx: &mut Context<'_>,
    day: &Slice,
    figures: &Figures,
) -> Result<(), Stop> {
    let sums = &mut ctx.progress.walk.before_sums;
    let slice =
        Slice { hour: ctx.connection.start.as_ref().map_or(0, |start| start.at), ..day.clone() };
    match sums.iter_mut().find(|(known, _)| *known == slice) {
        Some((_, sum)) => sum.merge(figures)?,
        None => sums.push((slice, *figures)),
    }
    Ok(())
}

/// Compares days with what Stripe listed for them when they were added up.
pub(crate) async fn compare_days(
    ctx: &mut Context<'_>,
    complete: &Slices,
) -> Result<Vec<TransactWriteItem>, Stop> {
    // A day with a hole was not read completely.
    let holes = walk::holes(ctx).await?;
    let complete = || complete.iter().filter(|(day, _)| !holes.in_day(day.hour));
    let days: Vec<&Slice> = complete().map(|(day, _)| day).collect();
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let stored: HashMap<Slice, Figures> =
        ctx.services.store.openings().days(&ctx.fence.install, ctx.fence.connection, &days).await?;
    let start = crate::engine::stages::openings::start::start(ctx);
    let (mut changed, mut reports, mut gone) = (Openings::new(), Vec::new(), Vec::new());
    for (day, now) in complete() {
        let date = utc_date(day.hour)?;
        let then = stored.get(day).copied().unwrap_or_default();
        let opening = crate::engine::stages::openings::start::known(ctx)
            .await?
            .entry((day.kind.clone(), day.currency))
            .or_insert_with(|| Opening {
                kind: day.kind.clone(),
                currency: day.currency,
                start,
                listed: Figures::default(),
                entries: Vec::new(),
                changed: std::collections::BTreeMap::new(),
            });
        let news = opening.take_in(&date, &then, now);
        let opening = opening.clone();
        match opening.changed.get(&date) {
            Some(change) => reports.push(ProblemReport::before_the_start(&opening, &date, change)),
            None if news => gone.push(before_the_start_id(&opening, &date)),
            None => {}
        }
        if news {
            changed.insert((day.kind.clone(), day.currency), opening);
        }
    }
    // A transaction may contain an item only once, however many of its days changed.
    let mut operations = Vec::new();
    for opening in changed.values() {
        operations.push(ctx.services.store.openings().put(
            &ctx.fence.install,
            ctx.fence.connection,
            opening,
        )?);
    }
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    problems::resolve_known(ctx, &gone).await?;
    Ok(operations)
}

/// Adds what changed at Stripe before the start to the expected sums, like everything that Stripe
/// lists. The ledger has no entry for it.
pub(crate) async fn expect_changes(
    ctx: &mut Context<'_>,
    expected: &mut ExpectedAll,
) -> Result<(), Stop> {
    if is_known_settled(ctx) {
        return Ok(());
    }
    for (subject, opening) in crate::engine::stages::openings::start::known(ctx).await? {
        let change = opening.change();
        if change != OpeningChange::default() {
            let figures = &mut expected.entry(subject.clone()).or_default().figures;
            figures.debit = figures.debit.saturating_add(change.debit);
            figures.credit = figures.credit.saturating_add(change.credit);
        }
    }
    Ok(())
}

impl ProblemReport {
    /// The problem for a day before the start that Stripe lists differently than when the opening
    /// was added up.
    pub(crate) fn before_the_start(opening: &Opening, day: &str, change: &OpeningChange) -> Self {
        let start = utc_date(opening.start).unwrap_or_default();
        let cause = format!(
            "Stripe's records before the start ({start}) are not what they were when the opening \
             entry was made: {day} differs. They are not posted."
        );
        let missing = MissingEntries {
            balance: opening.kind.to_string(),
            currency: opening.currency.to_string(),
            debit: Sum(change.debit),
            credit: Sum(change.credit),
        };
        let references = opening.entries.iter().map(|entry| entry.reference.clone()).collect();
        Self {
            missing: Some(missing),
            references,
            ..Self::new(SubjectKind::Day, day, &aspect(opening), ProblemCode::BeforeTheStart, cause)
                .of(change.net(), opening.currency.to_string())
        }
    }
}
