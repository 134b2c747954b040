//! Conditions of a fault on a call's query and body: `{"limit_gt": 25, "starting_after": "txn_1",
//! "body": "cus_1"}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The condition on the body: its text holds a string, or its JSON holds an object's members.
const BODY: &str = "body";

/// What must all hold of a call.
///
/// | member | holds when |
/// |---|---|
/// | `body: "text"` | the body's text holds the string |
/// | `body: {…}` | the body is JSON and has these members with these values, at any depth of objects |
/// | `name_gt`, `name_gte`, `name_lt`, `name_lte`: integer | the query's `name` is an integer and compares so |
/// | `name: true` / `false` (or `null`) | the query has `name` / has it not |
/// | `name: value` | one of the query's values of `name` is this, written as text |
///
/// A list parameter is named with or without its `[]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct When(BTreeMap<String, Value>);

/// Compares two integers.
type Compares = fn(&i64, &i64) -> bool;

const COMPARISONS: [(&str, Compares); 4] =
    [("_gte", i64::ge), ("_lte", i64::le), ("_gt", i64::gt), ("_lt", i64::lt)];

/// A comparison's parameter and how it compares, when a member's name ends in one.
fn comparison(name: &str) -> Option<(&str, Compares)> {
    COMPARISONS.iter().find_map(|(suffix, compares)| Some((name.strip_suffix(suffix)?, *compares)))
}

impl When {
    /// Whether the body must be known to judge.
    pub(super) fn is_about_body(&self) -> bool {
        self.0.contains_key(BODY)
    }

    /// Whether the conditions can be meant so; the part that cannot, in a text for people.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, value) in &self.0 {
            if name == BODY {
                if !(value.is_string() || value.is_object()) {
                    return Err(format!("a body holds a text or an object's members: {value}"));
                }
            } else if comparison(name).is_some() {
                if value.as_i64().is_none() {
                    return Err(format!("{name} compares with an integer, not with {value}"));
                }
            } else if value.is_array() || value.is_object() {
                return Err(format!(
                    "{name} is compared with a text, a number, true, false or null"
                ));
            }
        }
        Ok(())
    }

    /// Whether a call meets all conditions. `query` is decoded.
    pub(super) fn holds(&self, query: &[(String, String)], body: &[u8]) -> bool {
        self.0.iter().all(|(name, wanted)| {
            if name == BODY {
                return body_holds(wanted, body);
            }
            if let Some((name, compares)) = comparison(name) {
                let wanted = wanted.as_i64();
                return values(query, name).any(|value| {
                    value
                        .parse()
                        .ok()
                        .zip(wanted)
                        .is_some_and(|(value, wanted)| compares(&value, &wanted))
                });
            }
            let mut values = values(query, name);
            match wanted {
                Value::Null | Value::Bool(false) => values.next().is_none(),
                Value::Bool(true) => values.next().is_some(),
                Value::String(text) => values.any(|value| value == text),
                other => {
                    let other = other.to_string();
                    values.any(|value| value == other)
                }
            }
        })
    }
}

/// A parameter's name without the `[]` of a list.
fn plain(name: &str) -> &str {
    name.strip_suffix("[]").unwrap_or(name)
}

fn values<'q>(query: &'q [(String, String)], name: &str) -> impl Iterator<Item = &'q str> {
    let name = plain(name).to_owned();
    query.iter().filter(move |(known, _)| plain(known) == name).map(|(_, value)| value.as_str())
}

fn body_holds(wanted: &Value, body: &[u8]) -> bool {
    match wanted {
        Value::String(text) => String::from_utf8_lossy(body).contains(text.as_str()),
        members => serde_json::from_slice(body).is_ok_and(|body: Value| is_within(members, &body)),
    }
}

/// Whether all members of `part` are in `whole` with these values.
fn is_within(part: &Value, whole: &Value) -> bool {
    match part {
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|held| is_within(value, held))),
        value => value == whole,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::When;

    fn holds(when: serde_json::Value, query: &str, body: &str) -> bool {
        let when: When = serde_json::from_value(when).unwrap();
        when.check().unwrap();
        let query: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        when.holds(&query, body.as_bytes())
    }

    #[test]
    fn a_fault_hits_only_the_calls_whose_query_and_body_meet_its_conditions() {
        assert!(holds(json!({"limit_gt": 25}), "limit=50", ""));
        assert!(
            !holds(json!({"limit_gt": 25}), "limit=25", "")
                && !holds(json!({"limit_gt": 25}), "", "")
        );
        assert!(holds(
            json!({"limit_lte": 25, "starting_after": "txn_1"}),
            "limit=25&starting_after=txn_1",
            ""
        ));
        assert!(!holds(json!({"starting_after": "txn_1"}), "limit=25&starting_after=txn_2", ""));
        assert!(holds(json!({"created[gte]": 7}), "created[gte]=7", ""));
        assert!(
            holds(json!({"expand": true}), "expand[]=data.source", "")
                && holds(json!({"expand[]": "data.source"}), "expand[]=a&expand[]=data.source", "")
        );
        assert!(
            holds(json!({"expand": false}), "limit=1", "")
                && !holds(json!({"expand": null}), "expand[]=data.source", "")
        );
        assert!(holds(
            json!({"body": "cus_1"}),
            "",
            r#"{"meta_data":{"stripe_customer_id":"cus_1"}}"#
        ));
        assert!(holds(
            json!({"body": {"meta_data": {"stripe_customer_id": "cus_1"}}}),
            "",
            r#"{"x":1,"meta_data":{"stripe_customer_id":"cus_1","y":2}}"#
        ));
        assert!(!holds(
            json!({"body": {"meta_data": {"stripe_customer_id": "cus_1"}}}),
            "",
            r#"{"meta_data":{}}"#
        ));
    }

    #[test]
    fn conditions_that_could_never_hold_are_refused() {
        for wrong in [json!({"limit_gt": "many"}), json!({"body": 1}), json!({"limit": [1]})] {
            let when: When = serde_json::from_value(wrong.clone()).unwrap();
            assert!(when.check().is_err(), "{wrong}");
        }
    }
}
