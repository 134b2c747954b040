//! One case: a random history, then sessions with random runs and random faults, then a quiet end
//! in which everything must be right.
//!
//! | module | what it does |
//! |---|---|
//! | [`batch`] | runs cases side by side |
//! | `session` | one session: changes, faults, and a run with changes during it |
//! | `run` | requests a run and gives its messages to workers |
//! | `changes` | changes at Stripe and in the ledger while the app works |
//! | `certificates` | checks each new certificate |
//! | `statements` | lays statements beside Stripe's own reports |
//! | `end` | lifts all faults; the last runs and the books must be right |
//!
//! Everything random comes from the seed: see `random`.

mod batch;
mod certificates;
mod changes;
mod end;
mod run;
mod session;
mod statements;

use std::cell::RefCell;
use std::collections::VecDeque;

use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

pub use self::batch::batch;

use self::run::Message;
use crate::history::{self, Dated};
use crate::judge::{OffsetPeriod, PlantedEntry};
use crate::oracle::Snapshot;
use crate::tally::Tally;
use crate::tenant::Tenant;
use crate::time;
use crate::world::World;

const DAY: i64 = 86_400;

#[derive(Debug, Default)]
struct State {
    tally: Tally,
    /// Faults at the sandbox.
    fault_ids: Vec<u64>,
    /// Whether a session so far had faults.
    had_faults: bool,
    /// When the last fault was lifted, Unix milliseconds.
    quiet_since: i64,
    /// How many certificates are judged.
    judged: usize,
    /// How many messages of the queue are taken.
    taken: usize,
    messages: VecDeque<Message>,
    sent: u32,
    /// Entries that are wrong on purpose.
    planted: Vec<PlantedEntry>,
    offset_periods: Vec<OffsetPeriod>,
    /// Snapshots, one before each change of this session.
    snapshots: Vec<Snapshot>,
    /// Changes during this session's run.
    changes: u32,
    /// By how much Stripe's balance differs from its list.
    offset: i64,
}

/// One case.
#[derive(Debug)]
pub struct Case<'w> {
    /// Names it, and decides everything in it.
    pub seed: u64,
    tenant: Tenant<'w>,
    /// Whether its ledger is a Core 0.14.
    legacy: bool,
    /// Whether entries on a mirror may be posted by hand.
    may_plant: bool,
    start_dates: Option<StartDates>,
    state: RefCell<State>,
}

/// The start dates that the settings name: UTC midnights, Unix seconds.
#[derive(Debug, Clone, Copy)]
struct StartDates {
    first: i64,
    /// The one that is set later: the same, an earlier one, or none (the whole history).
    later: Option<i64>,
}

/// What is wrong, in words.
type Checked = Result<(), String>;

impl<'w> Case<'w> {
    async fn begin(world: &'w World, seed: u64) -> Self {
        let mut rng = random(seed, "history");
        let movements = [0, 0, 1, 12, 60, 130, 240].choose(&mut rng).copied().unwrap_or_default();
        let tenant = Tenant::connect(world, seed, movements).await;
        if seed.is_multiple_of(2) {
            // As if it had been connected before there were figures.
            tenant.alter("STRIPE", "figures_complete", json!({"BOOL": false}));
        }
        let legacy = seed.is_multiple_of(3);
        if legacy {
            world.knobs(&tenant.instance, json!({"core_version": "0.14"})).await;
        }
        let may_plant = rng.random_ratio(1, 5);
        let case = Self {
            seed,
            tenant,
            legacy,
            may_plant,
            start_dates: start_dates(seed),
            state: RefCell::default(),
        };
        if let Some(StartDates { first, .. }) = case.start_dates {
            case.tenant.set_start(Some(first)).await;
        }
        for _ in 0..rng.random_range(0..25) {
            case.tenant
                .add(history::record(&mut rng, time::now().div_euclid(1000), Dated::History))
                .await;
        }
        case
    }

    /// What was done.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = self.state.borrow().tally;
        tally.cases = 1;
        tally.runs += self.ended_runs();
        let fault_ids = self.state.borrow().fault_ids.clone();
        let faults = self.tenant.world.sandbox.world.faults.list();
        tally.faults += faults
            .iter()
            .filter(|fault| fault_ids.contains(&fault.id))
            .map(|fault| fault.hits)
            .sum::<u64>();
        tally.faults += self.tenant.aws.faults_hit() as u64;
        tally
    }

    /// Runs of this connection that have ended.
    fn ended_runs(&self) -> u64 {
        self.tenant.runs().iter().filter(|(state, _)| !state.is_open()).count() as u64
    }

    /// Disconnects the account and connects it again: the app knows of what is mirrored only what
    /// the ledger holds.
    fn reconnect(&self) {
        let ended = self.ended_runs();
        self.tenant.reconnect();
        let mut state = self.state.borrow_mut();
        state.tally.runs += ended;
        state.tally.reconnects += 1;
        state.judged = 0;
    }
}

/// Every third case has a start within the history, and half of those move it back later, some to
/// the beginning.
fn start_dates(seed: u64) -> Option<StartDates> {
    let mut rng = random(seed, "start");
    let midnight = |days: i64| (time::now().div_euclid(1000).div_euclid(DAY) - days) * DAY;
    let first = rng.random_range(2..30);
    let later = match rng.random_range(0..4) {
        0 => None,
        1 => Some(midnight(first + rng.random_range(1..12))),
        _ => Some(midnight(first)),
    };
    rng.random_ratio(1, 3).then(|| StartDates { first: midnight(first), later })
}

/// The random numbers of one part of a case: what is drawn in one part changes nothing in another.
///
/// A part's name chooses its numbers: with another name, and with another order of draws, each seed
/// makes another history.
fn random(seed: u64, part: &str) -> ChaCha8Rng {
    let stream = part
        .bytes()
        .fold(0_u64, |stream, byte| stream.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
