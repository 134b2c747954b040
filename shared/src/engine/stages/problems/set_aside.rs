//! The problems of records that were set aside because their calls fail. Brings problems and
//! suspects in line, also after a worker that ended between the two writes.

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::problem::ProblemReport;
use crate::model::suspect::record::{CallKind, Suspect, parse_name};

/// The problems of items that are no longer set aside, and that a worker did not resolve because it
/// ended after the success.
pub(crate) async fn left_over(ctx: &mut Context<'_>) -> Result<Vec<String>, Stop> {
    let run = ctx.fence.run;
    // Problems that hold up records are resolved with each of those records.
    let apart = |kind: CallKind| {
        !matches!(kind, CallKind::Entry | CallKind::BalanceCreate | CallKind::ChargeLookUp)
    };
    let named = crate::engine::stages::problems::known(ctx)
        .await?
        .iter()
        .filter(|(_, problem)| problem.run != run);
    let named = named.filter_map(|(id, problem)| Some((id.clone(), problem.suspect.clone()?)));
    let named: Vec<(String, String)> =
        named.filter(|(_, name)| parse_name(name).is_some_and(|(kind, _)| apart(kind))).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    ctx.suspects.load(true, &ctx.progress.succeeded).await?;
    // One problem covers both calls about an identity.
    let calls = |kind: CallKind| match kind {
        CallKind::IdentityCreate | CallKind::IdentityUpdate => {
            vec![CallKind::IdentityCreate, CallKind::IdentityUpdate]
        }
        other => vec![other],
    };
    let is_gone = |kind: CallKind, subject: &str| {
        calls(kind).into_iter().all(|kind| ctx.suspects.facts(kind, subject).is_none())
    };
    let gone = |name: &str| parse_name(name).is_some_and(|(kind, subject)| is_gone(kind, subject));
    Ok(named.into_iter().filter(|(_, name)| gone(name)).map(|(id, _)| id).collect())
}

/// Resolves the problems of items that were set aside and have since succeeded, and records those
/// that an interrupted worker did not record.
pub(crate) async fn settle_suspects(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut recovered = ctx.suspects.take_recovered();
    recovered.extend(left_over(ctx).await?);
    crate::engine::stages::problems::resolve_known(ctx, &recovered).await?;
    let aside = ctx.suspects.aside();
    if !aside.is_empty() {
        let known = crate::engine::stages::problems::known(ctx).await?;
        let unreported = aside
            .iter()
            .filter(|facts| facts.problem_id().is_some_and(|id| !known.contains_key(&id)));
        let unreported: Vec<ProblemReport> = unreported.map(Suspect::to_report).collect();
        ctx.progress.counters.problems +=
            crate::engine::stages::problems::record(ctx, &unreported).await?;
    }
    Ok(ctx.suspects.tidy().await?)
}
