//! The sweep: a round over all installs that finds what cannot report itself. Nothing else notices
//! a missing schedule, a lost message or an unfinished clean-up.

use std::time::Duration;

use futures::{StreamExt, stream};

use crate::engine::notices;
use crate::engine::services::Services;
use crate::engine::stages::alerts;
use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::freshness::{FRESH_WHEN_OFF_SECONDS, Freshness};
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::run::Run;
use crate::model::settings::{Interval, Settings};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::{Sweep, SweepCounts, WakeUp};
use crate::platform::queue::wake_ups::{CleanUp, KeyCheck, Resume};
use crate::platform::schedule::Applied;
use crate::platform::store::installs::keys::keys_open;

/// Installs checked concurrently.
pub(crate) const AT_ONCE: usize = 8;

/// A page does not begin with less time than this.
pub(crate) const PAGE_NEEDS: Duration = Duration::from_secs(5);

/// Time budget for the alert of one install.
pub(crate) const ALERT_BUDGET: Duration = Duration::from_secs(6);

/// Time budget for the notices of one install: shorter than after a run, because other installs
/// wait.
pub(crate) const SWEEP_NOTICES_BUDGET: Duration = Duration::from_secs(4);

/// A run without a checkpoint for this many visibility timeouts has no worker, because a message
/// would have been delivered again before.
pub(crate) const STUCK_AFTER_VISIBILITIES: u32 = 3;

/// What one install needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// The age of its newest proof, if nothing prevents a new one.
    age_seconds: Option<i64>,
    /// The proof is too old. The install is woken, unless it waits.
    stale: bool,
    /// Its open run waits for a party that does not answer.
    waits: bool,
    /// It is paused until a person acts.
    paused: bool,
    /// Its open run makes no progress.
    stuck: bool,
    /// The clean-up of this generation is not finished.
    clean_up: Option<String>,
    /// Its schedule must exist with this interval.
    schedule: Option<(String, Interval)>,
}

/// The stored state of an install.
pub(crate) struct InstallView<'a> {
    meta: &'a Meta,
    connection: Option<&'a Connection>,
    settings: &'a Settings,
    newest_proof: Option<Millis>,
    run: Option<&'a Run>,
}

/// Decides what an install needs. Pure.
pub(crate) fn needs(
    seen: &InstallView<'_>,
    minutes: u32,
    stuck_after_seconds: i64,
    now: Millis,
) -> Needs {
    let mut needs =
        Needs { clean_up: seen.meta.pending_clean_up().map(str::to_owned), ..Needs::default() };
    let Some(connection) = seen.connection else { return needs };
    needs.schedule = Some((connection.generation.clone(), seen.settings.interval));
    if connection.active_pause(seen.meta).is_some() {
        needs.paused = true;
        return needs;
    }
    // A waiting run is expected at its next attempt, and is stuck only if that is overdue.
    let next_attempt = |run: &Run| run.waiting.as_ref().map(|waiting| waiting.next_attempt);
    let open = seen.run.filter(|run| run.state.is_open());
    let quiet_since = open.map(|run| {
        run.touched_at.unwrap_or(run.requested_at).max(next_attempt(run).unwrap_or_default())
    });
    // A run that paused for a key which was replaced only needs a wake-up.
    needs.stuck = quiet_since.is_some_and(|since| {
        now > since.plus_seconds(stuck_after_seconds) || connection.paused.is_some()
    });
    if let Some(freshness) = Freshness::of(connection, seen.newest_proof, minutes, now) {
        needs.age_seconds = Some(freshness.age_seconds);
        // A run in progress ends with a proof. When a waiting run ends is unknown.
        needs.waits = !needs.stuck && open.is_some_and(|run| run.waiting.is_some());
        needs.stale = !freshness.fresh && (quiet_since.is_none() || needs.stuck || needs.waits);
    }
    needs
}

/// Continues a round of the sweep. Returns the counts of a finished round; `None` when another
/// message continues it.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`] when the index or the queue does not answer; the
/// message is delivered again.
pub async fn sweep(services: &Services, begun: &Sweep) -> Result<Option<SweepCounts>> {
    let deadline = Deadline::after(services.limits.stop_after);
    let mut round = begun.clone();
    loop {
        let (installs, more) = services.store.installs().page(round.after.as_ref()).await?;
        let last = installs.last().cloned();
        let looked = stream::iter(installs).map(|install| async move {
            look_after(services, &install, deadline).await.map_err(|why| (install, why))
        });
        for outcome in looked.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            round.found.installs += 1;
            match outcome {
                Ok(found) => add(&mut round.found, found),
                Err((install, error)) => {
                    tracing::warn!(%install, cause = %error.chain(),
                        "an install could not be checked");
                    round.found.failed += 1;
                }
            }
        }
        if !more || last.is_none() {
            tracing::info!(round = round.sweep, found = ?round.found, "a round of the sweep ended");
            return Ok(Some(round.found));
        }
        round.after = last;
        if deadline.remaining() < PAGE_NEEDS {
            services.queue.send_sweep(&round, clock::new_ulid()).await?;
            return Ok(None);
        }
    }
}

/// Checks one install. Returns what was found and done.
async fn look_after(
    services: &Services,
    install: &InstallId,
    deadline: Deadline,
) -> Result<SweepCounts> {
    let mut found = SweepCounts::default();
    let head = services.store.installs().head(install).await?;
    let Some(meta) = head.meta.as_ref() else { return Ok(found) };
    let generation = meta.active_generation().unwrap_or_default();
    let connection = head.connection_of(generation);
    let settings = Settings::of(head.settings.clone(), generation);
    let proof = head
        .summary
        .as_ref()
        .filter(|summary| connection.is_some_and(|own| own.connection == summary.connection));
    let run = match connection.and_then(|own| Some((own.connection, own.current_run?))) {
        Some((connection, open)) => services.store.runs().get(install, connection, open).await?,
        None => None,
    };
    let newest_proof = proof.and_then(|summary| summary.last_proof.as_ref()).map(|proof| proof.at);
    let seen =
        InstallView { meta, connection, settings: &settings, newest_proof, run: run.as_ref() };
    let stuck_after = services.limits.visibility.saturating_mul(STUCK_AFTER_VISIBILITIES).as_secs();
    let now = clock::now();
    let minutes = services.schedules.minutes(settings.interval);
    let needs = needs(&seen, minutes, i64::try_from(stuck_after).unwrap_or(i64::MAX), now);
    let Needs { age_seconds, stale, stuck, paused, .. } = needs;
    // The proofs of an account whose money always moves are inconclusive, so the time of the last
    // match is logged as well.
    let last_match = proof.and_then(|summary| summary.last_match);
    let match_age = connection
        .filter(|_| age_seconds.is_some())
        .map(|own| now.seconds() - last_match.unwrap_or(own.connected_at).seconds());
    tracing::info!(%install, proof_age_seconds = age_seconds, match_age_seconds = match_age, stale,
        stuck, paused, "checked an install");
    found.paused = u64::from(paused);
    found.oldest_proof_seconds = age_seconds.unwrap_or_default();
    found.oldest_match_seconds = match_age.unwrap_or_default().max(0);
    wake_up(services, install, &seen, &needs, now).await?;
    found.clean_ups = u64::from(needs.clean_up.is_some());
    (found.stuck, found.stale) = (u64::from(stuck), u64::from(stale));
    let late = connection
        .and_then(|own| Freshness::of(own, newest_proof, minutes, now))
        .filter(|proof| !proof.fresh);
    if let Some(late) = late.filter(|_| stale || paused) {
        raise_stale(services, install, now.plus_seconds(-late.age_seconds)).await;
    }
    if settings.notices.are_chosen() {
        let left = deadline.remaining().saturating_sub(PAGE_NEEDS);
        let budget = Deadline::after(left.min(SWEEP_NOTICES_BUDGET));
        Box::pin(notices::send(services, install, budget)).await;
    }
    // Last, so that an unavailable scheduler stops nothing else.
    if let Some((generation, interval)) = &needs.schedule {
        match set_right(services, install, generation, *interval).await {
            Ok(written) => found.schedules = u64::from(written),
            // The findings still count: they are reported in exactly the case that the sweep exists
            // for.
            Err(error) => {
                tracing::warn!(%install, cause = %error.chain(),
                    "a schedule could not be corrected");
                found.failed = 1;
            }
        }
    }
    Ok(found)
}

/// Sends the wake-ups that an install needs.
async fn wake_up(
    services: &Services,
    install: &InstallId,
    seen: &InstallView<'_>,
    needs: &Needs,
    now: Millis,
) -> Result<()> {
    let meta = seen.meta;
    let generation = meta.active_generation().unwrap_or_default();
    if let Some(generation) = &needs.clean_up {
        let why = CleanUp::Sweep(clock::new_ulid());
        services.queue.send(&WakeUp::cleanup(install, generation, why)).await?;
    }
    if keys_open(meta, seen.connection) {
        let asked =
            meta.active_generation().or(meta.cleanup_generation.as_deref()).unwrap_or_default();
        let why = KeyCheck::Sweep(clock::new_ulid());
        services.queue.send(&WakeUp::keys(install, asked, &why)).await?;
    }
    if let Some(run) = seen.run.filter(|_| needs.stuck) {
        let why = Resume::Sweep(clock::new_ulid());
        services.queue.send(&WakeUp::resume(install, generation, run.id, why)).await?;
    } else if needs.stale && !needs.waits {
        let schedule = WakeUp::schedule(install, generation, clock::new_ulid(), now);
        services.queue.send(&schedule).await?;
    }
    Ok(())
}

/// Raises the alert of a stale install, for people who use the ledger. A failure stops nothing
/// else.
async fn raise_stale(services: &Services, install: &InstallId, since: Millis) {
    let deadline = Deadline::after(ALERT_BUDGET);
    if let Err(error) = alerts::alert_stale(services, install, since, deadline).await {
        tracing::warn!(%install, cause = %error.chain(),
            "alert for a stale install not raised in Blnk");
    }
}

/// Corrects a schedule. Returns whether it was missing or different.
async fn set_right(
    services: &Services,
    install: &InstallId,
    generation: &str,
    interval: Interval,
) -> Result<bool> {
    let written =
        services.schedules.apply(install, generation, interval).await? == Applied::Written;
    if written {
        // It may be changing at the moment. The final state in the table decides.
        services.schedules.settle(&services.store, install, generation).await?;
    }
    Ok(written)
}

/// Whether a wake-up of the schedule is still valid. If its installation or connection is over, its
/// schedule is removed.
pub(crate) async fn schedule_stands(services: &Services, wake_up: &WakeUp) -> Result<bool> {
    let install = &wake_up.install;
    let head = services.store.installs().head(install).await?;
    let Some(connection) = head.connection_of(&wake_up.generation) else {
        services.schedules.settle(&services.store, install, &wake_up.generation).await?;
        tracing::info!(%install, "removed a schedule that is no longer needed");
        return Ok(false);
    };
    let settings = Settings::of(head.settings.clone(), &wake_up.generation);
    let proof = head.summary.as_ref().filter(|summary| summary.connection == connection.connection);
    let newest = proof.and_then(|summary| summary.last_proof.as_ref()).map(|proof| proof.at);
    let young = newest.is_some_and(|at| clock::now() < at.plus_seconds(FRESH_WHEN_OFF_SECONDS));
    Ok(settings.interval != Interval::Off || !young)
}

pub(crate) fn add(all: &mut SweepCounts, one: SweepCounts) {
    all.stale += one.stale;
    all.paused += one.paused;
    all.stuck += one.stuck;
    all.clean_ups += one.clean_ups;
    all.schedules += one.schedules;
    all.failed += one.failed;
    all.oldest_match_seconds = all.oldest_match_seconds.max(one.oldest_match_seconds);
    all.oldest_proof_seconds = all.oldest_proof_seconds.max(one.oldest_proof_seconds);
}

#[cfg(test)]
mod tests;
