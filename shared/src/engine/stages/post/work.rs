//! The state of posting one currency's entries, and the types of the stage's result. Separate from
//! the calls, so that both files that send can use it.

use std::collections::{BTreeMap, HashMap};

use crate::engine::suspects::Suspects;
use crate::engine::unknown_refusal;
use crate::model::ledger::{Chart, Entry};
use crate::model::problem::ProblemReport;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::Deadline;

/// A message without the words that may vary each time: numbers and ids.
pub(crate) fn normalized(message: &str) -> String {
    let words =
        message.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// The result of posting a group of entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) posted: u64,
    pub(crate) already_there: u64,
    pub(crate) problems: Vec<ProblemReport>,
    /// The account on the other side of each entry that is in the ledger, by reference: a name, or
    /// the id of a balance.
    pub(crate) accounts: BTreeMap<String, String>,
}

impl Posted {
    /// Records an entry that the ledger accepted unchanged.
    pub(crate) fn took(&mut self, entry: &Entry, chart: &Chart) {
        self.accounts.insert(entry.reference.clone(), offset_side(entry, chart).to_owned());
    }

    /// Adds the result of another group of entries.
    pub(crate) fn extend(&mut self, other: Self) {
        self.posted += other.posted;
        self.already_there += other.already_there;
        self.problems.extend(other.problems);
        self.accounts.extend(other.accounts);
    }
}

/// Posts one currency's entries of a page, in order.
pub(crate) struct Poster<'a> {
    pub(crate) blnk: &'a BlnkClient,
    pub(crate) chart: &'a Chart,
    pub(crate) suspects: &'a Suspects,
    pub(crate) deadline: Deadline,
    /// Entries of this page may already exist, so they are looked up before posting.
    pub(crate) look_first: bool,
}

/// The state of posting a group of entries.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) left: Vec<Entry>,
    /// Entries whose refusal may be a fault of the ledger. They are retried when all others are
    /// done.
    pub(crate) unclear: Vec<Entry>,
    /// The last message about each of them, and its count.
    pub(crate) unknown_refusals: HashMap<String, (String, u32)>,
    /// Consecutive bulks without progress.
    pub(crate) attempts_without_progress: u32,
    /// Consecutive entries that were refused alone without being named.
    pub(crate) nameless: u32,
    /// Entries at which bulks stopped without saying why. They are retried when all others are
    /// done.
    pub(crate) suspected: Vec<Entry>,
    /// The first entry is sent alone, to find out whether a bulk stopped because of it.
    pub(crate) alone: bool,
    /// Consecutive entries that failed alone.
    pub(crate) failing: u32,
    /// The last request got no answer.
    pub(crate) silent: bool,
    pub(crate) done: Posted,
}

impl Work {
    /// Counts a refusal with an unknown message. Returns whether it counts as a refusal.
    pub(crate) fn count_unknown_refusal(&mut self, reference: &str, message: &str) -> bool {
        let text = normalized(message);
        let known = self.unknown_refusals.entry(reference.to_owned()).or_default();
        *known = if known.0 == text { (text, known.1 + 1) } else { (text, 1) };
        known.1 >= unknown_refusal::SAME_REFUSALS
    }
}

/// The mirror of an entry, and whether the entry debits it.
pub(crate) fn mirror_side<'e>(entry: &'e Entry, chart: &Chart) -> (&'e str, bool) {
    if chart.is_mirror(&entry.source) { (&entry.source, true) } else { (&entry.destination, false) }
}

/// The account on the other side of an entry.
pub(crate) fn offset_side<'e>(entry: &'e Entry, chart: &Chart) -> &'e str {
    if mirror_side(entry, chart).1 { &entry.destination } else { &entry.source }
}
