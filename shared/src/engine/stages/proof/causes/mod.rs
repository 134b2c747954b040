//! Finds the entries, or missing entries, that make both sides differ. Reads only, and only a
//! limited amount: a certificate names a few dozen causes and says when there are more.

pub mod found;
pub mod hours;
pub mod others;

use std::collections::HashSet;

use crate::engine::context::Context;
use crate::engine::stages::openings::start::before_the_start_id;
use crate::engine::stages::proof::causes::found::{Extent, FoundCauses, MAX_HOURS_COMPARED, cause};
use crate::engine::stop::Stop;
use crate::model::certificate::{Cause, CauseKind, Certificate, Line};
use crate::model::ledger::{MirrorIds, OpeningReference, Reference};
use crate::model::money::Sum;
use crate::model::run::proof_progress::Differing;
use crate::model::time::Millis;
use crate::platform::table::attribute::attr;
use crate::platform::table::keys::{Sk, key};

/// Names in a certificate the causes of the differences, and returns how complete they are. `known`
/// holds the causes named before, `since` is when both sides last agreed. When the time is nearly
/// up, or the ledger or Stripe stops answering, the certificate contains what was found until then:
/// the difference must be reported without waiting for the rest.
pub(crate) async fn name_causes(
    ctx: &Context<'_>,
    certificate: &mut Certificate,
    differing: &[Differing],
    known: &[Cause],
    since: Option<Millis>,
) -> Result<Extent, Stop> {
    let mut found = FoundCauses::default();
    let mut extent = Extent::All;
    let lines: Vec<&Line> =
        certificate.lines.iter().filter(|line| line.is_ledger_at_fault()).collect();
    match find_causes(ctx, &lines, differing, known, since, &mut found).await {
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why,
                "the search for causes is incomplete");
            found.more = true;
            // A missing answer may come in the next run; a search that takes too long will take too
            // long again.
            extent = if ctx.out_of_time() { Extent::Part } else { Extent::Cut };
        }
        other => other?,
    }
    explain_by_problems(ctx, &mut found.causes).await?;
    certificate.more_causes = found.more;
    certificate.causes = found.causes;
    Ok(if found.more && extent == Extent::All { Extent::Part } else { extent })
}

async fn find_causes(
    ctx: &Context<'_>,
    lines: &[&Line],
    differing: &[Differing],
    known: &[Cause],
    since: Option<Millis>,
    found: &mut FoundCauses,
) -> Result<(), Stop> {
    let indicators: HashSet<&str> = lines.iter().map(|line| line.mirror.as_str()).collect();
    let indicators: Vec<&str> = indicators.into_iter().collect();
    let rows = ctx.blnk.balances_by_indicator(&indicators, ctx.deadline).await?;
    let ids: MirrorIds = rows
        .into_iter()
        .filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id)))
        .collect();
    for line in lines {
        name_changes(ctx, line, found);
    }
    others::find_again(ctx, known, &ids, found).await?;
    found.more |= differing.len() > MAX_HOURS_COMPARED;
    for hour in differing.iter().take(MAX_HOURS_COMPARED) {
        if ctx.out_of_time() {
            found.more = true;
            return Ok(());
        }
        hours::compare_hour(ctx, &hour.slice, &ids, found).await?;
    }
    for line in lines {
        let of_line =
            differing.iter().filter(|hour| ctx.chart.mirror(&hour.slice.kind) == line.mirror);
        let compared: HashSet<i64> = of_line.map(|hour| hour.slice.hour).collect();
        // If Stripe's list has a hole, it is unknown which record an entry belongs to.
        if line.incomplete {
            continue;
        }
        if !found.explain(line) {
            others::look_for_others(ctx, line, &compared, &ids, since, found).await?;
        }
        found.more |= !found.explain(line);
    }
    Ok(())
}

/// Names the days before the start that Stripe lists differently than when the opening was posted.
fn name_changes(ctx: &Context<'_>, line: &Line, found: &mut FoundCauses) {
    let openings = ctx.openings.iter().flat_map(|openings| openings.values());
    let of_line = openings.filter(|opening| {
        opening.kind.as_str() == line.balance && opening.currency.as_str() == line.currency
    });
    for (opening, day, change) in of_line
        .flat_map(|opening| opening.changed.iter().map(move |(day, change)| (opening, day, change)))
    {
        let named = (line.mirror.clone(), opening.currency);
        // Incoming and outgoing amounts are separate, because each side of the mirror lacks its
        // own.
        for (side, moved) in [("debits", change.debit), ("credits", change.credit.saturating_neg())]
            .into_iter()
            .filter(|(_, moved)| *moved != 0)
        {
            let more = (moved > 0) == (side == "debits");
            let (expected, there) = if more {
                (Some(Sum(moved)), None)
            } else {
                (None, Some(Sum(moved.saturating_neg())))
            };
            found.add(Cause {
                expected,
                found: there,
                problem: Some(before_the_start_id(opening, day)),
                ..cause(CauseKind::BeforeStart, &named, &format!("{day}:{side}"), &ctx.owner)
            });
        }
    }
}

/// Links a missing leg to the problem that explains it.
pub(crate) async fn explain_by_problems(
    ctx: &Context<'_>,
    causes: &mut [Cause],
) -> Result<(), Stop> {
    let store = &ctx.services.store;
    let names = |cause: &Cause| -> Vec<String> {
        if let Some(named) = &cause.problem {
            return vec![named.clone()];
        }
        if cause.reference.parse::<OpeningReference>().is_ok() && cause.kind == CauseKind::Missing {
            return vec![format!("{}:entry", cause.reference)];
        }
        let reference =
            cause.reference.parse::<Reference>().ok().filter(|_| cause.kind != CauseKind::Foreign);
        let ids = reference.map(|reference| {
            [
                format!("{}:{}", reference.transaction(), reference.leg_kind()),
                format!("{}:record", reference.transaction()),
                format!("{}:right", reference.transaction()),
            ]
        });
        ids.into_iter().flatten().collect()
    };
    let wanted: HashSet<String> = causes.iter().flat_map(names).collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut known = HashSet::new();
    let keys = wanted
        .iter()
        .map(|id| key(&ctx.fence.install, &Sk::Problem(ctx.fence.connection, id)))
        .collect();
    for item in store.read_all(keys).await? {
        // A resolved problem does not explain what is missing now.
        if item
            .get("state")
            .and_then(|state| state.as_s().ok())
            .is_some_and(|state| state == "resolved")
        {
            continue;
        }
        let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok());
        known.extend(sk.and_then(|sk| sk.splitn(3, '#').nth(2)).map(str::to_owned));
    }
    for cause in causes {
        cause.problem = names(cause).into_iter().find(|id| known.contains(id));
    }
    Ok(())
}
