//! How places of the list are read, and what is known of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::model::failed_call::FailedCall;
use crate::model::hole::UnreadableRange;
use crate::model::stripe::types::list::MAX_PAGE;

/// The way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Around {
    /// When the last record before the hole was made, Unix seconds.
    pub(crate) origin: i64,
    /// What is older than this cannot be had at once…
    pub(crate) fails: i64,
    /// …and what is older than this can.
    pub(crate) reads: Option<i64>,
    /// The record that is next older than that: the list is read upwards from it.
    pub(crate) from: Option<String>,
    /// Calls that were not answered in time.
    #[serde(default)]
    pub(crate) slow: u32,
    /// How the list is read upwards.
    #[serde(default)]
    pub(crate) up: PageSizes,
    /// What is looked below first.
    #[serde(default)]
    pub(crate) first: Option<i64>,
    /// The search has ended.
    #[serde(default)]
    pub(crate) found: bool,
    /// The call that failed at the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<FailedCall>,
}

/// Places of which a run remembers how they can be read.
const MAX_HINTS: usize = 200;

/// Why a record could only be had without what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// Stripe fails at it: the last such call, unless it was not made again here.
    Fails(Option<FailedCall>),
    /// The key lacks a right that this record needs: the right as Stripe names it, and the call.
    Denied(Option<String>, Option<FailedCall>),
}

/// Records without what is behind them, by id.
pub(crate) type IncompleteRecords = HashMap<String, Incomplete>;

/// What was found out before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Records that Stripe fails at; they are not tried again here.
    pub(crate) failing: HashSet<String>,
    /// Records that need a right which the key lacks. A refusal comes at once, so these are asked for again.
    pub(crate) denied: HashSet<String>,
    /// Holes by the record before them.
    pub(crate) holes: HashMap<String, UnreadableRange>,
}

impl Known {
    pub(crate) fn is_awkward(&self, id: &str) -> bool {
        self.failing.contains(id) || self.denied.contains(id)
    }
}

/// How small a page is asked for at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PageSizes {
    /// Records; none for one without expansions.
    pub(crate) limit: u8,
    /// A page of so many was refused for want of a right.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) refused: u8,
    /// Stripe answered another call since this failed.
    pub(crate) alive: bool,
    /// How often the record there could not be read alone.
    pub(crate) tries: u8,
    /// How often not even its id came in time.
    pub(crate) misses: u8,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { limit: MAX_PAGE, refused: 0, alive: false, tries: 0, misses: 0 }
    }
}

/// How far the reading of one place has come; kept when it takes more than one worker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    pub(crate) ladder: PageSizes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) around: Option<Around>,
}

/// How a place was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hint {
    pub(crate) limit: u8,
    /// A page of so many is refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) refused: u8,
    /// What is older than this second can be read; the walk went round what is between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<i64>,
    /// Not all of that could be read from below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hole: bool,
}

impl Hint {
    pub(crate) fn of(limit: u8) -> Self {
        Self { limit, refused: 0, below: None, hole: false }
    }
}

/// Whether a figure need not be stored.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it on so")]
const fn is_zero(figure: &u8) -> bool {
    *figure == 0
}

/// How places were read that cannot be read like others, by the record before them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hints(BTreeMap<String, Hint>);

impl Hints {
    /// Whether nothing is remembered.
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

    /// A place can be read like others after all.
    pub(crate) fn forget(&mut self, after: Option<&str>) {
        self.0.remove(after.unwrap_or_default());
    }

    /// Where the reading of a place begins.
    pub(crate) fn place(&self, after: Option<&str>) -> Place {
        let ladder = self.of(after).map_or_else(PageSizes::default, |hint| PageSizes {
            limit: hint.limit,
            refused: hint.refused,
            ..PageSizes::default()
        });
        Place { ladder, around: None }
    }
}
