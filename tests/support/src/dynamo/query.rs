//! Queries: one partition in the order of the sort keys, page by page.

use serde_json::{Value, json};

use super::parse::{Condition, Operand, Parser, Placeholders};
use super::value::{Item, size, text};
use super::{Key, Table, eval, key_of, known};

/// The most bytes that a page reads.
const PAGE_BYTES: usize = 1024 * 1024;

/// The key attributes of a query: the table's own, or those of its sparse index.
fn schema(request: &Value) -> Result<(&'static str, &'static str), String> {
    match request.get("IndexName").and_then(Value::as_str) {
        None => Ok(("pk", "sk")),
        Some("installs") if request["ConsistentRead"] == json!(true) => {
            Err("Consistent reads are not supported on global secondary indexes".to_owned())
        }
        Some("installs") if request.get("ExclusiveStartKey").is_none() => Ok(("installs_pk", "installs_sk")),
        Some(other) => Err(format!("{other} is not served here so")),
    }
}

/// The partition that a key condition names: it must name exactly one.
fn partition(condition: &Condition, name: &str) -> Option<String> {
    match condition {
        Condition::Compare(Operand::Path(path), operator, Operand::Value(value)) if operator == "=" && path[0] == name => {
            text(value).map(str::to_owned)
        }
        Condition::And(left, right) => partition(left, name).or_else(|| partition(right, name)),
        _ => None,
    }
}

/// The prefix of sort keys in a key condition.
fn prefix(condition: &Condition) -> Option<String> {
    match condition {
        Condition::BeginsWith(path, Operand::Value(value)) if path[0] == "sk" => text(value).map(str::to_owned),
        Condition::And(left, right) => prefix(left).or_else(|| prefix(right)),
        _ => None,
    }
}

impl Table {
    pub(super) fn query(&self, request: &Value) -> Result<Value, String> {
        known(&request["TableName"])?;
        let (pk_name, sk_name) = schema(request)?;
        let mut placeholders = Placeholders::of(request);
        let keys = Parser::new(request["KeyConditionExpression"].as_str().unwrap_or_default(), &mut placeholders)?.condition()?;
        let filter = match request["FilterExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.condition()?),
            None => None,
        };
        let projection = match request["ProjectionExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.projection()?),
            None => None,
        };
        placeholders.all_used()?;
        let pk = partition(&keys, pk_name).ok_or_else(|| format!("Query condition missed key schema element: {pk_name}"))?;
        let start = match request.get("ExclusiveStartKey") {
            Some(start) => Some(start_of(start, &pk, &keys)?),
            None => None,
        };
        let forward = request["ScanIndexForward"] != json!(false);
        let limit = request["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let named = |item: &Item, name: &str| item.get(name).and_then(text).map(str::to_owned);
        let prefix = prefix(&keys).unwrap_or_default();
        let within: Box<dyn Iterator<Item = (Key, &Item)>> = if pk_name == "pk" {
            // The table's own order: a page costs only what it holds, however large the partition is.
            let from = start.clone().filter(|_| forward).unwrap_or_else(|| (pk.clone(), prefix.clone()));
            let own = self.items.range(from..).take_while(|(key, _)| key.0 == pk && key.1.starts_with(&prefix));
            let own = own.map(|(key, item)| (key.clone(), item));
            if forward { Box::new(own) } else { Box::new(own.collect::<Vec<_>>().into_iter().rev()) }
        } else {
            let keyed = self.items.values().filter_map(|item| Some(((named(item, pk_name)?, named(item, sk_name)?), item)));
            let mut within: Vec<(Key, &Item)> = keyed.filter(|(key, _)| key.0 == pk).collect();
            within.sort_by(|one, other| one.0.cmp(&other.0));
            if !forward {
                within.reverse();
            }
            Box::new(within.into_iter())
        };
        let (mut looked_at, mut bytes, mut last, mut found) = (0, 0, None, Vec::new());
        for (key, item) in within {
            let passed = start.as_ref().is_none_or(|start| if forward { key > *start } else { key < *start });
            if !passed || !eval::holds(&keys, item)? {
                continue;
            }
            looked_at += 1;
            bytes += size(item);
            if filter.as_ref().map_or(Ok(true), |filter| eval::holds(filter, item))? {
                found.push(projection.as_ref().map_or_else(|| item.clone(), |paths| eval::project(paths, item)));
            }
            if looked_at >= limit || bytes >= PAGE_BYTES {
                last = Some(key);
                break;
            }
        }
        let mut answer = json!({"Count": found.len(), "ScannedCount": looked_at});
        if request["Select"] != json!("COUNT") {
            answer["Items"] = json!(found);
        }
        if let Some((pk, sk)) = last {
            answer["LastEvaluatedKey"] = json!({"pk": {"S": pk}, "sk": {"S": sk}});
        }
        Ok(answer)
    }
}

/// The start of a page: a key that the query itself could have returned.
fn start_of(start: &Value, pk: &str, keys: &Condition) -> Result<Key, String> {
    let key = key_of(start)?;
    let as_item = Item::from([("pk".to_owned(), start["pk"].clone()), ("sk".to_owned(), start["sk"].clone())]);
    if key.0 != pk || !eval::holds(keys, &as_item)? {
        return Err("The provided starting key is outside query boundaries based on provided conditions".to_owned());
    }
    Ok(key)
}
