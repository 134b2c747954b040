//! Movements that no rule covered when they were posted, by Stripe's names: the content of the
//! suspense account according to its problems.

use std::collections::BTreeMap;

use crate::model::ledger::RuleNames;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::{ProblemItem, ProblemState, UnrecognisedNames};
use crate::model::problem::tally::OpenAmount;
use crate::model::time::Millis;

impl UnrecognisedNames {
    /// The names in a problem. `None` when it is about something else.
    #[must_use]
    pub fn of(problem: &ProblemItem) -> Option<Self> {
        (problem.code == ProblemCode::UnknownType).then(|| {
            // Problems of earlier versions have the names in their cause alone.
            problem.names.clone().unwrap_or_else(|| Self {
                reporting_category: quoted(&problem.cause, "category"),
                type_: quoted(&problem.cause, "type"),
            })
        })
    }

    /// Whether a rule with these names would cover it.
    #[must_use]
    pub fn is_about(&self, names: &RuleNames) -> bool {
        names.hold_for(&self.reporting_category, &self.type_)
    }
}

/// The quoted text after a word.
fn quoted(text: &str, word: &str) -> String {
    let rest = text.split_once(&format!("{word} “")).and_then(|(_, rest)| rest.split_once('”'));
    rest.map(|(value, _)| value.to_owned()).unwrap_or_default()
}

/// The movements in the suspense account with the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecognised {
    /// How many movements.
    pub movements: u64,
    /// How many of them have an open problem. The others were dismissed.
    pub open: u64,
    /// Their gross amounts by currency.
    pub amounts: BTreeMap<String, OpenAmount>,
    /// When the first was found.
    pub first_seen: Millis,
    /// When one was found last.
    pub last_seen: Millis,
}

/// The movements in the suspense account, by names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnrecognisedTally(BTreeMap<UnrecognisedNames, Unrecognised>);

impl UnrecognisedTally {
    /// Counts a problem that is not resolved.
    pub(crate) fn add(&mut self, problem: &ProblemItem) {
        if let Some(names) = UnrecognisedNames::of(problem) {
            self.merge(names, &Unrecognised::of(problem));
        }
    }

    fn merge(&mut self, names: UnrecognisedNames, more: &Unrecognised) {
        let known = self.0.entry(names).or_insert_with(|| Unrecognised {
            movements: 0,
            open: 0,
            amounts: BTreeMap::new(),
            ..more.clone()
        });
        known.add(more);
    }

    /// By names.
    pub fn iter(&self) -> impl Iterator<Item = (&UnrecognisedNames, &Unrecognised)> {
        self.0.iter()
    }

    /// All movements that a rule with these names would cover.
    #[must_use]
    pub fn under(&self, names: &RuleNames) -> Option<Unrecognised> {
        let mut held = self.0.iter().filter(|(of, _)| of.is_about(names)).map(|(_, held)| held);
        let mut sum = held.next()?.clone();
        held.for_each(|more| sum.add(more));
        Some(sum)
    }
}

impl Unrecognised {
    fn of(problem: &ProblemItem) -> Self {
        let amount = problem.amount.zip(problem.currency.clone());
        let amounts = amount.map(|(sum, currency)| (currency, OpenAmount { count: 1, sum }));
        Self {
            movements: 1,
            open: u64::from(problem.state == ProblemState::Open),
            amounts: amounts.into_iter().collect(),
            first_seen: problem.first_seen,
            last_seen: problem.last_seen,
        }
    }

    fn add(&mut self, more: &Self) {
        self.movements += more.movements;
        self.open += more.open;
        for (currency, amount) in &more.amounts {
            let held = self.amounts.entry(currency.clone()).or_default();
            held.count += amount.count;
            held.sum.0 = held.sum.0.saturating_add(amount.sum.0);
        }
        self.first_seen = self.first_seen.min(more.first_seen);
        self.last_seen = self.last_seen.max(more.last_seen);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    use crate::model::money::Sum;

    fn problem(more: &Value) -> ProblemItem {
        let mut item = json!({"id": "txn_1:unclassified", "subject": "txn_1",
            "code": "unknown_type", "cause": "",
            "state": "open", "attempts": 1, "first_seen": 5, "last_seen": 9,
            "run": ulid::Ulid::nil(),
            "amount": "-167", "currency": "USD"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(item).unwrap()
    }

    fn names(category: Option<&str>, type_: Option<&str>) -> RuleNames {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        RuleNames { reporting_category: owned(category), type_: owned(type_) }
    }

    #[test]
    fn problems_of_earlier_versions_tell_the_names_in_their_cause() {
        let of = |more: Value| {
            UnrecognisedNames::of(&problem(&more)).map(|it| (it.reporting_category, it.type_))
        };
        let cause = "No rule knows this movement (category “grant”, type “gift”, source “x”). It \
            was posted to the suspense account.";
        let names = Some(("grant".to_owned(), "gift".to_owned()));
        assert_eq!(of(json!({"cause": cause})), names);
        let bare =
            "No rule knows this movement (type “gift”). It was posted to the suspense account.";
        assert_eq!(of(json!({"cause": bare})), Some((String::new(), "gift".to_owned())));
        let stored = json!({"names": {"reporting_category": "grant", "type": "gift"}});
        assert_eq!(of(stored), names, "later ones as they are stored");
        assert_eq!(of(json!({"code": "validation", "cause": cause})), None);
    }

    #[test]
    fn movements_in_suspense_are_counted_by_name_and_currency() {
        let of =
            |category: &str, type_: &str| json!({"reporting_category": category, "type": type_});
        let mut tally = UnrecognisedTally::default();
        for more in [
            json!({"names": of("grant", "gift")}),
            json!({"names": of("grant", "gift"), "state": "dismissed", "amount": "300",
                "first_seen": 2}),
            json!({"names": of("grant", "other"), "amount": "40", "currency": "JPY",
                "last_seen": 11}),
            json!({"names": of("prize", "gift")}),
            json!({"code": "validation"}),
        ] {
            tally.add(&problem(&more));
        }
        let of = |names: &RuleNames| {
            tally.under(names).map(|held| {
                let usd = held.amounts.get("USD").map(|held| (held.count, held.sum));
                (held.movements, held.open, usd, held.first_seen.0, held.last_seen.0)
            })
        };
        let both = (2, 1, Some((2, Sum(133))), 2, 9);
        assert_eq!(of(&names(Some("grant"), Some("gift"))), Some(both));
        assert_eq!(of(&names(Some("grant"), None)), Some((3, 2, Some((2, Sum(133))), 2, 11)));
        assert_eq!(of(&names(None, Some("gift"))), Some((3, 2, Some((3, Sum(-34))), 2, 9)));
        assert_eq!(of(&names(Some("charge"), None)), None);
        assert_eq!(tally.iter().count(), 3);
    }
}
