//! Expressions, applied to items.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::parse::{Condition, Operand, Path, Update};
use super::value::{Item, add, compare, contains, equal, number, parts, text};

fn at<'a>(item: &'a Item, path: &Path) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(item.get(first)?, |value, name| match parts(value) {
        ("M", inner) => inner.get(name),
        _ => None,
    })
}

fn evaluate(operand: &Operand, item: &Item) -> Result<Option<Value>, String> {
    Ok(match operand {
        Operand::Value(value) => Some(value.clone()),
        Operand::Path(path) => at(item, path).cloned(),
        Operand::IfNotExists(path, fallback) => match at(item, path) {
            Some(value) => Some(value.clone()),
            None => evaluate(fallback, item)?,
        },
        Operand::Sum(left, plus, right) => {
            let missing = || {
                "The provided expression refers to an attribute that does not exist in the item"
                    .to_owned()
            };
            let (left, right) = (
                evaluate(left, item)?.ok_or_else(missing)?,
                evaluate(right, item)?.ok_or_else(missing)?,
            );
            let (left, right) = number(&left)
                .zip(number(&right))
                .ok_or("An operand in the update expression has an incorrect data type")?;
            Some(json!({"N": (if *plus { left + right } else { left - right }).to_string()}))
        }
    })
}

/// Whether an item meets a condition.
pub(crate) fn holds(condition: &Condition, item: &Item) -> Result<bool, String> {
    Ok(match condition {
        Condition::And(left, right) => holds(left, item)? && holds(right, item)?,
        Condition::Or(left, right) => holds(left, item)? || holds(right, item)?,
        Condition::Not(inner) => !holds(inner, item)?,
        Condition::Exists(path, wanted) => at(item, path).is_some() == *wanted,
        Condition::BeginsWith(path, operand) => {
            let prefix = evaluate(operand, item)?;
            at(item, path)
                .and_then(text)
                .zip(prefix.as_ref().and_then(text))
                .is_some_and(|(whole, prefix)| whole.starts_with(prefix))
        }
        Condition::Contains(path, operand) => {
            let needle = evaluate(operand, item)?;
            at(item, path)
                .zip(needle.as_ref())
                .is_some_and(|(haystack, needle)| contains(haystack, needle))
        }
        Condition::In(operand, members) => {
            let Some(value) = evaluate(operand, item)? else { return Ok(false) };
            for member in members {
                if evaluate(member, item)?.is_some_and(|member| equal(&member, &value)) {
                    return Ok(true);
                }
            }
            false
        }
        Condition::Compare(left, operator, right) => {
            // What is missing is unequal to everything, and meets no other comparison.
            let (Some(left), Some(right)) = (evaluate(left, item)?, evaluate(right, item)?) else {
                return Ok(operator == "<>");
            };
            let order = compare(&left, &right);
            match operator.as_str() {
                "=" => equal(&left, &right),
                "<>" => !equal(&left, &right),
                "<" => order == Some(Ordering::Less),
                "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                ">" => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            }
        }
    })
}

const NO_PATH: &str = "The document path provided in the update expression is invalid for update";

/// The attribute that a path of one name means.
fn attribute(path: &Path) -> Result<&String, String> {
    match path.as_slice() {
        [name] if name == "pk" || name == "sk" => {
            Err(format!("Cannot update attribute {name}. This attribute is part of the key"))
        }
        [name] => Ok(name),
        _ => Err("sums inside a map are not served here".to_owned()),
    }
}

/// The map inside an item that holds what a path ends with, which must be there, and the last name.
fn inside<'i, 'p>(
    item: &'i mut Item,
    path: &'p Path,
) -> Result<(&'i mut serde_json::Map<String, Value>, &'p String), String> {
    let [first, between @ .., last] = path.as_slice() else { return Err(NO_PATH.to_owned()) };
    let mut map = item
        .get_mut(first)
        .and_then(|value| value.get_mut("M"))
        .and_then(Value::as_object_mut)
        .ok_or(NO_PATH)?;
    for name in between {
        map = map
            .get_mut(name)
            .and_then(|value| value.get_mut("M"))
            .and_then(Value::as_object_mut)
            .ok_or(NO_PATH)?;
    }
    Ok((map, last))
}

/// The item after an update: every right side sees the item as it was.
pub(crate) fn apply(update: &Update, before: &Item) -> Result<Item, String> {
    let mut after = before.clone();
    for (path, operand) in &update.set {
        let value = evaluate(operand, before)?.ok_or(
            "The provided expression refers to an attribute that does not exist in the item",
        )?;
        if path.len() > 1 {
            let (map, name) = inside(&mut after, path)?;
            map.insert(name.clone(), value);
        } else {
            after.insert(attribute(path)?.clone(), value);
        }
    }
    for path in &update.remove {
        if path.len() > 1 {
            let (map, name) = inside(&mut after, path)?;
            map.remove(name);
        } else {
            after.remove(attribute(path)?);
        }
    }
    for (path, value) in &update.add {
        let name = attribute(path)?;
        after.insert(name.clone(), add(before.get(name), value)?);
    }
    Ok(after)
}

/// The part of an item that a projection names.
pub(crate) fn project(paths: &[Path], item: &Item) -> Item {
    paths.iter().filter_map(|path| Some((path.first()?.clone(), at(item, path)?.clone()))).collect()
}
