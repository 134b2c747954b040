//! The open problems of a connection, counted by kind. The overview and what needs attention show
//! the same counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::ProblemItem;
use crate::model::time::Millis;

/// The open problems of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenKind {
    /// The code.
    pub code: ProblemCode,
    /// How many there are.
    pub count: u64,
    /// When the oldest of them was first found.
    pub since: Millis,
    /// Those of them with an amount, by currency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amounts: BTreeMap<String, OpenAmount>,
}

/// The amounts of the open problems of one code in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpenAmount {
    /// How many problems.
    pub count: u64,
    /// The sum of their amounts, minor units.
    pub sum: Sum,
}

/// All open problems.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OpenProblems(BTreeMap<ProblemCode, OpenKind>);

impl OpenProblems {
    /// Counts an open problem.
    pub(crate) fn add(&mut self, problem: &ProblemItem) {
        let kind = self.0.entry(problem.code.clone()).or_insert_with(|| OpenKind {
            code: problem.code.clone(),
            count: 0,
            since: problem.first_seen,
            amounts: BTreeMap::new(),
        });
        kind.count += 1;
        kind.since = kind.since.min(problem.first_seen);
        if let (Some(amount), Some(currency)) = (problem.amount, &problem.currency) {
            let held = kind.amounts.entry(currency.clone()).or_default();
            held.count += 1;
            held.sum.0 = held.sum.0.saturating_add(amount.0);
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().map(|kind| kind.count).sum()
    }

    /// By code.
    pub(crate) fn kinds(&self) -> Vec<OpenKind> {
        self.0.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_are_counted_by_code_and_their_amounts_by_currency() {
        let mut open = OpenProblems::default();
        for (code, first_seen, amount, currency) in [
            ("unknown_type", 7, Some("-167"), Some("USD")),
            ("unknown_type", 5, Some("300"), Some("USD")),
            ("unknown_type", 9, Some("40"), Some("JPY")),
            ("validation", 3, None, None),
        ] {
            let item = json!({"id": "txn_1:record", "subject": "txn_1", "code": code, "cause": "",
                "amount": amount, "currency": currency, "state": "open", "attempts": 1,
                "first_seen": first_seen, "last_seen": 9, "run": ulid::Ulid::nil()});
            open.add(&serde_json::from_value(item).unwrap());
        }
        assert_eq!(open.count(), 4);
        let kinds = open.kinds();
        assert_eq!((kinds[0].count, kinds[0].since), (3, Millis(5)));
        let amounts = BTreeMap::from([
            ("JPY".to_owned(), OpenAmount { count: 1, sum: Sum(40) }),
            ("USD".to_owned(), OpenAmount { count: 2, sum: Sum(133) }),
        ]);
        assert_eq!(kinds[0].amounts, amounts);
        assert_eq!((kinds[1].code.as_str(), kinds[1].amounts.len()), ("validation", 0));
    }
}
