//! A case: a random history, then sessions of random runs with random trouble, then peace, in which everything must be right.

mod changes;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use futures::future::join_all;
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use sandbox::faults::{CallFilter, Surface};
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::run::RunState;
use stripe_sync::platform::queue::message::WakeUp;
use tokio::time::sleep;

use crate::history::{self, Dated};
use crate::judge::{self, Around, Spell, Wrong};
use crate::oracle::Seen;
use crate::tally::Tally;
use crate::tenant::Tenant;
use crate::world::World;
use crate::{poison, time, trouble};

/// What passes after each session: less than the rules of the proof look at, more than a day, more than a week, hardly anything.
const PASSES: [Duration; 4] =
    [Duration::from_secs(16 * 60), Duration::from_secs(26 * 3600), Duration::from_secs(8 * 86_400), Duration::from_secs(11 * 60)];
const DAY: i64 = 86_400;
/// What passes between the last trouble and the last runs.
const REST: Duration = Duration::from_secs(26 * 3600);
/// The session before which a start moves.
const MOVES_BEFORE: u64 = 2;
/// One in so many sessions but the first begins with the account connected anew.
const CONNECTED_ANEW: u32 = 8;
/// Messages of one session; a run that needs more of them does not end.
const MAX_DELIVERIES: u32 = 150;
/// Receives after which a message lies in the dead-letter queue.
const MAX_RECEIVES: u32 = 20;
/// No worker works longer than this, whatever its own limit is.
const NEVER: Duration = Duration::from_secs(400);
/// A worker's limits: none lets it finish more than a page under trouble, up to enough for everything.
const LIMITS: [Duration; 5] =
    [Duration::from_millis(4_500), Duration::from_secs(6), Duration::from_secs(9), Duration::from_secs(15), Duration::from_secs(40)];
/// Requests to Stripe that a run of an idle account makes at most.
const IDLE_GETS: u64 = 3;
/// A message of events carries the end of their interval.
const EVENT_INTERVAL_MS: i64 = 4_000;
/// Why a run may have failed under trouble.
const GIVEN_UP: [&str; 2] = ["no_progress", "worker_failed"];

/// A message on its way.
#[derive(Debug, Clone)]
struct Message {
    wake_up: WakeUp,
    id: String,
    receives: u32,
}

#[derive(Debug, Default)]
struct State {
    tally: Tally,
    /// Faults at the sandbox.
    laid: Vec<u64>,
    in_trouble: bool,
    /// When all trouble was over, Unix milliseconds.
    peace_at: i64,
    /// Certificates judged.
    judged: usize,
    /// Messages of the queue taken.
    taken: usize,
    messages: VecDeque<Message>,
    sent: u32,
    /// Entries that are wrong on purpose.
    wrong: Vec<Wrong>,
    spells: Vec<Spell>,
    /// Looks before each change of this session.
    seen: Vec<Seen>,
    changes: u32,
    off: i64,
}

/// One case.
#[derive(Debug)]
pub struct Case<'w> {
    /// Names it, and decides everything in it.
    pub seed: u64,
    tenant: Tenant<'w>,
    legacy: bool,
    may_taint: bool,
    /// The start that the settings name at first, and the one they name later, which is earlier: UTC midnights, Unix seconds.
    starts: Option<(i64, Option<i64>)>,
    state: RefCell<State>,
}

type Checked = Result<(), String>;

/// Runs cases side by side to their ends; answers what was done and what went wrong.
pub async fn batch(seeds: &[u64]) -> (Tally, Vec<String>) {
    let world = World::start().await;
    let cases = join_all(seeds.iter().map(|seed| Case::begin(&world, *seed))).await;
    let mut failed: Vec<Option<String>> = vec![None; cases.len()];
    for (session, passes) in (0_u64..).zip(PASSES) {
        let under_way = cases.iter().zip(&failed).map(|(case, failed)| async move {
            match failed {
                Some(_) => Ok(()),
                None => case.session(session).await,
            }
        });
        let ended = join_all(under_way).await;
        note(&mut failed, ended, &format!("session {session}"));
        time::jump(passes);
    }
    join_all(cases.iter().map(Case::peace)).await;
    // What was set aside is due again by then.
    time::jump(REST);
    let last = cases.iter().zip(&failed).map(|(case, failed)| async move { if failed.is_some() { Ok(()) } else { case.finish().await } });
    let ended = join_all(last).await;
    note(&mut failed, ended, "the end");
    let mut tally = Tally::default();
    for case in &cases {
        tally += case.tally();
    }
    let told = cases.iter().zip(failed).filter_map(|(case, failed)| {
        failed.map(|why| format!("HISTORIES_SEED={} ({}): {why}", case.seed, if case.legacy { "Core 0.14" } else { "newest Core" }))
    });
    (tally, told.collect())
}

fn note(failed: &mut [Option<String>], ended: Vec<Checked>, when: &str) {
    for (failed, ended) in failed.iter_mut().zip(ended) {
        if let Err(why) = ended {
            *failed = Some(format!("{when}: {why}"));
        }
    }
}

impl<'w> Case<'w> {
    async fn begin(world: &'w World, seed: u64) -> Self {
        let mut rng = random(seed, "history");
        let movements = [0, 0, 1, 12, 60, 130, 240].choose(&mut rng).copied().unwrap_or_default();
        let tenant = Tenant::connect(world, seed, movements).await;
        let legacy = seed.is_multiple_of(3);
        if legacy {
            world.knobs(&tenant.instance, json!({"core_version": "0.14"})).await;
        }
        let case = Self { seed, tenant, legacy, may_taint: rng.random_ratio(1, 5), starts: starts(seed), state: RefCell::default() };
        if let Some((first, _)) = case.starts {
            case.tenant.choose_start(Some(first)).await;
        }
        for _ in 0..rng.random_range(0..25) {
            case.tenant.add(history::record(&mut rng, time::now().div_euclid(1000), Dated::History)).await;
        }
        case
    }

    /// What was done.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = self.state.borrow().tally;
        tally.cases = 1;
        tally.runs += self.ended_runs();
        let laid = self.state.borrow().laid.clone();
        let faults = self.tenant.world.sandbox.world.faults.list();
        tally.faults += faults.iter().filter(|fault| laid.contains(&fault.id)).map(|fault| fault.hits).sum::<u64>();
        tally.faults += self.tenant.aws.faults_hit() as u64;
        tally
    }

    /// Runs of this connection that have ended.
    fn ended_runs(&self) -> u64 {
        self.tenant.runs().iter().filter(|(state, _)| !state.is_open()).count() as u64
    }

    /// The account is disconnected and connected again: of what was mirrored the app knows only what is in the ledger.
    fn connect_anew(&self) {
        let ended = self.ended_runs();
        self.tenant.connect_anew();
        let mut state = self.state.borrow_mut();
        state.tally.runs += ended;
        state.tally.reconnects += 1;
        state.judged = 0;
    }

    /// Changes, a request, and its messages to their ends, with more changes meanwhile.
    async fn session(&self, session: u64) -> Checked {
        let mut rng = random(self.seed, &format!("session {session}"));
        if let Some((_, later)) = self.starts.filter(|_| session == MOVES_BEFORE) {
            self.tenant.choose_start(later).await;
        }
        // Whoever wants the whole history after a reconnect that adopted a start must name an earlier day instead.
        let to_the_beginning = matches!(self.starts, Some((_, None)));
        if session > 0 && !to_the_beginning && random(self.seed, &format!("connects {session}")).random_ratio(1, CONNECTED_ANEW) {
            self.connect_anew();
        }
        for _ in 0..rng.random_range(0..5) {
            self.change(&mut rng).await;
        }
        let in_trouble = rng.random_ratio(2, 3);
        if in_trouble {
            let mut laid = trouble::lay(&mut rng, &self.tenant, self.legacy);
            if rng.random_ratio(1, 3) {
                laid.extend(poison::lay(&mut rng, &self.tenant).await);
                self.state.borrow_mut().tally.poisons += 1;
            }
            self.state.borrow_mut().laid.extend(laid);
        }
        {
            let mut state = self.state.borrow_mut();
            state.in_trouble |= in_trouble;
            (state.seen, state.changes) = (Vec::new(), 0);
        }
        let mut others = random(self.seed, &format!("meanwhile {session}"));
        let busy = rng.random_ratio(1, 2);
        let ended = tokio::select! {
            ended = self.run(&mut rng, in_trouble) => ended,
            never = self.meanwhile(&mut others, busy) => match never {},
        };
        self.tenant.world.restart_ledger(&self.tenant.instance).await;
        ended
    }

    /// A request for a run, and all messages until none is left.
    async fn run(&self, rng: &mut ChaCha8Rng, in_trouble: bool) -> Checked {
        self.ask(rng).await;
        for _ in 0..MAX_DELIVERIES {
            let Some(mut message) = self.next_message().await else { return Ok(()) };
            message.receives += 1;
            if rng.random_ratio(1, 12) {
                self.ask(rng).await;
            }
            let acknowledged = self.deliver(rng, &message, in_trouble).await?;
            if !acknowledged && message.receives < MAX_RECEIVES {
                self.state.borrow_mut().messages.push_front(message);
                sleep(Duration::from_millis(rng.random_range(0..4_000))).await;
            } else if !acknowledged {
                let given_up = worker::give_up(&self.tenant.worker(LIMITS[4]), &message.wake_up).await;
                given_up.map_err(|error| format!("the dead-letter queue's own consumer failed: {error}"))?;
            }
            self.judge(in_trouble).await?;
            if let Some(wake_up) = self.tenant.approve().await {
                self.send(wake_up);
            }
        }
        Err(format!("{MAX_DELIVERIES} messages, and the run has not ended: {:?}", self.tenant.runs().last()))
    }

    /// A person asks for a run, or the schedule fires, or Stripe tells of an event.
    async fn ask(&self, rng: &mut ChaCha8Rng) {
        let now = time::now();
        let wake_up = match rng.random_range(0..10) {
            0 => Some(self.tenant.wake_up(&json!({"reason": "schedule", "at": now}))),
            1 | 2 => Some(self.tenant.wake_up(&json!({"reason": "webhook", "at": now + EVENT_INTERVAL_MS}))),
            3 | 4 => self.tenant.request(Scope::Everything).await,
            _ => self.tenant.request(Scope::New).await,
        };
        if let Some(wake_up) = wake_up {
            self.send(wake_up);
        }
    }

    fn send(&self, wake_up: WakeUp) {
        let mut state = self.state.borrow_mut();
        state.sent += 1;
        let id = format!("asked-{}", state.sent);
        state.messages.push_back(Message { wake_up, id, receives: 0 });
    }

    /// The next message of the queue; when it is empty, the next that was delayed.
    async fn next_message(&self) -> Option<Message> {
        loop {
            self.take_messages();
            let next = self.state.borrow_mut().messages.pop_front();
            if next.is_some() || !self.tenant.pass_next_on().await {
                return next;
            }
        }
    }

    /// What the worker sent since the last look.
    fn take_messages(&self) {
        let sent = self.tenant.aws.messages();
        let mut state = self.state.borrow_mut();
        for message in sent.into_iter().skip(state.taken) {
            state.taken += 1;
            if let Ok(wake_up) = serde_json::from_value(message.body) {
                state.messages.push_back(Message { wake_up, id: message.deduplication_id, receives: 0 });
            }
        }
    }

    /// Gives a message to a worker, to one that is killed, or to two; answers whether it was acknowledged.
    async fn deliver(&self, rng: &mut ChaCha8Rng, message: &Message, in_trouble: bool) -> Result<bool, String> {
        self.state.borrow_mut().tally.deliveries += 1;
        let limit = if in_trouble { LIMITS.choose(rng).copied().unwrap_or(LIMITS[3]) } else { LIMITS[4] };
        let worker = self.tenant.worker(limit);
        let handled = tokio::time::timeout(NEVER, async {
            match rng.random_range(0..20) {
                0..3 if in_trouble => {
                    self.state.borrow_mut().tally.kills += 1;
                    let life = Duration::from_millis(rng.random_range(1..900));
                    tokio::time::timeout(life, worker::handle(&worker, &message.wake_up, &message.id))
                        .await
                        .is_ok_and(|handled| handled.is_ok())
                }
                3..5 if in_trouble => {
                    self.state.borrow_mut().tally.doubles += 1;
                    let (other, later) = (self.tenant.worker(limit), Duration::from_millis(rng.random_range(0..300)));
                    let second = async {
                        sleep(later).await;
                        worker::handle(&other, &message.wake_up, &message.id).await
                    };
                    let (one, two) = tokio::join!(worker::handle(&worker, &message.wake_up, &message.id), second);
                    one.is_ok() && two.is_ok()
                }
                _ => worker::handle(&worker, &message.wake_up, &message.id).await.is_ok(),
            }
        });
        handled.await.map_err(|_| format!("a worker that never ends: {message:?}"))
    }

    /// Judges the certificates that are new.
    async fn judge(&self, in_trouble: bool) -> Checked {
        let certificates = self.tenant.certificates();
        if certificates.len() == self.state.borrow().judged {
            return Ok(());
        }
        let look = self.tenant.look().await;
        let mut state = self.state.borrow_mut();
        let new = state.judged.min(certificates.len());
        state.judged = certificates.len();
        for (at, certificate) in certificates.iter().enumerate().skip(new) {
            let before = at.checked_sub(1).and_then(|at| certificates.get(at)).and_then(|before| before.hash.clone());
            let seen: Vec<Seen> = state.seen.iter().filter(|seen| seen.at >= certificate.at.0).chain([&look]).cloned().collect();
            let around = Around {
                seen: &seen,
                wrong: &state.wrong,
                spells: &state.spells,
                // A run that began under trouble does not try twice what it set aside.
                quiet: !in_trouble
                    && !state.in_trouble
                    && state.changes == 0
                    && stripe_sync::model::time::ulid_time(certificate.run).0 >= state.peace_at,
            };
            let mut faults = judge::faults(certificate, &around);
            if certificate.previous != before {
                faults.push("it does not follow the one before it".to_owned());
            }
            state.tally.certificates += 1;
            match certificate.verdict {
                Verdict::Match => state.tally.matches += 1,
                Verdict::Mismatch => state.tally.mismatches += 1,
                Verdict::Inconclusive => state.tally.inconclusive += 1,
            }
            if !faults.is_empty() {
                return Err(format!("certificate {} ({:?}): {}", certificate.id, certificate.verdict, faults.join("; ")));
            }
        }
        Ok(())
    }

    /// No more trouble: whatever is open ends, and a last run leaves nothing to say. Then one more that has nothing to do.
    async fn finish(&self) -> Checked {
        let mut rng = random(self.seed, "the end");
        for _ in 0..3 {
            self.run(&mut rng, false).await?;
        }
        if let Some(wake_up) = self.tenant.request(Scope::New).await {
            self.send(wake_up);
        }
        self.run(&mut rng, false).await?;
        self.last_run()?;
        self.books().await?;
        let (entries, asked) = (self.tenant.look().await.legs, self.stripe_calls());
        self.state.borrow_mut().messages.clear();
        let wake_up = self.tenant.request(Scope::New).await.ok_or("a request that was not taken")?;
        worker::handle(&self.tenant.worker(LIMITS[4]), &wake_up, "the last").await.map_err(|error| error.to_string())?;
        self.judge(false).await?;
        let calls = self.stripe_calls() - asked;
        if calls > IDLE_GETS {
            return Err(format!("a run with nothing to do asked Stripe {calls} times"));
        }
        let look = self.tenant.look().await;
        let posted = self.tenant.runs().last().and_then(|(_, run)| run.pointer("/progress/counters/entries_posted")?.as_u64());
        if posted != Some(0) || look.legs != entries {
            return Err(format!("a run with nothing to do posted {posted:?} entries"));
        }
        self.last_run()?;
        self.books().await?;
        self.state.borrow_mut().tally.records = look.records as u64;
        Ok(())
    }

    async fn peace(&self) {
        let laid = std::mem::take(&mut self.state.borrow_mut().laid);
        let faults = &self.tenant.world.sandbox.world.faults;
        let hit: u64 = faults.list().iter().filter(|fault| laid.contains(&fault.id)).map(|fault| fault.hits).sum();
        for id in laid {
            faults.remove(Some(id));
        }
        self.tenant.aws.clear_faults();
        poison::cure(&self.tenant).await;
        self.tenant.offset(&json!({})).await;
        self.note_off().await;
        self.tenant.world.restart_ledger(&self.tenant.instance).await;
        let mut state = self.state.borrow_mut();
        state.tally.faults += hit;
        (state.in_trouble, state.peace_at) = (false, time::now());
        (state.seen, state.changes, state.off) = (Vec::new(), 0, 0);
    }

    fn stripe_calls(&self) -> u64 {
        let filter = CallFilter { surface: Some(Surface::Stripe), account: Some(self.tenant.account.account.clone()), instance: None };
        self.tenant.world.sandbox.world.faults.calls(&filter).iter().map(|(_, count)| count).sum()
    }

    /// The newest run completed and is proven; those before it ended for reasons that may be.
    fn last_run(&self) -> Checked {
        let runs = self.tenant.runs();
        let tainted = !self.state.borrow().wrong.is_empty();
        for (state, run) in &runs {
            let code = run.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
            if *state == RunState::Paused || (*state == RunState::Failed && !GIVEN_UP.contains(&code)) {
                return Err(format!("a run is {state:?}: {}", run["error"]));
            }
        }
        let Some((state, run)) = runs.last() else { return Err("no run at all".to_owned()) };
        if !matches!(state, RunState::Completed | RunState::CompletedWithProblems) {
            return Err(format!("the last run is {state:?}: {}", run["error"]));
        }
        let start = self.starts.map(|(_, later)| later.unwrap_or_default());
        if start.is_some_and(|start| self.tenant.start() != Some(start)) {
            return Err(format!("the start is {:?}, not {start:?}", self.tenant.start()));
        }
        let wanted = if tainted { "mismatch" } else { "match" };
        if run["verdict"] != wanted {
            return Err(format!("the last run says {}, not {wanted}: {}", run["verdict"], run["proof"]));
        }
        let certificates = self.tenant.certificates();
        let wrong = self.state.borrow().wrong.clone();
        let misnamed = certificates.last().map(|last| judge::misnamed(last, &wrong, self.tenant.partly_named())).unwrap_or_default();
        if misnamed.is_empty() { Ok(()) } else { Err(format!("the causes: {misnamed:?} in {:?}", certificates.last())) }
    }

    /// Every record is mirrored exactly once, and nothing else is there but what others posted.
    async fn books(&self) -> Checked {
        let look = self.tenant.look().await;
        let state = self.state.borrow();
        let on_purpose = |line: &String| {
            let sums = |wrong: &Wrong| format!("{} {}: ", wrong.mirror, wrong.currency);
            state.wrong.iter().any(|wrong| line.starts_with(&wrong.reference) || line.starts_with(&sums(wrong)))
        };
        let wrong: Vec<&String> = look.wrong.iter().filter(|line| !on_purpose(line)).collect();
        let refused: Vec<(String, String)> = self
            .tenant
            .problems()
            .into_iter()
            .filter(|(code, _)| !["unknown_type", "does_not_add_up", "foreign_fee", "customer_unknown"].contains(&code.as_str()))
            .filter(|(code, id)| !state.wrong.iter().any(|wrong| wrong.reference.ends_with(id)) && !is_named(code, &state.wrong))
            .collect();
        if wrong.is_empty() && look.off.is_empty() && refused.is_empty() {
            return Ok(());
        }
        Err(format!("the books differ: {wrong:?}, off {:?}, problems {refused:?}", look.off))
    }
}

/// A problem that names what is wrong on purpose.
fn is_named(code: &str, wrong: &[Wrong]) -> bool {
    !wrong.is_empty() && ["foreign_entry", "entry_changed"].contains(&code)
}

/// Every third case has a start within the history, and half of those move it back later, some to the beginning.
fn starts(seed: u64) -> Option<(i64, Option<i64>)> {
    let mut rng = random(seed, "start");
    let midnight = |days: i64| (time::now().div_euclid(1000).div_euclid(DAY) - days) * DAY;
    let first = rng.random_range(2..30);
    let later = match rng.random_range(0..4) {
        0 => None,
        1 => Some(midnight(first + rng.random_range(1..12))),
        _ => Some(midnight(first)),
    };
    rng.random_ratio(1, 3).then(|| (midnight(first), later))
}

/// The random numbers of one part of a case: what is drawn in one part changes nothing in another.
fn random(seed: u64, part: &str) -> ChaCha8Rng {
    let stream = part.bytes().fold(0_u64, |stream, byte| stream.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
