//! Attribute values in DynamoDB's wire form, `{"S": "…"}`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// An item by attribute name.
pub(crate) type Item = BTreeMap<String, Value>;

/// The type and the content of a value.
pub(crate) fn parts(value: &Value) -> (&str, &Value) {
    value
        .as_object()
        .and_then(|object| object.iter().next())
        .map_or(("", &Value::Null), |(kind, inner)| (kind.as_str(), inner))
}

/// A whole number. The application stores no other.
pub(crate) fn number(value: &Value) -> Option<i128> {
    match parts(value) {
        ("N", inner) => inner.as_str()?.parse().ok(),
        _ => None,
    }
}

pub(crate) fn text(value: &Value) -> Option<&str> {
    match parts(value) {
        ("S", inner) => inner.as_str(),
        _ => None,
    }
}

fn set(value: &Value) -> Option<BTreeSet<String>> {
    match parts(value) {
        ("SS" | "NS", Value::Array(members)) => {
            Some(members.iter().filter_map(|member| member.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (set(one), set(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The order of two values of one type; values of different types have none.
pub(crate) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => Some(text(one)?.cmp(text(other)?)),
    }
}

/// `contains(haystack, needle)`: a member of a set or a list, or a part of a string.
pub(crate) fn contains(haystack: &Value, needle: &Value) -> bool {
    match parts(haystack) {
        ("S", Value::String(whole)) => text(needle).is_some_and(|part| whole.contains(part)),
        ("SS", Value::Array(members)) => {
            text(needle).is_some_and(|member| members.iter().any(|held| held == member))
        }
        ("L", Value::Array(members)) => members.contains(needle),
        _ => false,
    }
}

/// `ADD`: a number to a number, members to a set.
pub(crate) fn add(before: Option<&Value>, added: &Value) -> Result<Value, String> {
    let mismatch = || "An operand in the update expression has an incorrect data type".to_owned();
    match (before, parts(added).0) {
        (None, "N" | "SS") => Ok(added.clone()),
        (Some(before), "N") => {
            let sum = number(before)
                .zip(number(added))
                .and_then(|(one, other)| one.checked_add(other))
                .ok_or_else(mismatch)?;
            Ok(json!({"N": sum.to_string()}))
        }
        (Some(before), "SS") if parts(before).0 == "SS" => {
            let union: BTreeSet<String> =
                set(before).into_iter().chain(set(added)).flatten().collect();
            Ok(json!({"SS": union}))
        }
        _ => Err(mismatch()),
    }
}

/// Values that DynamoDB refuses to store.
pub(crate) fn storable(value: &Value) -> Result<(), String> {
    match parts(value) {
        ("SS" | "NS", Value::Array(members)) => {
            let distinct = set(value).map_or(0, |members| members.len());
            if members.is_empty() || distinct != members.len() {
                Err("a set is empty or holds duplicates".to_owned())
            } else {
                Ok(())
            }
        }
        ("N", Value::String(digits)) => {
            digits.parse::<i128>().map(|_| ()).map_err(|_| format!("{digits} is no whole number"))
        }
        ("L", Value::Array(members)) => members.iter().try_for_each(storable),
        ("M", Value::Object(members)) => members.values().try_for_each(storable),
        ("S", Value::String(_))
        | ("BOOL", Value::Bool(_))
        | ("NULL", Value::Bool(true))
        | ("B", Value::String(_)) => Ok(()),
        (kind, _) => Err(format!("{kind} is not a type of a value")),
    }
}

/// The size of an item in bytes, roughly as DynamoDB counts: names and contents.
pub(crate) fn size(item: &Item) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(members) => members.iter().map(|member| of(member) + 1).sum::<usize>() + 3,
            Value::Object(members) => {
                members.iter().map(|(name, member)| name.len() + of(member)).sum::<usize>() + 3
            }
            _ => 1,
        }
    }
    item.iter().map(|(name, value)| name.len() + of(parts(value).1)).sum()
}

/// A value of the wire form as ordinary JSON.
fn simple(value: &Value) -> Value {
    match parts(value) {
        ("M", Value::Object(members)) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), simple(value))).collect(),
        ),
        ("L", Value::Array(members)) => Value::Array(members.iter().map(simple).collect()),
        ("N", Value::String(digits)) => serde_json::from_str(digits).unwrap_or_default(),
        ("NULL", _) => Value::Null,
        (_, inner) => inner.clone(),
    }
}

/// An item of the wire form as ordinary JSON.
#[must_use]
pub fn plain(item: &BTreeMap<String, Value>) -> Value {
    Value::Object(
        item.iter().map(|(name, value)| (name.clone(), simple(value))).collect::<Map<_, _>>(),
    )
}
