//! The worker: what a message leads to.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::cleanup::Reach;
use super::close::{Closed, Ending, completed};
use super::driver::{Came, Job, PAGE_NEEDS, still_wanted};
use super::halt::{Halt, Party, Trouble};
use super::run::{Run, Scope, Trigger};
use super::setup::SetUp;
use super::suspect::Suspects;
use super::table::{Fence, Request, Requested, Urgency};
use super::waiting::{LONGEST_NAP, Naps, given_up, patience};
use crate::blnk::BlnkClient;
use crate::clock::{self, Millis};
use crate::connection::{BLNK_KEY_REFUSED, Connection, KEY_UNREADABLE, OF_THE_INSTALLS_KEY, Pause};
use crate::error::{Error, Result};
use crate::http::Deadline;
use crate::install::{Meta, Permission};
use crate::ledger::{Chart, Owner};
use crate::queue::{Queue, Reason, RestOfCleanUp, WakeUp};
use crate::schedule::Schedules;
use crate::shape::Noted;
use crate::store::Store;
use crate::stripe::StripeClient;
use crate::vault::{Purpose, Vault};

/// A message of events waits so long after the end of their interval, since a record may be listed a moment after its event…
const AFTER_EVENTS_SECONDS: i64 = 1;
/// …and not at all if that is further away than this, whatever it says.
const LONGEST_EVENT_WAIT: Duration = Duration::from_secs(8);
/// How often a request is read anew because the run it met has closed.
const MAX_LOOKS: u32 = 3;
/// How often, and how far apart, a worker looks for the successor of an install's key that died.
const KEY_LOOKS: u32 = 6;
const KEY_PAUSE: Duration = Duration::from_millis(500);

/// The bounds of a worker, from the deployment's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A worker stops itself after this long and sends a continuation.
    pub stop_after: Duration,
    /// How long what has ended is kept.
    pub retention_days: i64,
    /// A message that was received and not acknowledged comes again after this long.
    pub visibility: Duration,
}

/// Everything a worker is built with, once.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The table.
    pub store: Store,
    /// The keys.
    pub vault: Vault,
    /// Wake-ups.
    pub queue: Queue,
    /// The installs' schedules.
    pub schedules: Schedules,
    /// The shared HTTP client.
    pub http: reqwest::Client,
    /// Blnk Cloud's API.
    pub blnk_base: String,
    /// Stripe's API.
    pub stripe_base: String,
    /// Where the outside world reaches this deployment: endpoints at Stripe are known by it.
    pub public_base_url: String,
    /// Bounds.
    pub limits: Limits,
}

/// What a worker holds of a run between two turns: the keys it uses are those of `meta` and `connection`.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) fence: Fence,
    pub(super) run: Run,
    meta: Meta,
    connection: Connection,
}

impl Worker {
    /// Handles a message to its end. An `Ok` acknowledges it; whatever is left to do was sent as another message before.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the table or the queue does not answer: the message comes again.
    pub async fn handle(&self, wake_up: &WakeUp, message_id: &str) -> Result<()> {
        let deadline = Deadline::after(self.limits.stop_after);
        if wake_up.reason == Reason::Cleanup {
            return self.clean_up(wake_up, None, deadline, Reach::Stripe).await;
        }
        if wake_up.reason == Reason::Keys {
            return self.keys_wanted(wake_up, deadline).await;
        }
        if wake_up.reason == Reason::Schedule && !self.schedule_stands(wake_up).await? {
            return Ok(());
        }
        if let (Reason::Webhook, Some(end)) = (wake_up.reason, wake_up.at) {
            self.store.note_event(&wake_up.install, &wake_up.generation, end.min(clock::now())).await?;
            // The queue merges the events of an interval into one message; reading begins when the last of them has happened.
            let settled = end.plus_seconds(AFTER_EVENTS_SECONDS);
            let wait = pause_until(settled, clock::now());
            if wait > LONGEST_NAP {
                return self.queue.send_later(wake_up, &format!("events:{message_id}"), settled).await;
            }
            tokio::time::sleep(wait).await;
        }
        let Some((meta, connection, run)) = self.open_run(wake_up, message_id).await? else { return Ok(()) };
        let claimed = self.store.claim_for(&wake_up.install, connection.connection, run, urgency_of(wake_up), clock::now()).await?;
        let Some(run) = claimed else {
            tracing::info!(install = %wake_up.install, %run, reason = ?wake_up.reason, "waits still, or has ended");
            return Ok(());
        };
        let fence = Fence::of(&wake_up.install, &run);
        // The future of a whole run is too large for a thread's stack.
        Box::pin(self.drive(Held { fence, run, meta, connection }, deadline)).await
    }

    /// Goes on with a clean-up; `given_up` when its message lies in the dead-letter queue.
    ///
    /// # Errors
    /// [`Error::Unavailable`], like [`Worker::handle`].
    pub async fn go_on_cleaning_up(&self, rest: &RestOfCleanUp, given_up: bool) -> Result<()> {
        let reach = if given_up { Reach::Nobody } else { Reach::Stripe };
        self.clean_up(&rest.wake_up, Some(rest), Deadline::after(self.limits.stop_after), reach).await
    }

    /// The run that a message is about, if there is one to work on.
    async fn open_run(&self, wake_up: &WakeUp, message_id: &str) -> Result<Option<(Meta, Connection, Ulid)>> {
        let request = requested_by(wake_up);
        for _ in 0..MAX_LOOKS {
            let (meta, connection) = self.store.meta_and_connection(&wake_up.install).await?;
            let Some(meta) = meta.filter(|meta| meta.active_generation() == Some(&wake_up.generation)) else { return Ok(None) };
            let Some(connection) = connection.filter(|connection| connection.generation == wake_up.generation) else { return Ok(None) };
            if let Some(pause) = &connection.paused {
                if !pause.is_over(&meta) {
                    let waits = OF_THE_INSTALLS_KEY.contains(&pause.code.as_str()) && meta.has_untried();
                    let deadline = Deadline::after(self.limits.stop_after / 4);
                    if waits && self.replaced_key(&wake_up.install, &meta, deadline).await?.is_some() {
                        continue;
                    }
                    return Ok(None);
                }
                // It rested for a key that has been replaced: it goes on, with whatever wakes it first.
                self.store.lift_this_pause(&wake_up.install, connection.connection, pause).await?;
                tracing::info!(install = %wake_up.install, code = pause.code, "goes on with a new key");
            }
            // The first write waits for a person; what writes nothing waits for nobody.
            let alone = connection.may_start_by_itself() || !meta.grants(Permission::DataWrite);
            let request = request.filter(|trigger| *trigger == Trigger::Manual || alone);
            let Some(open) = connection.current_run else {
                // A run that began to read after the request has answered it.
                let answered = wake_up.at.is_some_and(|at| connection.watermark.is_some_and(|began| began >= at));
                let Some(trigger) = request.filter(|_| !answered) else { return Ok(None) };
                let made = self.make_run(wake_up, &connection, trigger, message_id).await?;
                return Ok(made.map(|run| (meta, connection, run)));
            };
            // So will a run that was made after it.
            let answered = wake_up.at.is_some_and(|at| clock::ulid_time(open) > at);
            let taken_in = match request.filter(|_| !answered) {
                Some(trigger) => self.store.ask_again(&wake_up.install, &connection, open, trigger).await?,
                None => true,
            };
            if taken_in {
                return Ok(Some((meta, connection, open)));
            }
            // The open run has closed since it was read: look again, so that the request is not lost with it.
        }
        Err(Error::unavailable("the database", "runs kept closing while a request was taken in"))
    }

    /// A run for a request that names none: of the schedule, of an event, or of a person who met an open run that has closed since. Its id
    /// follows from the message's: received twice, it is made once.
    async fn make_run(&self, wake_up: &WakeUp, connection: &Connection, trigger: Trigger, message_id: &str) -> Result<Option<Ulid>> {
        let now = clock::now();
        let hash = Sha256::digest(message_id.as_bytes());
        let random = hash.iter().take(size_of::<u128>()).fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        let request = Request {
            id: Ulid::from_parts(u64::try_from(now.0).unwrap_or_default(), random),
            trigger,
            scope: Scope::New,
            now,
            launch: None,
            retention_seconds: self.limits.retention_days * 86_400,
        };
        match self.store.request_run(&wake_up.install, connection, &request).await? {
            Requested::Created(run) => Ok(Some(run.id)),
            Requested::Open(run) => Ok(Some(run)),
            Requested::Uninstalled | Requested::Gone => Ok(None),
        }
    }

    async fn drive(&self, mut held: Held, deadline: Deadline) -> Result<()> {
        let (fence, run) = (&held.fence, &held.run);
        if let Some(why) = given_up(run, clock::now()) {
            return self.close(fence, run, Ending::failed("no_progress", why)).await;
        }
        tracing::info!(install = %fence.install, run = %run.id, checkpoint = run.checkpoint, attempt = run.attempt, "working");
        let mut naps = Naps::of(run);
        let suspects = Arc::new(Suspects::new(&self.store, fence));
        loop {
            let noted = Noted::default();
            let halt = match Box::pin(self.job(&held, (&noted, &suspects), deadline)).await {
                Ok(job) => match Box::pin(self.turn(job)).await? {
                    Some(halt) => halt,
                    None => return Ok(()),
                },
                Err(halt) => halt,
            };
            if let (Halt::Later(_), Some(shape)) = (&halt, noted.take()) {
                self.store.note_unanswered(&held.fence, shape).await?;
            }
            // What was not answered in this receive is not asked for again in it.
            let over = matches!(halt, Halt::Later(_)) && suspects.is_spent();
            match Box::pin(self.settle(&held, halt, if over { Deadline::after(Duration::ZERO) } else { deadline }, &mut naps)).await? {
                Some(fresh) => held = fresh,
                None => return Ok(()),
            }
        }
    }

    /// Works until something stands in the way, which it answers; nothing when this worker is done with the run.
    async fn turn(&self, mut job: Job<'_>) -> Result<Option<Halt>> {
        // A run keeps much in mind between two calls: on the heap, not on the stack of whoever waits for it.
        match Box::pin(job.work()).await {
            Ok(Came::OutOfTime) => self.continue_later(&job.fence).await.map(|()| None),
            Ok(Came::Previewed) => {
                job.count_calls();
                let run = Run { progress: job.progress, ..job.run };
                self.close(&job.fence, &run, Ending::previewed()).await.map(|()| None)
            }
            Ok(Came::Proven(certificate, watch)) => {
                job.count_calls();
                job.raise_alerts(&certificate).await;
                if let Err(halt) = job.answered().await {
                    return Ok(Some(halt));
                }
                let explained = self.store.explained(&job.fence.install, job.fence.connection).await?;
                let mut run = Run { progress: job.progress, ..job.run };
                // A worker that died between a problem and its checkpoint has recorded what it did not count.
                run.progress.counters.problems = run.progress.counters.problems.max(explained.open_in(run.id));
                // What the run that it went on from has met and could not mend is not met again.
                let before = run.progress.resume.iter().flat_map(|resume| &resume.runs);
                run.progress.counters.problems += before.map(|id| explained.open_in(*id)).sum::<u64>();
                let ending = Ending {
                    state: completed(&run, &certificate, &explained),
                    error: None,
                    certificate: Some(*certificate),
                    watch: Some(watch),
                };
                self.close(&job.fence, &run, ending).await.map(|()| None)
            }
            // What was reached in memory but not written is read again from the last checkpoint, except a walk that begins again.
            Err(Halt::CursorGone) => {
                job.progress.walk_again();
                let again = job.checkpoint(Vec::new()).await;
                Ok(Some(again.err().unwrap_or_else(|| Halt::later(Party::Stripe, "the walk begins again"))))
            }
            Err(halt) => Ok(Some(job.named(halt))),
        }
    }

    /// Opens the keys, and sees to it that the ledger's accounts are ours.
    async fn job(&self, held: &Held, (noted, suspects): (&Noted, &Arc<Suspects>), deadline: Deadline) -> Result<Job<'_>, Halt> {
        let Held { mut fence, mut run, meta, mut connection } = held.clone();
        let sealed = meta.sealed_key.as_ref().ok_or(Halt::Cancel("The app was uninstalled."))?;
        let (blnk_key, stripe_key): (SecretString, SecretString) = tokio::try_join!(
            self.vault.open(&fence.install, Purpose::BlnkApiKey, sealed),
            self.vault.open(&fence.install, Purpose::StripeApiKey, &connection.sealed_key),
        )
        .map_err(unreadable)?;
        let blnk = BlnkClient::new(self.http.clone(), &self.blnk_base, blnk_key, meta.instance_id.clone()).map_err(Error::internal)?;
        let stripe = StripeClient::new(self.http.clone(), &self.stripe_base, &stripe_key).map_err(Error::internal)?;
        let retry = patience(&run);
        let (blnk, stripe) = (blnk.noting(noted.clone()).with_retry(retry), stripe.noting(noted.clone()).with_retry(retry));
        let owner = Owner::new(connection.account_id.clone(), connection.mode)?;
        let settings = self.store.settings(&fence.install, &connection.generation).await?;
        let mut progress = run.progress.clone();
        if let Some(resume) = progress.resume.as_ref().filter(|_| progress.read_began_at.is_some()) {
            run.depth = resume.depth;
        }
        let choice = progress.accounts.get_or_insert_with(|| settings.accounts());
        let chart =
            Chart::new(connection.mirror.clone())?.in_mode(connection.mode).choosing(choice)?.remembering(connection.accounts.clone());
        progress.shadow |= !meta.grants(Permission::DataWrite);
        let writes = !progress.shadow && !run.is_preview();
        let of = SetUp { fence: &mut fence, connection: &mut connection, progress: &mut progress, writes };
        let (chart, ledger_id) = self.set_up(&blnk, chart, &owner, of, deadline).await?;
        Ok(Job {
            worker: self,
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
            untold: std::collections::BTreeMap::new(),
            unsure: std::collections::BTreeMap::new(),
            counted: (0, 0),
            known: None,
            alerts: meta.grants(Permission::AlertsWrite).then(|| meta.grants(Permission::AlertsRead)),
            objects: None,
            payouts: None,
            openings: None,
        })
    }

    /// What a halt leads to. Everything is read again first: a run that is not wanted any more ends whatever stood in its way, and a key
    /// that was replaced meanwhile is taken up. Answers what to go on with; nothing when this worker is done with the run.
    async fn settle(&self, held: &Held, halt: Halt, deadline: Deadline, naps: &mut Naps) -> Result<Option<Held>> {
        let why = if let Halt::Later(trouble) = &halt { trouble.to_string() } else { format!("{halt:?}") };
        tracing::info!(install = %held.fence.install, run = %held.fence.run, why, "halted");
        let standing = self.store.standing(&held.fence).await?;
        let Some(run) = standing.run.clone().filter(|run| run.attempt == held.fence.attempt) else { return Ok(None) };
        let fence = Fence { checkpoint: run.checkpoint, ..held.fence.clone() };
        let meta = standing.meta.clone();
        let connection = match still_wanted(&fence, &run.generation, standing) {
            Ok(connection) => connection,
            Err(Halt::Cancel(why)) => return self.close(&fence, &run, Ending::cancelled(why)).await.map(|()| None),
            Err(_) => return Ok(None),
        };
        let fresh = Held { meta: meta.unwrap_or_else(|| held.meta.clone()), fence, run, connection };
        match halt {
            Halt::Superseded => Ok(None),
            Halt::Later(trouble) => self.later(fresh, trouble, deadline, naps).await,
            Halt::CursorGone => {
                let trouble = Trouble::new(Party::Stripe, "Stripe does not know the position any more");
                self.later(fresh, trouble, deadline, naps).await
            }
            Halt::StripeKeyRefused(_) if fresh.connection.sealed_key != held.connection.sealed_key => Ok(Some(fresh)),
            Halt::StripeKeyRefused(text) => self.rest(&fresh, "stripe_key_refused", format!("{text}. Connect a new key.")).await,
            Halt::Pause { code, .. } if OF_THE_INSTALLS_KEY.contains(&code) && fresh.meta.sealed_key != held.meta.sealed_key => {
                Ok(Some(fresh))
            }
            Halt::Pause { code: code @ (BLNK_KEY_REFUSED | KEY_UNREADABLE), reason } => self.await_key(fresh, code, reason, deadline).await,
            Halt::Pause { code, reason } => self.rest(&fresh, code, reason).await,
            Halt::Fail { code, text } => self.close(&fresh.fence, &fresh.run, Ending::failed(code, text)).await.map(|()| None),
            Halt::Cancel(why) => self.close(&fresh.fence, &fresh.run, Ending::cancelled(why)).await.map(|()| None),
        }
    }

    /// A key that died may have a successor on its way: the event that brings it takes a moment.
    async fn await_key(&self, held: Held, code: &'static str, reason: String, deadline: Deadline) -> Result<Option<Held>> {
        let mut asked = None;
        // What cannot be opened is the only one for which none is on its way by itself.
        let looks = if code == KEY_UNREADABLE { 1 } else { KEY_LOOKS };
        let mut seen = held.meta.clone();
        for _ in 0..looks {
            if deadline.remaining() < PAGE_NEEDS {
                break;
            }
            // Keys that were delivered and wait: each is asked for once.
            if asked.replace(seen.keys_version) != Some(seen.keys_version)
                && let Some(meta) = self.replaced_key(&held.fence.install, &seen, deadline).await?
            {
                return Ok(Some(Held { meta, ..held }));
            }
            tokio::time::sleep(KEY_PAUSE).await;
            let standing = self.store.standing(&held.fence).await?;
            let meta = standing.meta.clone();
            match (still_wanted(&held.fence, &held.run.generation, standing), meta) {
                (Ok(connection), Some(meta)) if meta.sealed_key != held.meta.sealed_key => {
                    return Ok(Some(Held { meta, connection, ..held }));
                }
                (Ok(_), Some(meta)) => seen = meta,
                (Ok(_), None) => {}
                (Err(Halt::Cancel(why)), _) => return self.close(&held.fence, &held.run, Ending::cancelled(why)).await.map(|()| None),
                (Err(_), _) => return Ok(None),
            }
        }
        self.rest(&held, code, reason).await
    }

    async fn rest(&self, fresh: &Held, code: &str, reason: String) -> Result<Option<Held>> {
        let pause = Pause::new(code, reason, fresh.meta.key_installed_at);
        self.store.pause_run(&fresh.fence, &fresh.connection, &pause).await?;
        Ok(None)
    }

    pub(super) async fn continue_later(&self, fence: &Fence) -> Result<()> {
        let generation = self.store.run(&fence.install, fence.connection, fence.run).await?.map(|run| run.generation).unwrap_or_default();
        let wake_up =
            WakeUp { install: fence.install.clone(), generation, reason: Reason::Continue, run: Some(fence.run.to_string()), at: None };
        self.queue.send(&wake_up, &format!("run:{}:{}:{}", fence.run, fence.checkpoint, fence.attempt)).await
    }

    async fn close(&self, fence: &Fence, run: &Run, ending: Ending) -> Result<()> {
        let state = ending.state;
        let closed = self.store.close_run(fence, run, ending, clock::now(), clock::new_ulid()).await?;
        tracing::info!(install = %fence.install, run = %fence.run, ?state, ?closed, "run closed");
        if let Closed::Done(Some(next)) = closed {
            let wake_up = WakeUp {
                install: fence.install.clone(),
                generation: run.generation.clone(),
                reason: Reason::Manual,
                run: Some(next.to_string()),
                at: None,
            };
            self.queue.send(&wake_up, &format!("run:{next}:start")).await?;
        }
        Ok(())
    }

    /// Ends the open run of a message that could not be handled: it lies in the dead-letter queue.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn give_up(&self, wake_up: &WakeUp) -> Result<()> {
        if wake_up.reason == Reason::Cleanup {
            return self.clean_up(wake_up, None, Deadline::after(self.limits.stop_after), Reach::Nobody).await;
        }
        if wake_up.reason == Reason::Keys {
            // Without keys there is nobody to ask; whatever is open is found by the sweep.
            return Ok(());
        }
        let (meta, connection) = self.store.meta_and_connection(&wake_up.install).await?;
        let active = meta.is_some_and(|meta| meta.active_generation() == Some(&wake_up.generation));
        let Some(connection) = connection.filter(|connection| active && connection.generation == wake_up.generation) else { return Ok(()) };
        let Some(open) = connection.current_run else { return Ok(()) };
        let Some(run) = self.store.claim(&wake_up.install, connection.connection, open, clock::now()).await? else { return Ok(()) };
        let fence = Fence::of(&wake_up.install, &run);
        self.close(
            &fence,
            &run,
            Ending::failed("worker_failed", "The worker failed repeatedly. The next sync goes on where this one stopped."),
        )
        .await
    }

    pub(super) fn retention(&self, now: Millis) -> i64 {
        now.seconds() + self.limits.retention_days * 86_400
    }
}

/// How long to wait for an instant that is near. No interval of events ends later than that: whatever lies further ahead is no reason to.
fn pause_until(at: Millis, now: Millis) -> Duration {
    let wait = Duration::from_millis(u64::try_from(at.0.saturating_sub(now.0)).unwrap_or_default());
    if wait > LONGEST_EVENT_WAIT { Duration::ZERO } else { wait }
}

/// A person is not kept waiting, nor is what goes on or ends. What comes by itself does not try what is to wait.
fn urgency_of(wake_up: &WakeUp) -> Urgency {
    match (wake_up.reason, wake_up.at) {
        (Reason::Schedule | Reason::Webhook, _) => Urgency::Patient,
        (Reason::Continue, Some(announced)) => Urgency::Announced(announced),
        _ => Urgency::AtOnce,
    }
}

/// What asks for a new run; nothing for a message that only goes on with one.
fn requested_by(wake_up: &WakeUp) -> Option<Trigger> {
    let trigger = match wake_up.reason {
        Reason::Manual => Trigger::Manual,
        Reason::Schedule => Trigger::Schedule,
        Reason::Webhook => Trigger::Webhook,
        Reason::Continue | Reason::Cleanup | Reason::Keys => return None,
    };
    Some(trigger).filter(|_| wake_up.run.is_none())
}

/// An envelope that does not open will not open the next time either.
fn unreadable(error: Error) -> Halt {
    match error {
        Error::Internal(_) => Halt::Pause {
            code: KEY_UNREADABLE,
            reason: format!(
                "A stored key cannot be opened ({}). Connect Stripe again; if that does not help, install the app again.",
                error.chain()
            ),
        },
        other => other.into(),
    }
}
