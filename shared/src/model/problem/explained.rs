//! How much of a difference open and dismissed problems explain, by balance and currency.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::Line;
use crate::model::money::Sum;
use crate::model::problem::item::{MissingEntries, ProblemItem, ProblemState};

/// The part of the difference on one mirror that problems explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Explained {
    /// Debits that are missing according to open problems.
    pub open_debit: Sum,
    /// Credits that are missing according to open problems.
    pub open_credit: Sum,
    /// Debits that are missing according to dismissed problems.
    pub dismissed_debit: Sum,
    /// Credits that are missing according to dismissed problems.
    pub dismissed_credit: Sum,
}

impl Explained {
    /// Debits and credits that problems explain, open and dismissed together.
    #[must_use]
    pub const fn all(&self) -> (Sum, Sum) {
        (
            Sum(self.open_debit.0.saturating_add(self.dismissed_debit.0)),
            Sum(self.open_credit.0.saturating_add(self.dismissed_credit.0)),
        )
    }

    pub(crate) fn add(&mut self, state: ProblemState, missing: &MissingEntries) {
        let (debit, credit) = match state {
            ProblemState::Open => (&mut self.open_debit, &mut self.open_credit),
            ProblemState::Dismissed => (&mut self.dismissed_debit, &mut self.dismissed_credit),
            ProblemState::Resolved => return,
        };
        debit.0 = debit.0.saturating_add(missing.debit.0);
        credit.0 = credit.0.saturating_add(missing.credit.0);
    }
}

/// What problems explain, by balance and currency, and which runs last found the open ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExplainedAll {
    pub(crate) by_line: BTreeMap<(String, String), Explained>,
    open: BTreeMap<Ulid, u64>,
}

impl ExplainedAll {
    /// What problems explain of one mirror.
    #[must_use]
    pub fn of(&self, balance: &str, currency: &str) -> Explained {
        self.by_line.get(&(balance.to_owned(), currency.to_owned())).copied().unwrap_or_default()
    }

    /// The number of open problems that a run found last.
    pub(crate) fn open_in(&self, run: Ulid) -> u64 {
        self.open.get(&run).copied().unwrap_or_default()
    }

    /// Adds a problem.
    pub(crate) fn add(&mut self, problem: &ProblemItem) {
        if problem.state == ProblemState::Open {
            *self.open.entry(problem.run).or_default() += 1;
        }
        if let Some(missing) = &problem.missing {
            self.by_line
                .entry((missing.balance.clone(), missing.currency.clone()))
                .or_default()
                .add(problem.state, missing);
        }
    }

    /// The lines whose difference dismissed problems explain, as `balance#CURRENCY`.
    pub(crate) fn dismissed_lines(&self, lines: &[Line]) -> BTreeSet<String> {
        let dismissed = lines.iter().filter(|line| self.dismissed(line));
        dismissed.map(Line::subject).collect()
    }

    /// Whether dismissed problems explain the ledger difference of a line, to the minor unit.
    pub(crate) fn dismissed(&self, line: &Line) -> bool {
        let explained = self.of(&line.balance, &line.currency);
        let debit = line.debits.difference().0;
        let credit = line.credits.difference().0;
        (debit, credit) != (0, 0)
            && (debit, credit) == (explained.dismissed_debit.0, explained.dismissed_credit.0)
    }
}
