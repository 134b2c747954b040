//! What could not be posted, read, matched or understood: kept as an item for a person, never skipped in silence.
//!
//! A problem is open until a later run finds its cause gone (*resolved*) or a person says that it may stay (*dismissed*). Either way it
//! goes on being counted as what it is: a leg that is not in the ledger is a difference, whatever anybody thinks of it.

pub mod action;
pub mod code;
pub mod explained;
pub mod item;
pub mod reading;
pub mod report;

use std::collections::BTreeMap;

pub(crate) use report::ProblemReport;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::Line;
use crate::model::hole::UnreadableRange;
use crate::model::money::Sum;
use crate::model::problem::action::Action;
use crate::model::problem::code::{
    BALANCE_DOUBLED, CUSTOMER_REFUSED, DRIFT_CODES, ENTRY_CHANGED, ENTRY_MISSING, ENTRY_UNLISTED, FOREIGN_ENTRY, IDENTITY_REFUSED,
    IDENTITY_SET_ASIDE, PAGE_UNREADABLE, RECORD_GONE, RECORD_UNREADABLE, RECORD_UNRENDERED, RIGHT_MISSING, SET_ASIDE, UNKNOWN_SHAPE,
};
use crate::model::problem::explained::{Explained, ExplainedAll};
use crate::model::problem::item::{MissingEntries, ProblemItem, ProblemState, SubjectKind};
use crate::model::time::Millis;
