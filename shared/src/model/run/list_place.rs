//! How positions of Stripe's list are read, and what is known about them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::model::failed_call::FailedCall;
use crate::model::run::hole::UnreadableRange;
use crate::model::stripe::types::list::MAX_PAGE;

/// The state of the search for a way around a hole in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HoleSearch {
    /// When the last record before the hole was created, Unix seconds.
    pub(crate) origin: i64,
    /// Anything older than this cannot be read at once…
    pub(crate) fails: i64,
    /// …and anything older than this can.
    pub(crate) reads: Option<i64>,
    /// The next older record after that time. The list is read upwards from it.
    pub(crate) from: Option<String>,
    /// Calls that timed out.
    #[serde(default)]
    pub(crate) slow: u32,
    /// How the list is read upwards.
    #[serde(default)]
    pub(crate) up: PageSizes,
    /// The time below which the search looks first.
    #[serde(default)]
    pub(crate) first: Option<i64>,
    /// The search has ended.
    #[serde(default)]
    pub(crate) found: bool,
    /// The call that failed at this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<FailedCall>,
}

/// The number of positions for which a run keeps hints on how to read them.
const MAX_HINTS: usize = 200;

/// Why a record could only be read without the objects behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// Stripe fails to answer: the last such call, unless it was not repeated here.
    Fails(Option<FailedCall>),
    /// The key lacks a permission that this record needs: the permission as Stripe names it, and
    /// the call.
    Denied(Option<String>, Option<FailedCall>),
}

/// Records without the objects behind them, by id.
pub(crate) type IncompleteRecords = HashMap<String, Incomplete>;

/// What earlier reads found out.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownUnreadable {
    /// Records that Stripe fails to answer for. They are not retried here.
    pub(crate) failing: HashSet<String>,
    /// Records that need a permission that the key lacks. A refusal is immediate, so these are
    /// requested again.
    pub(crate) denied: HashSet<String>,
    /// Holes by the record before them.
    pub(crate) holes: HashMap<String, UnreadableRange>,
}

impl KnownUnreadable {
    pub(crate) fn is_awkward(&self, id: &str) -> bool {
        self.failing.contains(id) || self.denied.contains(id)
    }
}

/// The page size at a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PageSizes {
    /// The number of records. Zero means one record without expansions.
    pub(crate) limit: u8,
    /// The page size that was refused for a missing permission.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) refused: u8,
    /// Stripe answered another call since this one failed.
    pub(crate) alive: bool,
    /// How often reading the single record failed.
    pub(crate) tries: u8,
    /// How often not even the record's id arrived in time.
    pub(crate) misses: u8,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { limit: MAX_PAGE, refused: 0, alive: false, tries: 0, misses: 0 }
    }
}

/// The progress of reading one position. It is kept when this takes more than one worker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    pub(crate) ladder: PageSizes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) around: Option<HoleSearch>,
}

/// How a position was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hint {
    pub(crate) limit: u8,
    /// A page of this size is refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) refused: u8,
    /// Anything older than this second can be read. The walk skipped what lies between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<i64>,
    /// Not all of the skipped part could be read from below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hole: bool,
}

impl Hint {
    pub(crate) fn of(limit: u8) -> Self {
        Self { limit, refused: 0, below: None, hole: false }
    }
}

/// Whether a number need not be stored.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it on so")]
const fn is_zero(figure: &u8) -> bool {
    *figure == 0
}

/// How exceptional positions were read, by the record before them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hints(BTreeMap<String, Hint>);

impl Hints {
    /// Whether there are no hints.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of(&self, after: Option<&str>) -> Option<Hint> {
        self.0.get(after.unwrap_or_default()).copied()
    }

    pub(crate) fn remember(&mut self, after: Option<&str>, hint: Hint) {
        let after = after.unwrap_or_default();
        if self.0.len() < MAX_HINTS || self.0.contains_key(after) {
            self.0.insert(after.to_owned(), hint);
        }
    }

    /// Removes the hint for a position that can be read normally again.
    pub(crate) fn forget(&mut self, after: Option<&str>) {
        self.0.remove(after.unwrap_or_default());
    }

    /// Where the reading of a position begins.
    pub(crate) fn place(&self, after: Option<&str>) -> Place {
        let ladder = self.of(after).map_or_else(PageSizes::default, |hint| PageSizes {
            limit: hint.limit,
            refused: hint.refused,
            ..PageSizes::default()
        });
        Place { ladder, around: None }
    }
}
