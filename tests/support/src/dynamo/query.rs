//! Queries: one partition, in the order of the sort keys, a page at a time.

use serde_json::{Value, json};

use super::parse::{Condition, Operand, Parser, Placeholders};
use super::value::{Item, size, text};
use super::{Key, Table, eval, key_of, known};

/// The most bytes that one page looks at.
const PAGE_BYTES: usize = 1024 * 1024;

/// The partition that a key condition names: it must name exactly one.
fn partition(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Compare(Operand::Path(path), operator, Operand::Value(value)) if operator == "=" && path[0] == "pk" => {
            text(value).map(str::to_owned)
        }
        Condition::And(left, right) => partition(left).or_else(|| partition(right)),
        _ => None,
    }
}

impl Table {
    pub(super) fn query(&self, request: &Value) -> Result<Value, String> {
        known(&request["TableName"])?;
        if request.get("IndexName").is_some() {
            return Err("indexes are not served here".to_owned());
        }
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
        let pk = partition(&keys).ok_or("Query condition missed key schema element: pk")?;
        let start = match request.get("ExclusiveStartKey") {
            Some(start) => Some(start_of(start, &pk, &keys)?),
            None => None,
        };
        let forward = request["ScanIndexForward"] != json!(false);
        let limit = request["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let mut within: Vec<(&Key, &Item)> = self.items.iter().filter(|(key, _)| key.0 == pk).collect();
        if !forward {
            within.reverse();
        }
        let (mut looked_at, mut bytes, mut last, mut found) = (0, 0, None, Vec::new());
        for (key, item) in within {
            let passed = start.as_ref().is_none_or(|start| if forward { key > start } else { key < start });
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

/// Where a page begins: a key that the query itself could have answered.
fn start_of(start: &Value, pk: &str, keys: &Condition) -> Result<Key, String> {
    let key = key_of(start)?;
    let as_item = Item::from([("pk".to_owned(), start["pk"].clone()), ("sk".to_owned(), start["sk"].clone())]);
    if key.0 != pk || !eval::holds(keys, &as_item)? {
        return Err("The provided starting key is outside query boundaries based on provided conditions".to_owned());
    }
    Ok(key)
}
