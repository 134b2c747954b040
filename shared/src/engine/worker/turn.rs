//! A worker processes the run that it has claimed, turn by turn, until nothing is left to do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::engine::context::{AlertAccess, CallCounts, Context};
use crate::engine::notices;
use crate::engine::run::checkpoint::RunOutcome;
use crate::engine::run::set_up;
use crate::engine::run::set_up::SetUp;
use crate::engine::services::Services;
use crate::engine::stages::alerts;
use crate::engine::stages::openings::start as openings;
use crate::engine::stages::problems;
use crate::engine::stages::problems::unanswered;
use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::engine::worker::claimed::{ClaimedRun, ReadWithRun};
use crate::engine::worker::closing;
use crate::engine::worker::outcome::completed;
use crate::engine::worker::settle;
use crate::engine::worker::waiting::{ShortPauses, given_up, patience};
use crate::model::connection::KEY_UNREADABLE;
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::run::Run;
use crate::model::run::known_empty::KnownEmpty;
use crate::model::settings::Settings;
use crate::model::shape::NotedShape;
use crate::platform::blnk::BlnkClient;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::runs::ending::{CloseInputs, Ending};
use crate::platform::store::runs::{Fence, RunItems};
use crate::platform::stripe::StripeClient;
use crate::platform::vault::Purpose;

/// Works on a run until the run has ended, pauses or waits, or this worker's time is up. Then sends
/// notices, if they are chosen.
pub(crate) async fn drive(
    services: &Services,
    fence: Fence,
    run: Run,
    deadline: Deadline,
) -> Result<()> {
    let install = fence.install.clone();
    let Some(held) = Box::pin(ClaimedRun::read(services, fence, run)).await? else {
        return Ok(());
    };
    let mut notices = NoticesChosen::default();
    Box::pin(work_on(services, held, deadline, &mut notices)).await?;
    // If a worker stopped before it read the settings, there may be something to report.
    if notices.0.unwrap_or(true) {
        Box::pin(notices::send(services, &install, deadline)).await;
    }
    Ok(())
}

/// Whether notices are chosen, once the settings were read.
#[derive(Default)]
struct NoticesChosen(Option<bool>);

async fn work_on(
    services: &Services,
    mut held: ClaimedRun,
    deadline: Deadline,
    notices: &mut NoticesChosen,
) -> Result<()> {
    let (fence, run) = (&held.fence, &held.run);
    if let Some(why) = given_up(run, clock::now()) {
        return closing::close(services, fence, run, Ending::failed("no_progress", why)).await;
    }
    tracing::info!(install = %fence.install, run = %run.id, checkpoint = run.checkpoint,
        attempt = run.attempt, "a worker processes the run");
    let mut pauses = ShortPauses::of(run);
    let suspects = Arc::new(Suspects::new(&services.store, fence));
    loop {
        let noted = NotedShape::default();
        let stop = match Box::pin(context(services, &held, &noted, &suspects, deadline)).await {
            Ok(ctx) => {
                notices.0 = Some(ctx.settings.notices.are_chosen());
                match Box::pin(turn(services, ctx)).await? {
                    Some(stop) => stop,
                    None => return Ok(()),
                }
            }
            Err(stop) => stop,
        };
        if let (Stop::Retryable(_), Some(shape)) = (&stop, noted.take()) {
            services.store.summaries().note_unanswered(&held.fence, shape).await?;
        }
        // Calls that got no answer in this delivery of the message are not repeated in it.
        let over = matches!(stop, Stop::Retryable(_)) && suspects.is_spent();
        match Box::pin(settle::settle(
            services,
            &held,
            stop,
            if over { Deadline::after(Duration::ZERO) } else { deadline },
            &mut pauses,
        ))
        .await?
        {
            Some(fresh) => held = fresh,
            None => return Ok(()),
        }
    }
}

/// Works until the run stops, and returns why. `None` when this worker is done with the run.
pub(crate) async fn turn(services: &Services, mut ctx: Box<Context<'_>>) -> Result<Option<Stop>> {
    // A run holds a lot of state across awaits, so its future is on the heap and not on the
    // caller's stack.
    match Box::pin(crate::engine::run::work(&mut ctx)).await {
        Ok(RunOutcome::OutOfTime) => {
            closing::continue_later(services, &ctx.fence).await.map(|()| None)
        }
        Ok(RunOutcome::Previewed) => {
            ctx.count_calls();
            let run = Run { progress: ctx.progress, ..ctx.run };
            Box::pin(closing::close(services, &ctx.fence, &run, Ending::previewed()))
                .await
                .map(|()| None)
        }
        Ok(RunOutcome::Proven(certificate, watch)) => {
            ctx.count_calls();
            Box::pin(alerts::raise_alerts(&mut ctx, &certificate)).await;
            if let Err(stop) = unanswered::answered(&mut ctx).await {
                return Ok(Some(stop));
            }
            let totals = match problems::totals(&mut ctx).await {
                Ok(totals) => totals.clone(),
                Err(stop) => return Ok(Some(stop)),
            };
            let explained = totals.explained;
            let known_empty = Some(found_empty(&ctx));
            let read = CloseInputs {
                summary: ctx.summary.map(|summary| *summary),
                open: totals.open,
                connection: ctx.connection,
            };
            let mut run = Run { progress: ctx.progress, ..ctx.run };
            // A worker that died between a problem and its checkpoint has recorded problems that it
            // did not count.
            run.progress.counters.problems =
                run.progress.counters.problems.max(explained.open_in(run.id));
            // Problems that the resumed run found and could not fix are not found again.
            let before = run.progress.resume.iter().flat_map(|resume| &resume.runs);
            run.progress.counters.problems += before.map(|id| explained.open_in(*id)).sum::<u64>();
            let ending = Ending {
                state: completed(&run, &certificate, &explained),
                error: None,
                dismissed: explained.dismissed_lines(&certificate.lines),
                certificate: Some(*certificate),
                watch: Some(watch),
                known_empty,
                read: Some(Box::new(read)),
            };
            Box::pin(closing::close(services, &ctx.fence, &run, ending)).await.map(|()| None)
        }
        // Progress in memory that was not written is read again from the last checkpoint, except
        // when the walk begins again.
        Err(Stop::CursorGone) => {
            ctx.progress.walk_again();
            let again = crate::engine::run::checkpoint::checkpoint(&mut ctx, Vec::new()).await;
            Ok(Some(
                again.err().unwrap_or_else(|| Stop::later(Party::Stripe, "the walk begins again")),
            ))
        }
        Err(stop) => Ok(Some(ctx.named(stop))),
    }
}

/// The lists that this run found empty, or did not need to read.
fn found_empty(ctx: &Context<'_>) -> KnownEmpty {
    let (known, found) = (&ctx.known_empty, &ctx.found_empty);
    KnownEmpty {
        run: ctx.fence.run,
        objects: ctx.objects.as_ref().map_or(known.objects, BTreeMap::is_empty),
        object_hints: known.object_hints || found.object_hints,
        customer_hints: known.customer_hints || found.customer_hints,
        alerts: found.alerts,
        openings: ctx.openings.as_ref().map_or(known.openings, openings::are_settled),
    }
}

/// Opens the keys, and ensures that the ledger's accounts are ours.
pub(crate) async fn context<'s>(
    services: &'s Services,
    held: &ClaimedRun,
    noted: &NotedShape,
    suspects: &Arc<Suspects>,
    deadline: Deadline,
) -> Result<Box<Context<'s>>, Stop> {
    let ClaimedRun { mut fence, mut run, meta, mut connection, read, .. } = held.clone();
    let (blnk, stripe) = Box::pin(clients(services, held, noted)).await?;
    let owner = Owner::new(connection.account_id.clone(), connection.mode)?;
    let read_at = held.read_at;
    let read = match read {
        Some(read) => *read,
        None => {
            let RunItems { settings, summary, .. } = services.store.runs().items(&fence).await?;
            ReadWithRun { settings, summary, payouts: None }
        }
    };
    let settings = Settings::of(read.settings, &connection.generation);
    let known_empty =
        read.summary.as_ref().map(|summary| summary.known_empty_for(&connection, &run));
    let mut progress = run.progress.clone();
    if let Some(resume) = progress.resume.as_ref().filter(|_| progress.read_began_at.is_some()) {
        run.depth = resume.depth;
    }
    let choice = progress.accounts.get_or_insert_with(|| settings.accounts());
    let chart = Chart::new(connection.mirror.clone())?
        .in_mode(connection.mode)
        .choosing(choice)?
        .remembering(connection.accounts.clone())
        .ruled_by(settings.account_rules.of_owner(&owner.to_string()));
    progress.read_only |= !meta.grants(Permission::DataWrite);
    let writes = !progress.read_only && !run.is_preview();
    let of =
        SetUp { fence: &mut fence, connection: &mut connection, progress: &mut progress, writes };
    let (chart, ledger_id) =
        Box::pin(set_up::set_up(services, &blnk, chart, &owner, of, deadline)).await?;
    Ok(Box::new(Context {
        services,
        settings,
        fence,
        run,
        progress,
        connection,
        owner,
        chart,
        ledger_id,
        blnk,
        stripe,
        deadline,
        suspects: Arc::clone(suspects),
        known_empty: known_empty.unwrap_or_default(),
        summary: read.summary.map(Box::new),
        found_empty: KnownEmpty::default(),
        read_at,
        totals: None,
        offsets: std::collections::HashMap::new(),
        closed: None,
        unresolved_charges: std::collections::BTreeMap::new(),
        unconfirmed_records: std::collections::BTreeMap::new(),
        counted: CallCounts::default(),
        known: None,
        alerts: AlertAccess::of(&meta),
        objects: None,
        payouts: read.payouts,
        thinned: None,
        openings: None,
    }))
}

/// The clients of both sides, with the keys of the install and of the connection.
async fn clients(
    services: &Services,
    held: &ClaimedRun,
    noted: &NotedShape,
) -> Result<(BlnkClient, StripeClient), Stop> {
    let ClaimedRun { fence, run, meta, connection, .. } = held;
    let sealed = meta.sealed_key.as_ref().ok_or(Stop::Cancel("The app was uninstalled."))?;
    let (blnk_key, stripe_key): (SecretString, SecretString) = tokio::try_join!(
        services.vault.open(&fence.install, Purpose::BlnkApiKey, sealed),
        services.vault.open(&fence.install, Purpose::StripeApiKey, &connection.sealed_key),
    )
    .map_err(unreadable)?;
    let blnk = BlnkClient::new(
        services.http.clone(),
        &services.blnk_base,
        blnk_key,
        meta.instance_id.clone(),
    )
    .map_err(Error::internal)?;
    let stripe = StripeClient::new(services.http.clone(), &services.stripe_base, &stripe_key)
        .map_err(Error::internal)?;
    let retry = patience(run);
    Ok((
        blnk.noting(noted.clone()).with_retry(retry),
        stripe.noting(noted.clone()).with_retry(retry),
    ))
}

/// An envelope that cannot be opened now cannot be opened later either.
pub(crate) fn unreadable(error: Error) -> Stop {
    match error {
        Error::Internal(_) => Stop::Pause {
            code: KEY_UNREADABLE,
            reason: format!(
                "A stored key cannot be opened ({}). Connect Stripe again; if that does not help, \
                 install the app again.",
                error.chain()
            ),
        },
        other => other.into(),
    }
}
