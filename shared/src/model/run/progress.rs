//! How far a run has come. Written with each checkpoint, so that the next worker can go on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::approval::{ApprovalNeeded, CircuitBreaker};
use crate::model::certificate::thinning::Reached;
use crate::model::ledger::{AccountChoice, Breakdown, Figures, Slice, Slices};
use crate::model::money::Sum;
use crate::model::preview::Preview;
use crate::model::run::list_place::{Hints, Place};
use crate::model::run::proof_progress::DaySums;
use crate::model::run::resume::Resume;
use crate::model::run::step::Step;
use crate::model::run::step::flags::{StepFlags, TakingFlags};
use crate::model::time::Millis;

impl Progress {
    /// Those of a page's movements that are new and were not counted before, by their `created`.
    /// Only the first walk counts.
    pub(crate) fn fresh(&self, since: i64, created: impl Iterator<Item = i64>) -> Vec<i64> {
        let is_new = |created: &i64| {
            *created >= since && self.resume.as_ref().is_none_or(|resume| resume.is_new(*created))
        };
        if self.walks <= 1 { created.filter(is_new).collect() } else { Vec::new() }
    }
}

/// The phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading movements and posting them.
    #[default]
    Movements,
    /// Comparing both sides.
    Proof,
    /// Nothing more.
    Done,
}

/// What a run did, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Pages of movements handled.
    pub pages: u64,
    /// Movements handled.
    pub records: u64,
    /// Entries that this run put into the ledger.
    pub entries_posted: u64,
    /// Entries that were there before.
    pub entries_already_there: u64,
    /// Problems met.
    pub problems: u64,
    /// Balances made for customers.
    pub customers_created: u64,
    /// Identities brought up to date with their customers.
    pub identities_updated: u64,
    /// Requests to Stripe.
    pub stripe_calls: u64,
    /// Requests to the ledger.
    pub ledger_calls: u64,
}

/// What the movements of one balance and currency added up to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Movements.
    pub records: u64,
    /// Σ amount.
    pub gross: Sum,
    /// Σ fee.
    pub fees: Sum,
    /// Σ net.
    pub net: Sum,
    /// Σ amount of payments.
    pub pay_ins: Sum,
    /// Σ amount of payouts; negative.
    pub payouts: Sum,
}

/// The ids seen in a walk from the bound upwards, as a count and a sum that does not depend on
/// their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdDigest {
    /// A number of items.
    pub count: u64,
    /// The sum of hashes of the ids, modulo 2^64.
    pub digest: u64,
}

impl IdDigest {
    /// Counts an id.
    pub fn add(&mut self, id: &str) {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(id.as_bytes());
        let head = hash
            .iter()
            .take(size_of::<u64>())
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        self.count += 1;
        self.digest = self.digest.wrapping_add(head);
    }
}

/// Net that is not available yet, counted with the slice of its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maturing {
    /// The record's slice.
    pub slice: Slice,
    /// When it becomes available, Unix seconds.
    pub available_on: i64,
    /// Minor units.
    pub net: Sum,
}

/// A walk down Stripe's list: from its newest record to the lower bound.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// Unix seconds, a full UTC hour; absent for the whole history.
    pub lower: Option<i64>,
    /// Only records created before this are read (Unix seconds); absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<i64>,
    /// Ids of records created from here on are remembered for the proof (Unix seconds, a full UTC
    /// hour).
    pub bound: i64,
    /// The last record handled.
    pub cursor: Option<String>,
    /// Its `created`.
    pub last_created: Option<i64>,
    /// Figures of hours that are not yet read to their end.
    pub open: Vec<(Slice, Figures)>,
    /// What of those hours becomes available later.
    pub maturing: Vec<Maturing>,
    /// What the money of those hours was for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breakdowns: Vec<(Slice, Breakdown)>,
    /// Figures of UTC days before the start that are not yet read to their end, by the day's
    /// midnight.
    pub before: Vec<(Slice, Figures)>,
    /// What the days before a start add up to whose opening is not posted yet, by the start.
    pub before_sums: Vec<(Slice, Figures)>,
    /// The ids seen at or above the bound.
    pub seen: IdDigest,
    /// A record that may lie before the start could not be read: what lies there is not known to
    /// the minor unit.
    pub unsummed: bool,
    /// Whether anything was posted.
    pub posted: bool,
    /// Pages without records in a row.
    pub empty_pages: u32,
    /// How far the reading of the next page has come, when that takes more than one worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The end was reached.
    pub done: bool,
}

impl Walk {
    /// A walk that has not begun.
    #[must_use]
    pub fn new(lower: Option<i64>, bound: i64) -> Self {
        Self { lower, bound, ..Self::default() }
    }

    /// The figures that were open at the last checkpoint.
    #[must_use]
    pub fn slices(&self) -> Slices {
        self.open.iter().map(|(slice, figures)| (slice.clone(), *figures)).collect()
    }
}

/// How far a run has come; written with each checkpoint, by the worker alone.
///
/// It is stored with a flag for each step that is taken, beside the step: see
/// [`flags`](crate::model::run::step::flags).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Progress {
    /// Movements or proof.
    pub phase: Phase,
    /// What comes next of the steps that a run takes once.
    pub step: Step,
    /// When the first page was asked for: the next watermark.
    pub read_began_at: Option<Millis>,
    /// The failed run that this one goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Box<Resume>>,
    /// Such a record is in no day's figures yet: the walk goes down to its hour (Unix seconds), if
    /// it lies below the lower bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deeper: Option<i64>,
    /// Hours in which entries were posted outside a walk, Unix seconds: they are counted again as a
    /// whole.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub recount: BTreeSet<i64>,
    /// The walk under way.
    pub walk: Walk,
    /// Walks begun, the first included.
    pub walks: u32,
    /// The start that a preview counts with, when a sync would fix another one than there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_start: Option<i64>,
    /// The days added up for the proof; absent while a walk is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adding: Option<DaySums>,
    /// Where the next run goes on reading agreed hours again; absent at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread_next: Option<String>,
    /// How far this run has thinned certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thinned: Option<Reached>,
    /// Comparisons made.
    pub rounds: u32,
    /// To name what differs was left to a worker with more time.
    pub late: bool,
    /// In how many runs, this one included, the same difference was looked for and not all named.
    pub partly: u32,
    /// What differs was not looked for to the end, because somebody did not answer.
    pub cut: bool,
    /// What was done.
    pub counters: Counters,
    /// `created` of the oldest record handled, Unix seconds.
    pub oldest_reached: Option<i64>,
    /// How places of the list are read that cannot be read like others.
    #[serde(skip_serializing_if = "Hints::is_empty")]
    pub hints: Hints,
    /// Times the run stored how far it came with such a place.
    pub steps: u32,
    /// Records that this run was the first to set aside because Stripe did not give what is behind
    /// them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unrendered: BTreeSet<String>,
    /// The key may read most records with what is behind them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
    /// Records that this run was the first to set aside because the key lacks a right that they
    /// need.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub denied: BTreeSet<String>,
    /// Totals by `balance#CURRENCY`.
    pub totals: BTreeMap<String, Totals>,
    /// Names of accounts, and of accounts in a currency, that this run has found free of others'
    /// entries; until they are remembered.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub free: BTreeSet<String>,
    /// Some of these accounts hold entries under references of ours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub met_ours: bool,
    /// Where this run's entries go: what was chosen when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountChoice>,
    /// Records of each kind of call that succeeded: what one that fails is compared with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) succeeded: BTreeMap<crate::model::suspect::record::CallKind, u64>,
    /// Entries in a bulk, following the ledger's latency.
    pub batch: Option<usize>,
    /// Without the right to write, the run reads and compares and posts nothing.
    #[serde(rename = "shadow")]
    pub read_only: bool,
    /// What was learnt and allowed before the first write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<CircuitBreaker>,
    /// What the run rests for, when a write needs a person's consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tripped: Option<ApprovalNeeded>,
    /// What a preview has found so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<Preview>>,
}

impl Progress {
    /// Begins the walk under way again, from its newest record: what it counted so far will be
    /// counted again. What was posted stays counted: it is not posted twice.
    pub(crate) fn walk_again(&mut self) {
        self.walk = Walk::new(self.walk.lower, self.walk.bound);
        self.adding = None;
        if self.walks > 1 {
            // Only the first walk counts: the others look for what came meanwhile.
            return;
        }
        let kept = self.counters;
        self.counters = Counters { pages: 0, records: 0, entries_already_there: 0, ..kept };
        self.totals.clear();
        self.guard = self.resume.as_ref().and_then(|resume| resume.guard.clone());
        self.preview = None;
    }
}

impl Progress {
    /// Whether a step is still to be taken in this run.
    pub(crate) fn is_due(&self, step: Step) -> bool {
        self.step <= step
    }

    /// Records that a step is taken. One that was taken before changes nothing: no step comes back.
    pub(crate) fn pass(&mut self, step: Step) {
        self.step = self.step.max(step.next());
    }
}

impl Serialize for Progress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn fields<S: Serializer>(progress: &&Progress, serializer: S) -> Result<S::Ok, S::Error> {
            Progress::serialize(progress, serializer)
        }
        #[derive(Serialize)]
        struct Stored<'p> {
            #[serde(flatten, serialize_with = "fields")]
            progress: &'p Progress,
            #[serde(flatten)]
            flags: StepFlags,
        }
        let flags = StepFlags::before(self.step);
        Serialize::serialize(&Stored { progress: self, flags }, serializer)
    }
}

impl<'de> Deserialize<'de> for Progress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flags = StepFlags::default();
        let fields = TakingFlags { inner: deserializer, flags: &mut flags };
        let mut progress = Self::deserialize(fields)?;
        progress.step = progress.step.max(flags.next_step());
        Ok(progress)
    }
}
