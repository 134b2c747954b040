//! The progress of a run. Written with each checkpoint, so that the next worker can continue.

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
    /// The movements of a page that are new and not counted before, by their `created`. Only the
    /// first walk counts.
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
    /// Entries that this run posted to the ledger.
    pub entries_posted: u64,
    /// Entries that already existed.
    pub entries_already_there: u64,
    /// Problems found.
    pub problems: u64,
    /// Balances created for customers.
    pub customers_created: u64,
    /// Identities updated from their customers.
    pub identities_updated: u64,
    /// Requests to Stripe.
    pub stripe_calls: u64,
    /// Requests to the ledger.
    pub ledger_calls: u64,
}

/// The sums of the movements of one balance and currency, in minor units.
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

/// The ids that a walk saw above the bound, as a count and a sum that does not depend on their
/// order.
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
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
    /// Ids of records created from this time on are kept for the proof (Unix seconds, a full UTC
    /// hour).
    pub bound: i64,
    /// The last record handled.
    pub cursor: Option<String>,
    /// Its `created`.
    pub last_created: Option<i64>,
    /// Figures of hours that are not completely read yet.
    pub open: Vec<(Slice, Figures)>,
    /// Amounts of those hours that become available later.
    pub maturing: Vec<Maturing>,
    /// The breakdowns of those hours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breakdowns: Vec<(Slice, Breakdown)>,
    /// Figures of UTC days before the start that are not completely read yet, by the day's
    /// midnight.
    pub before: Vec<(Slice, Figures)>,
    /// The sums of the days before a start whose opening is not posted yet, by the start.
    pub before_sums: Vec<(Slice, Figures)>,
    /// The ids seen at or above the bound.
    pub seen: IdDigest,
    /// A record that may be before the start could not be read: the sum before the start is not
    /// exact.
    pub unsummed: bool,
    /// Whether anything was posted.
    pub posted: bool,
    /// Consecutive pages without records.
    pub empty_pages: u32,
    /// The progress of reading the next page, when that takes more than one worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The end was reached.
    pub done: bool,
}

impl Walk {
    /// A walk that has not started.
    #[must_use]
    pub fn new(lower: Option<i64>, bound: i64) -> Self {
        Self { lower, bound, ..Self::default() }
    }

    /// Counts an amount of a slice that is not available before a time, in Unix seconds. Amounts of
    /// one slice and one time are one item: an hour may have thousands of records.
    pub(crate) fn count_pending(&mut self, slice: Slice, available_on: i64, net: i128) {
        let same = |item: &&mut Maturing| item.slice == slice && item.available_on == available_on;
        match self.maturing.iter_mut().find(same) {
            Some(item) => item.net.0 = item.net.0.saturating_add(net),
            None => self.maturing.push(Maturing { slice, available_on, net: Sum(net) }),
        }
    }

    /// The figures that were open at the last checkpoint.
    #[must_use]
    pub fn slices(&self) -> Slices {
        self.open.iter().map(|(slice, figures)| (slice.clone(), *figures)).collect()
    }
}

/// The progress of a run; only the worker writes it, with each checkpoint.
///
/// It is stored with the step and a flag for each step that is done: see
/// [`flags`](crate::model::run::step::flags).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Progress {
    /// Movements or proof.
    pub phase: Phase,
    /// The next of the steps that a run takes once.
    pub step: Step,
    /// When the first page was requested: the next watermark.
    pub read_began_at: Option<Millis>,
    /// The failed run that this run continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Box<Resume>>,
    /// A record that became readable and is in no day's figures yet: the walk goes down to its hour
    /// (Unix seconds), if that is below the lower bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deeper: Option<i64>,
    /// Hours in which entries were posted outside a walk, Unix seconds: they are recounted
    /// completely.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub recount: BTreeSet<i64>,
    /// The walk through the first of them, when it takes more than one worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recount_walk: Option<Box<Walk>>,
    /// Pages of them that timed out.
    #[serde(skip_serializing_if = "is_zero")]
    pub recount_late: u32,
    /// The current walk.
    pub walk: Walk,
    /// Walks started, including the first.
    pub walks: u32,
    /// The start that a preview uses, when a sync would fix a different one from the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_start: Option<i64>,
    /// The days added up for the proof; absent during a walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adding: Option<DaySums>,
    /// Where the next run continues to re-read agreed hours; absent at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread_next: Option<String>,
    /// This run's progress of thinning certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thinned: Option<Reached>,
    /// Comparisons made.
    pub rounds: u32,
    /// Naming the differences was left to a worker with more time.
    pub late: bool,
    /// In how many runs, including this one, the search for the same difference named only part of
    /// it.
    pub partly: u32,
    /// The search for differences stopped early, because a party did not respond.
    pub cut: bool,
    /// What was done.
    pub counters: Counters,
    /// `created` of the oldest record handled, Unix seconds.
    pub oldest_reached: Option<i64>,
    /// How positions of the list are read that cannot be read normally.
    #[serde(skip_serializing_if = "Hints::is_empty")]
    pub hints: Hints,
    /// How often the run stored its progress at such a position.
    pub steps: u32,
    /// Records that this run first set aside because Stripe did not return their expanded objects.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unrendered: BTreeSet<String>,
    /// The key may read most records with their expanded objects.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
    /// Records that this run was the first to set aside because the key lacks a permission that
    /// they need.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub denied: BTreeSet<String>,
    /// Totals by `balance#CURRENCY`.
    pub totals: BTreeMap<String, Totals>,
    /// Names of accounts, and of accounts in a currency, that this run found free of others'
    /// entries and has not recorded yet.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub free: BTreeSet<String>,
    /// Some of these accounts hold entries under references of ours.
    #[serde(rename = "met_ours", skip_serializing_if = "std::ops::Not::not")]
    pub has_own_entries: bool,
    /// The accounts of this run's entries, as chosen when it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountChoice>,
    /// The number of records of each kind of call that succeeded, which a failure is compared with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) succeeded: BTreeMap<crate::model::suspect::record::CallKind, u64>,
    /// Entries in a bulk, following the ledger's latency.
    pub batch: Option<usize>,
    /// Without the permission to write, the run reads and compares and posts nothing.
    #[serde(rename = "shadow")]
    pub read_only: bool,
    /// What was counted and allowed before the first write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<CircuitBreaker>,
    /// The approval of a person that a write needs. The run is paused until it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tripped: Option<ApprovalNeeded>,
    /// What a preview has found so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<Preview>>,
}

impl Progress {
    /// Marks hours for a recount, Unix seconds. An hour that was read in part starts over: what was
    /// read of it does not show the entries that are posted now. Returns whether anything changed.
    pub(crate) fn note_recount(&mut self, hours: Vec<i64>) -> bool {
        let known = self.recount.len();
        let in_part = |walk: &mut Box<Walk>| walk.lower.is_some_and(|hour| hours.contains(&hour));
        let restarts = self.recount_walk.take_if(in_part).is_some();
        self.recount.extend(hours);
        restarts || self.recount.len() > known
    }

    /// Restarts the current walk from the newest record: what it counted so far will be counted
    /// again. Posted entries stay counted: they are not posted twice.
    pub(crate) fn walk_again(&mut self) {
        self.walk = Walk::new(self.walk.lower, self.walk.bound);
        (self.adding, self.recount_walk) = (None, None);
        if self.walks > 1 {
            // Only the first walk counts: later walks look for new records.
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
    /// Whether a step is still to be done in this run.
    pub(crate) fn is_due(&self, step: Step) -> bool {
        self.step <= step
    }

    /// Records that a step is done. Recording it twice changes nothing: no step is repeated.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// State: an hour is being recounted. Action: an entry is posted there, or elsewhere. What must
    /// hold: only what was read of that hour is dropped, and the change is reported.
    #[test]
    fn an_hour_that_was_read_in_part_starts_over_when_an_entry_is_posted_there() {
        let walk = Walk::new(Some(7_200), 0);
        let mut progress = Progress { recount_walk: Some(Box::new(walk)), ..Progress::default() };
        progress.recount.insert(7_200);
        assert!(progress.note_recount(vec![3_600]) && progress.recount_walk.is_some());
        assert!(!progress.note_recount(vec![3_600]), "nothing changed");
        assert!(progress.note_recount(vec![7_200]) && progress.recount_walk.is_none());
    }

    /// State: an hour has thousands of records that become available at the same times. What must
    /// hold: they are one amount for each time.
    #[test]
    fn pending_amounts_of_a_slice_and_a_time_are_one_item() {
        let slice = |hour| Slice {
            kind: crate::model::ledger::BalanceKind::Issuing,
            currency: "USD".parse().unwrap(),
            hour,
        };
        let mut walk = Walk::default();
        for number in 0..10_000 {
            walk.count_pending(slice(3_600 * (number % 2)), 86_400, -5);
        }
        let nets: Vec<i128> = walk.maturing.iter().map(|item| item.net.0).collect();
        assert_eq!(nets, [-25_000, -25_000]);
    }
}
