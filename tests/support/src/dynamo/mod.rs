//! A DynamoDB table in memory: the operations and expressions that the application uses, with the
//! refusals of the real one (reserved words, undefined or unused placeholders, an item twice in a
//! transaction, sizes).

mod attributes;
mod eval;
mod parse;
mod query;
#[cfg(test)]
mod tests;
mod value;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

pub use attributes::attributes;
pub use value::plain;

use crate::{Failed, TABLE};
use parse::{Parser, Placeholders};
use value::{Item, size, storable, text};

/// The largest item, bytes.
const MAX_ITEM: usize = 400 * 1024;
/// The most operations of a transaction, and keys of a batch.
const MAX_OPERATIONS: usize = 100;
/// The largest transaction, bytes.
const MAX_TRANSACTION: usize = 4 * 1024 * 1024;

type Key = (String, String);

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    items: BTreeMap<Key, Item>,
    /// What reads see that are not strongly consistent, where a replica lags behind.
    lagging: Option<BTreeMap<Key, Item>>,
    /// Answered transactions by their client token: a repeated one has no second effect.
    transactions: HashMap<String, Value>,
}

/// A write that was checked but not made.
struct Write {
    key: Key,
    before: Option<Item>,
    /// The item afterwards; `None` deletes.
    after: Option<Item>,
    /// Whether its condition holds.
    holds: bool,
    /// Whether the refused item was requested.
    returns_item: bool,
}

fn key_of(item: &Value) -> Result<Key, String> {
    let part = |name: &str| {
        item.get(name).and_then(text).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let key =
        part("pk").zip(part("sk")).ok_or("The provided key element does not match the schema")?;
    if key.0.len() > 2048 || key.1.len() > 1024 {
        Err("a key is too long".to_owned())
    } else {
        Ok(key)
    }
}

fn item_of(value: &Value) -> Item {
    value
        .as_object()
        .map(|object| object.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        .unwrap_or_default()
}

/// The answer to a transaction with a conflict or a throttle at its first operation.
pub(crate) fn passing(request: &Value, code: &str) -> Failed {
    let operations = request["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> =
        (0..operations).map(|at| json!({"Code": if at == 0 { code } else { "None" }})).collect();
    cancelled(&reasons)
}

fn cancelled(reasons: &[Value]) -> Failed {
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    Failed {
        code: "TransactionCanceledException",
        message,
        more: json!({"CancellationReasons": reasons}),
    }
}

impl Table {
    pub(crate) fn answer(&mut self, action: &str, request: &Value) -> Result<Value, Failed> {
        let answer = match action {
            "GetItem" => self.get(request),
            "BatchGetItem" => self.batch_get(request),
            "Query" => self.query(request),
            "PutItem" | "UpdateItem" | "DeleteItem" => return self.write(action, request),
            "TransactWriteItems" => return self.transact(request),
            other => Err(format!("{other} is not served here")),
        };
        answer.map_err(Failed::validation)
    }

    /// From now on, reads that are not strongly consistent see the table as it is now.
    pub(crate) fn lag(&mut self) {
        self.lagging = Some(self.items.clone());
    }

    /// The items that a read sees.
    fn seen(&self, consistent: &Value) -> &BTreeMap<Key, Item> {
        match &self.lagging {
            Some(lagging) if *consistent != json!(true) => lagging,
            _ => &self.items,
        }
    }

    pub(crate) fn item(&self, pk: &str, sk: &str) -> Option<&Item> {
        self.items.get(&(pk.to_owned(), sk.to_owned()))
    }

    pub(crate) fn items(&self, pk: &str, prefix: &str) -> Vec<&Item> {
        self.items
            .iter()
            .filter(|(key, _)| key.0 == pk && key.1.starts_with(prefix))
            .map(|(_, item)| item)
            .collect()
    }

    pub(crate) fn place(&mut self, item: &Value) {
        if let Ok(key) = key_of(item) {
            self.items.insert(key, item_of(item));
        }
    }

    pub(crate) fn remove(&mut self, pk: &str, prefix: &str) {
        self.items.retain(|key, _| key.0 != pk || !key.1.starts_with(prefix));
    }

    pub(crate) fn alter(&mut self, pk: &str, sk: &str, attribute: &str, value: Value) {
        let found = self.items.get_mut(&(pk.to_owned(), sk.to_owned()));
        assert!(found.is_some(), "{pk} {sk} is not there to be changed");
        if let Some(item) = found {
            if value.is_null() {
                item.remove(attribute)
            } else {
                item.insert(attribute.to_owned(), value)
            };
        }
    }

    pub(crate) fn dump(&self) -> String {
        self.items.values().map(|item| json!(item).to_string() + "\n").collect()
    }

    fn get(&self, request: &Value) -> Result<Value, String> {
        known(&request["TableName"])?;
        let found = self.seen(&request["ConsistentRead"]).get(&key_of(&request["Key"])?);
        Ok(found.map_or_else(|| json!({}), |item| json!({"Item": item})))
    }

    fn batch_get(&self, request: &Value) -> Result<Value, String> {
        let wanted = request["RequestItems"].get(TABLE).ok_or("Requested resource not found")?;
        let keys = wanted["Keys"]
            .as_array()
            .ok_or("no keys")?
            .iter()
            .map(key_of)
            .collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MAX_OPERATIONS {
            return Err("Too many items requested for the BatchGetItem call".to_owned());
        }
        if keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key)) {
            return Err("Provided list of item keys contains duplicates".to_owned());
        }
        // In an order that no caller can rely on.
        let items = self.seen(&wanted["ConsistentRead"]);
        let found: Vec<&Item> = keys.iter().rev().filter_map(|key| items.get(key)).collect();
        Ok(json!({"Responses": {TABLE: found}, "UnprocessedKeys": {}}))
    }

    /// The answer to a batch of which only the first key was read.
    pub(crate) fn batch_get_the_first(&self, request: &Value) -> Result<Value, Failed> {
        let mut first = request.clone();
        let keys = request["RequestItems"][TABLE]["Keys"].as_array().cloned().unwrap_or_default();
        first["RequestItems"][TABLE]["Keys"] = json!(keys.iter().take(1).collect::<Vec<_>>());
        let mut answer = self.batch_get(&first).map_err(Failed::validation)?;
        if keys.len() > 1 {
            let mut rest = request["RequestItems"].clone();
            rest[TABLE]["Keys"] = json!(keys[1..]);
            answer["UnprocessedKeys"] = rest;
        }
        Ok(answer)
    }

    fn write(&mut self, action: &str, request: &Value) -> Result<Value, Failed> {
        let write = self.prepare(action, request).map_err(Failed::validation)?;
        if !write.holds {
            let mut failed =
                Failed::new("ConditionalCheckFailedException", "The conditional request failed");
            if let Some(item) = write.before.filter(|_| write.returns_item) {
                failed.more = json!({"Item": item});
            }
            return Err(failed);
        }
        let shown = match request["ReturnValues"].as_str() {
            None | Some("NONE") => None,
            Some("ALL_OLD") => write.before.clone(),
            Some("ALL_NEW") if action == "UpdateItem" => write.after.clone(),
            Some(other) => {
                return Err(Failed::validation(format!("ReturnValues {other} is not served here")));
            }
        };
        self.store(write);
        Ok(shown.map_or_else(|| json!({}), |item| json!({"Attributes": item})))
    }

    fn store(&mut self, write: Write) {
        match write.after {
            Some(item) => self.items.insert(write.key, item),
            None => self.items.remove(&write.key),
        };
    }

    fn prepare(&self, action: &str, request: &Value) -> Result<Write, String> {
        known(&request["TableName"])?;
        let key = key_of(if action == "PutItem" { &request["Item"] } else { &request["Key"] })?;
        let before = self.items.get(&key).cloned();
        let mut placeholders = Placeholders::of(request);
        let update = match request["UpdateExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.update()?),
            None => None,
        };
        let condition = match request["ConditionExpression"].as_str() {
            Some(text) => Some(Parser::new(text, &mut placeholders)?.condition()?),
            None => None,
        };
        placeholders.all_used()?;
        let nothing = Item::new();
        let holds = condition.as_ref().map_or(Ok(true), |condition| {
            eval::holds(condition, before.as_ref().unwrap_or(&nothing))
        })?;
        let after = match action {
            "PutItem" => Some(item_of(&request["Item"])),
            "UpdateItem" if holds => {
                let base = before
                    .clone()
                    .unwrap_or_else(|| item_of(&json!({"pk": {"S": key.0}, "sk": {"S": key.1}})));
                Some(
                    update
                        .as_ref()
                        .map_or_else(|| Ok(base.clone()), |update| eval::apply(update, &base))?,
                )
            }
            "ConditionCheck" | "UpdateItem" => before.clone(),
            _ => None,
        };
        if let Some(item) = &after {
            item.values().try_for_each(storable)?;
            if size(item) > MAX_ITEM {
                return Err("Item size has exceeded the maximum allowed size".to_owned());
            }
        }
        let returns_item = request["ReturnValuesOnConditionCheckFailure"] == json!("ALL_OLD");
        Ok(Write { key, before, after, holds, returns_item })
    }

    fn transact(&mut self, request: &Value) -> Result<Value, Failed> {
        let token = request["ClientRequestToken"].as_str().unwrap_or_default();
        if let Some(sent) = self.transactions.get(token) {
            let same = *sent == request["TransactItems"];
            return if same {
                Ok(json!({}))
            } else {
                Err(Failed::new(
                    "IdempotentParameterMismatchException",
                    "another transaction had this token",
                ))
            };
        }
        let operations = request["TransactItems"].as_array().cloned().unwrap_or_default();
        if operations.is_empty() || operations.len() > MAX_OPERATIONS {
            return Err(Failed::validation("a transaction has 1 to 100 operations"));
        }
        let mut writes = Vec::new();
        for operation in &operations {
            let (kind, inner) = value::parts(operation);
            let action = match kind {
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                "Delete" => "DeleteItem",
                other => other,
            };
            let write = self.prepare(action, inner).map_err(Failed::validation)?;
            if writes.iter().any(|other: &Write| other.key == write.key) {
                return Err(Failed::validation(
                    "Transaction request cannot include multiple operations on one item",
                ));
            }
            writes.push(write);
        }
        if writes.iter().filter_map(|write| write.after.as_ref()).map(size).sum::<usize>()
            > MAX_TRANSACTION
        {
            return Err(Failed::validation("Collection size limit exceeded"));
        }
        if writes.iter().all(|write| write.holds) {
            if !token.is_empty() {
                self.transactions.insert(token.to_owned(), request["TransactItems"].clone());
            }
            writes.into_iter().for_each(|write| self.store(write));
            return Ok(json!({}));
        }
        let reasons: Vec<Value> = writes
            .iter()
            .map(|write| match (&write.before, write.holds, write.returns_item) {
                (_, true, _) => json!({"Code": "None"}),
                (Some(item), false, true) => {
                    json!({"Code": "ConditionalCheckFailed",
                        "Message": "The conditional request failed", "Item": item})
                }
                (_, false, _) => json!({"Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed"}),
            })
            .collect();
        Err(cancelled(&reasons))
    }
}

fn known(table: &Value) -> Result<(), String> {
    if *table == json!(TABLE) { Ok(()) } else { Err("Requested resource not found".to_owned()) }
}

/// Bytes of a read request unit.
const READ_UNIT: usize = 4096;

/// Halves of read request units that a call is charged: for what it answered, each item of a batch
/// on its own.
pub(crate) fn half_read_units(action: &str, request: &Value, answer: &str) -> usize {
    let answer: Value = match action {
        "Query" | "GetItem" | "BatchGetItem" => serde_json::from_str(answer).unwrap_or_default(),
        _ => return 0,
    };
    let size_of = |item: &Value| {
        let item = item.as_object().into_iter().flatten();
        value::size(&item.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let units = |bytes: usize| bytes.div_ceil(READ_UNIT).max(1);
    let (units, consistent) = match action {
        "Query" => {
            let items = answer["Items"].as_array().into_iter().flatten();
            (units(items.map(size_of).sum()), &request["ConsistentRead"])
        }
        "GetItem" => (units(size_of(&answer["Item"])), &request["ConsistentRead"]),
        _ => {
            let items = answer["Responses"][TABLE].as_array().into_iter().flatten();
            let asked = request["RequestItems"][TABLE]["Keys"].as_array().map_or(0, Vec::len);
            let found: Vec<usize> = items.map(|item| units(size_of(item))).collect();
            let missing = asked.saturating_sub(found.len());
            let consistent = &request["RequestItems"][TABLE]["ConsistentRead"];
            (found.iter().sum::<usize>() + missing, consistent)
        }
    };
    if *consistent == json!(true) { 2 * units } else { units }
}
