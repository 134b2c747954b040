//! The causes that were found so far: how many a certificate names, each once, and whether they
//! explain the whole difference of a line.

use std::collections::HashSet;

use crate::model::certificate::{Cause, CauseKind, Line};
use crate::model::ledger::{Owner, Reference};
use crate::model::money::{Currency, Sum};
use crate::platform::blnk::LedgerTransaction;
use crate::platform::blnk::types::mirror_delta;

/// The limit of causes in one certificate.
pub(crate) const MAX_CAUSES: usize = 40;

/// Hours that are compared record by record.
pub(crate) const MAX_HOURS_COMPARED: usize = 12;

/// How completely the causes of a difference are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    All,
    /// There are more than the search covers.
    Part,
    /// A call got no answer, so there may be more to find.
    Cut,
}

/// The causes found so far.
#[derive(Debug, Default)]
pub(crate) struct FoundCauses {
    pub(crate) causes: Vec<Cause>,
    known: HashSet<String>,
    pub(crate) more: bool,
}

impl FoundCauses {
    pub(crate) fn add(&mut self, cause: Cause) {
        let name = cause.ledger_id.clone().unwrap_or_else(|| cause.reference.clone());
        if self.causes.len() >= MAX_CAUSES {
            self.more = true;
        } else if self.known.insert(name) {
            self.causes.push(cause);
        }
    }

    /// Whether the causes of a line add up to its whole difference, in debits and in credits.
    pub(crate) fn explain(&self, line: &Line) -> bool {
        let (mut debits, mut credits) = (line.debits.difference().0, line.credits.difference().0);
        for cause in self
            .causes
            .iter()
            .filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency)
        {
            for (moved, sign) in [(cause.expected, 1), (cause.found, -1)] {
                let moved = moved.map_or(0, |sum| sum.0);
                if moved >= 0 { debits -= sign * moved } else { credits += sign * moved }
            }
        }
        debits == 0 && credits == 0
    }
}

/// A cause with the known fields only.
pub(crate) fn cause(
    kind: CauseKind,
    line: &(String, Currency),
    reference: &str,
    owner: &Owner,
) -> Cause {
    let ours = reference.parse::<Reference>().ok().filter(|reference| reference.owner() == owner);
    Cause {
        kind,
        mirror: line.0.clone(),
        currency: line.1.to_string(),
        reference: reference.to_owned(),
        stripe_id: ours.map(|reference| reference.transaction().to_owned()),
        ledger_id: None,
        expected: None,
        found: None,
        at: None,
        problem: None,
    }
}

pub(crate) fn of_row(
    kind: CauseKind,
    line: &(String, Currency),
    row: &LedgerTransaction,
    mirror_id: &str,
    owner: &Owner,
) -> Cause {
    Cause {
        ledger_id: Some(row.transaction_id.clone()),
        found: Some(Sum(mirror_delta(row, mirror_id))),
        at: row.effective_date.or(row.created_at).map(|at| at.to_string()),
        ..cause(kind, line, &row.reference, owner)
    }
}
