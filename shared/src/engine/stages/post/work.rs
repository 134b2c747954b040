//! The state of one currency's entries on their way into the ledger, and the types of the stage's
//! result. Apart from the calls, so that both files that send can use it.

use std::collections::HashMap;

use crate::engine::doubt;
use crate::engine::suspects::Suspects;
use crate::model::ledger::{Chart, Entry};
use crate::model::problem::ProblemReport;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::Deadline;

/// The words of a message without what may change from one time to the next: numbers and ids.
pub(crate) fn normalized(message: &str) -> String {
    let words = message.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// What became of a group of entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) posted: u64,
    pub(crate) already_there: u64,
    pub(crate) problems: Vec<ProblemReport>,
}

/// Where the mirrors' balances are in the ledger: their ids, by indicator and currency.
pub(crate) type MirrorIds = HashMap<(String, String), String>;

/// Posts one currency's entries of a page, in order.
pub(crate) struct Poster<'a> {
    pub(crate) blnk: &'a BlnkClient,
    pub(crate) chart: &'a Chart,
    pub(crate) suspects: &'a Suspects,
    pub(crate) deadline: Deadline,
    /// Entries of this page may be there already: look before posting.
    pub(crate) look_first: bool,
}

/// A group of entries on its way into the ledger.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) left: Vec<Entry>,
    /// Refused in words that may not be meant: tried again when all others are through.
    pub(crate) doubted: Vec<Entry>,
    /// What was said of them last, and how often.
    pub(crate) doubts: HashMap<String, (String, u32)>,
    /// Bulks in a row that brought nothing forward.
    pub(crate) barren: u32,
    /// Entries in a row that were refused by themselves, without being named.
    pub(crate) nameless: u32,
    /// Those that bulks ended at without saying why: tried again when all others are through.
    pub(crate) suspected: Vec<Entry>,
    /// The first is sent alone, to see whether it is what a bulk ended at.
    pub(crate) alone: bool,
    /// Entries in a row that were not taken alone.
    pub(crate) failing: u32,
    /// The last request was not answered.
    pub(crate) silent: bool,
    pub(crate) done: Posted,
}

impl Work {
    /// Counts a refusal in unknown words; answers whether it is to be believed.
    pub(crate) fn doubts(&mut self, reference: &str, message: &str) -> bool {
        let said = normalized(message);
        let known = self.doubts.entry(reference.to_owned()).or_default();
        *known = if known.0 == said { (said, known.1 + 1) } else { (said, 1) };
        known.1 >= doubt::SAME_REFUSALS
    }
}

/// The mirror of an entry, and whether it is the side that is debited.
pub(crate) fn mirror_side<'e>(entry: &'e Entry, chart: &Chart) -> (&'e str, bool) {
    if chart.is_mirror(&entry.source) { (&entry.source, true) } else { (&entry.destination, false) }
}
