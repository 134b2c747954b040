//! Alerts in Blnk: one for each cause, on the balance or the entry concerned. An alert is updated
//! rather than repeated, and resolved when its cause is gone. `ALERT` items record what was raised.
//!
//! Creation in Blnk is not idempotent. So the intent is stored before the call, with a mark that is
//! part of the alert's text. A worker that finds an intent whose call must have ended searches for
//! the mark before it calls again. Alerts never fail a run.

pub mod adopt;
pub mod raise;
pub mod wanted;

use crate::engine::context::{AlertAccess, Context};
use crate::engine::services::Services;
use crate::engine::stages::alerts::raise::Alerts;
use crate::engine::stages::alerts::wanted::{AlertDecision, WantedAlert};
use crate::engine::stages::objects;
use crate::engine::stages::problems;
use crate::engine::stages::problems::set_aside;
use crate::engine::stop::Stop;
use crate::model::alert::{AlertItem, AlertState};
use crate::model::certificate::Certificate;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::install::permission::Permission;
use crate::model::ledger::{BalanceKind, Chart, Owner};
use crate::model::problem::explained::ExplainedAll;
use crate::model::suspect::record::CallKind;
use crate::model::time::Millis;
use crate::platform::blnk::BlnkClient;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::alerts::Existing;
use crate::platform::store::tracked_objects::Objects;
use crate::platform::vault::Purpose;

/// Brings the alerts in line with the findings of this run. What fails is retried by the next run.
pub(crate) async fn raise_alerts(ctx: &mut Context<'_>, certificate: &Certificate) {
    if ctx.alerts == AlertAccess::None || ctx.out_of_time() {
        return;
    }
    if let Err(stop) = bring_in_line(ctx, certificate).await {
        tracing::warn!(install = %ctx.fence.install, why = ?stop, "alerts not updated");
    }
    if let Err(stop) = set_alerts_aside(ctx).await {
        tracing::warn!(install = %ctx.fence.install, why = ?stop, "failing alerts not set aside");
    }
}

async fn bring_in_line(
    ctx: &mut Context<'_>,
    certificate: &Certificate,
) -> std::result::Result<(), Stop> {
    let now = clock::now();
    let explained = problems::totals(ctx).await?.explained.clone();
    let mut objects = objects::objects(ctx).await?.clone();
    if ctx.known_empty.alerts
        && judge(certificate, &explained, &objects, &Existing::new(), &ctx.chart, now).is_empty()
    {
        ctx.found_empty.alerts = true;
        return Ok(());
    }
    let (store, fence) = (&ctx.services.store, &ctx.fence);
    let (mut existing, earlier) =
        store.alerts().of_all_connections(&fence.install, fence.connection).await?;
    let alerts = Alerts {
        store,
        install: &fence.install,
        connection: fence.connection,
        blnk: &ctx.blnk,
        owner: &ctx.owner,
        may_read: ctx.alerts == AlertAccess::ReadAndWrite,
        deadline: ctx.deadline,
        suspects: Some(&ctx.suspects),
    };
    let none_elsewhere = earlier.iter().all(|(_, alert)| alert.state == AlertState::Resolved);
    alerts.adopt(earlier, &mut existing, &mut objects).await?;
    let judged = judge(certificate, &explained, &objects, &existing, &ctx.chart, now);
    let is_over = |alert: &AlertItem| alert.state == AlertState::Resolved;
    ctx.found_empty.alerts = judged.is_empty() && existing.values().all(is_over) && none_elsewhere;
    for object in wanted::kept_for(&objects, &existing, &judged) {
        store.tracked_objects().put(&fence.install, fence.connection, &object).await?;
    }
    alerts.bring_in_line(&existing, judged).await?;
    ctx.objects = Some(objects);
    Ok(())
}

/// What the findings of a run mean for the alerts.
fn judge(
    certificate: &Certificate,
    explained: &ExplainedAll,
    objects: &Objects,
    existing: &Existing,
    chart: &Chart,
    now: Millis,
) -> Vec<AlertDecision> {
    let mut judged = wanted::of_certificate(certificate, explained, existing);
    judged.extend(wanted::of_objects(objects, existing, chart, now));
    judged.extend(wanted::of_proof(existing));
    judged
}

/// Sets aside alerts that fail run after run while others succeed.
async fn set_alerts_aside(ctx: &mut Context<'_>) -> std::result::Result<(), Stop> {
    let suspects = std::sync::Arc::clone(&ctx.suspects);
    let mut reports = Vec::new();
    for id in suspects.convicted(CallKind::Alert) {
        reports
            .extend(suspects.set_aside(CallKind::Alert, &id).await?.map(|facts| facts.to_report()));
    }
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    set_aside::settle_suspects(ctx).await
}

/// Raises or updates the alert that an install has had no proof since `since`. The next run that
/// completes resolves it. Returns whether the alert is raised.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`] of the table and the keys. A refusal by Blnk is
/// only logged.
pub async fn alert_stale(
    services: &Services,
    install: &InstallId,
    since: Millis,
    deadline: Deadline,
) -> Result<bool> {
    let (meta, connection) = services.store.installs().meta_and_connection(install).await?;
    let Some(meta) = meta.filter(|meta| meta.grants(Permission::AlertsWrite)) else {
        return Ok(false);
    };
    let Some(connection) = connection
        .filter(|connection| meta.active_generation() == Some(connection.generation.as_str()))
    else {
        return Ok(false);
    };
    let Some(sealed) = &meta.sealed_key else { return Ok(false) };
    let key = services.vault.open(install, Purpose::BlnkApiKey, sealed).await?;
    let blnk =
        BlnkClient::new(services.http.clone(), &services.blnk_base, key, meta.instance_id.clone())
            .map_err(Error::internal)?;
    let (owner, chart) = names(&connection)?;
    let existing = services.store.alerts().all(install, connection.connection).await?;
    let alerts = Alerts {
        store: &services.store,
        install,
        connection: connection.connection,
        blnk: &blnk,
        owner: &owner,
        may_read: meta.grants(Permission::AlertsRead),
        deadline,
        suspects: None,
    };
    let why = connection.active_pause(&meta).map(|pause| pause.reason.as_str());
    let wanted = WantedAlert::stale(chart.mirror(&BalanceKind::Payments), since, why);
    let id = wanted.id.clone();
    alerts.bring_in_line(&existing, vec![wanted::AlertDecision::Wanted(wanted)]).await?;
    let after = services.store.alerts().all(install, connection.connection).await?;
    Ok(after.get(&id).is_some_and(|alert| alert.state == AlertState::Raised))
}

pub(crate) fn names(connection: &Connection) -> Result<(Owner, Chart)> {
    let owner =
        Owner::new(connection.account_id.clone(), connection.mode).map_err(Error::internal)?;
    Ok((owner, Chart::new(connection.mirror.clone()).map_err(Error::internal)?))
}

#[cfg(test)]
mod tests;
