//! How places of the list are read, and what is known of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::Hole;
use super::around::Around;
use crate::http::FailedCall;
use crate::stripe::client::MAX_PAGE;

/// Places of which a run remembers how they can be read.
const MAX_HINTS: usize = 200;

/// Why a record could only be had without what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sync) enum Lack {
    /// Stripe fails at it: the last such call, unless it was not made again here.
    Fails(Option<FailedCall>),
    /// The key lacks a right that this record needs: the right as Stripe names it, and the call.
    Denied(Option<String>, Option<FailedCall>),
}

/// Records without what is behind them, by id.
pub(in crate::sync) type Bare = HashMap<String, Lack>;

/// What was found out before.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Records that Stripe fails at; they are not tried again here.
    pub(super) failing: HashSet<String>,
    /// Records that need a right which the key lacks. A refusal comes at once, so these are asked for again.
    pub(super) denied: HashSet<String>,
    /// Holes by the record before them.
    pub(super) holes: HashMap<String, Hole>,
}

impl Known {
    pub(super) fn is_awkward(&self, id: &str) -> bool {
        self.failing.contains(id) || self.denied.contains(id)
    }
}

/// How small a page is asked for at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ladder {
    /// Records; none for one without expansions.
    pub(super) limit: u8,
    /// A page of so many was refused for want of a right.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) refused: u8,
    /// Stripe answered another call since this failed.
    pub(super) alive: bool,
    /// How often the record there could not be read alone.
    pub(super) tries: u8,
    /// How often not even its id came in time.
    pub(super) misses: u8,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { limit: MAX_PAGE, refused: 0, alive: false, tries: 0, misses: 0 }
    }
}

/// How far the reading of one place has come; kept when it takes more than one worker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    pub(super) ladder: Ladder,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) around: Option<Around>,
}

/// How a place was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hint {
    pub(super) limit: u8,
    /// A page of so many is refused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) refused: u8,
    /// What is older than this second can be read; the walk went round what is between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) below: Option<i64>,
    /// Not all of that could be read from below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) hole: bool,
}

impl Hint {
    pub(super) fn of(limit: u8) -> Self {
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

    pub(super) fn of(&self, after: Option<&str>) -> Option<Hint> {
        self.0.get(after.unwrap_or_default()).copied()
    }

    pub(super) fn remember(&mut self, after: Option<&str>, hint: Hint) {
        let after = after.unwrap_or_default();
        if self.0.len() < MAX_HINTS || self.0.contains_key(after) {
            self.0.insert(after.to_owned(), hint);
        }
    }

    /// A place can be read like others after all.
    pub(super) fn forget(&mut self, after: Option<&str>) {
        self.0.remove(after.unwrap_or_default());
    }

    /// Where the reading of a place begins.
    pub(super) fn place(&self, after: Option<&str>) -> Place {
        let ladder =
            self.of(after).map_or_else(Ladder::default, |hint| Ladder { limit: hint.limit, refused: hint.refused, ..Ladder::default() });
        Place { ladder, around: None }
    }
}
