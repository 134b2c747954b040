//! Queries: one partition in the order of the sort keys, page by page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::parse::{Condition, Operand, Parser, Path, Placeholders};
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
        Some("installs") if request.get("ExclusiveStartKey").is_none() => {
            Ok(("installs_pk", "installs_sk"))
        }
        Some(other) => Err(format!("{other} is not served here so")),
    }
}

/// The partition that a key condition names: it must name exactly one.
fn partition(condition: &Condition, name: &str) -> Option<String> {
    match condition {
        Condition::Compare(Operand::Path(path), operator, Operand::Value(value))
            if operator == "=" && path[0] == name =>
        {
            text(value).map(str::to_owned)
        }
        Condition::And(left, right) => partition(left, name).or_else(|| partition(right, name)),
        _ => None,
    }
}

/// The prefix of sort keys in a key condition.
fn prefix(condition: &Condition) -> Option<String> {
    match condition {
        Condition::BeginsWith(path, Operand::Value(value)) if path[0] == "sk" => {
            text(value).map(str::to_owned)
        }
        Condition::And(left, right) => prefix(left).or_else(|| prefix(right)),
        _ => None,
    }
}

/// A query as its request states it.
struct Query {
    pk_name: &'static str,
    sk_name: &'static str,
    pk: String,
    keys: Condition,
    filter: Option<Condition>,
    projection: Option<Vec<Path>>,
    start: Option<Key>,
    forward: bool,
    limit: usize,
}

impl Query {
    fn parse(request: &Value) -> Result<Self, String> {
        let (pk_name, sk_name) = schema(request)?;
        let mut placeholders = Placeholders::of(request);
        let keys = Parser::new(
            request["KeyConditionExpression"].as_str().unwrap_or_default(),
            &mut placeholders,
        )?
        .condition()?;
        let filter = match request["FilterExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.condition()?),
            None => None,
        };
        let projection = match request["ProjectionExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.projection()?),
            None => None,
        };
        placeholders.all_used()?;
        let pk = partition(&keys, pk_name)
            .ok_or_else(|| format!("Query condition missed key schema element: {pk_name}"))?;
        let start = match request.get("ExclusiveStartKey") {
            Some(start) => Some(start_of(start, &pk, &keys)?),
            None => None,
        };
        let limit = request["Limit"]
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(usize::MAX);
        let forward = request["ScanIndexForward"] != json!(false);
        Ok(Self { pk_name, sk_name, pk, keys, filter, projection, start, forward, limit })
    }

    /// Whether a key comes after the start of the page.
    fn is_past_start(&self, key: &Key) -> bool {
        self.start.as_ref().is_none_or(|start| if self.forward { key > start } else { key < start })
    }

    /// One page of the items, with the key at which the next one starts.
    fn page<'t>(&self, items: impl Iterator<Item = (Key, &'t Item)>) -> Result<Page, String> {
        let mut page = Page::default();
        let mut bytes = 0;
        for (key, item) in items {
            if !self.is_past_start(&key) || !eval::holds(&self.keys, item)? {
                continue;
            }
            page.scanned += 1;
            bytes += size(item);
            if self.filter.as_ref().map_or(Ok(true), |filter| eval::holds(filter, item))? {
                let projection = self.projection.as_ref();
                page.found.push(
                    projection.map_or_else(|| item.clone(), |paths| eval::project(paths, item)),
                );
            }
            if page.scanned >= self.limit || bytes >= PAGE_BYTES {
                page.last = Some(key);
                break;
            }
        }
        Ok(page)
    }
}

/// What a page holds.
#[derive(Default)]
struct Page {
    found: Vec<Item>,
    scanned: usize,
    last: Option<Key>,
}

impl Table {
    pub(super) fn query(&self, request: &Value) -> Result<Value, String> {
        known(&request["TableName"])?;
        let query = Query::parse(request)?;
        let page = if query.pk_name == "pk" {
            let items = self.seen(&request["ConsistentRead"]);
            query.page(in_table_order(items, &query))?
        } else {
            query.page(self.in_index_order(&query).into_iter())?
        };
        let mut answer = json!({"Count": page.found.len(), "ScannedCount": page.scanned});
        if request["Select"] != json!("COUNT") {
            answer["Items"] = json!(page.found);
        }
        if let Some((pk, sk)) = page.last {
            answer["LastEvaluatedKey"] = json!({"pk": {"S": pk}, "sk": {"S": sk}});
        }
        Ok(answer)
    }

    /// The partition of an index, in the order of the index's sort key.
    fn in_index_order(&self, query: &Query) -> Vec<(Key, &Item)> {
        let named = |item: &Item, name: &str| item.get(name).and_then(text).map(str::to_owned);
        let mut within: Vec<(Key, &Item)> = self
            .items
            .values()
            .filter_map(|item| {
                Some(((named(item, query.pk_name)?, named(item, query.sk_name)?), item))
            })
            .filter(|(key, _)| key.0 == query.pk)
            .collect();
        within.sort_by(|one, other| one.0.cmp(&other.0));
        if !query.forward {
            within.reverse();
        }
        within
    }
}

/// The start of a page: a key that the query itself could have returned.
fn start_of(start: &Value, pk: &str, keys: &Condition) -> Result<Key, String> {
    let key = key_of(start)?;
    let as_item = Item::from([
        ("pk".to_owned(), start["pk"].clone()),
        ("sk".to_owned(), start["sk"].clone()),
    ]);
    if key.0 != pk || !eval::holds(keys, &as_item)? {
        return Err(
            "The provided starting key is outside query boundaries based on provided conditions"
                .to_owned(),
        );
    }
    Ok(key)
}

/// The partition in the table's own order. A page costs only what it holds, however large the
/// partition is.
fn in_table_order<'t>(
    items: &'t BTreeMap<Key, Item>,
    query: &Query,
) -> Box<dyn Iterator<Item = (Key, &'t Item)> + 't> {
    let (pk, prefix) = (query.pk.clone(), prefix(&query.keys).unwrap_or_default());
    let from = query.start.clone().filter(|_| query.forward);
    let from = from.unwrap_or_else(|| (pk.clone(), prefix.clone()));
    let own = items
        .range(from..)
        .take_while(move |(key, _)| key.0 == pk && key.1.starts_with(&prefix))
        .map(|(key, item)| (key.clone(), item));
    if query.forward { Box::new(own) } else { Box::new(own.collect::<Vec<_>>().into_iter().rev()) }
}
