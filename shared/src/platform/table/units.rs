//! Writes that belong together, packed into as few transactions as possible.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::platform::table::MAX_TRANSACTION;
use crate::platform::table::attribute::{Item, attr};

/// The maximum size of a transaction's items here, in bytes. DynamoDB's limit is 4 MB, and the size
/// of an updated item is unknown.
pub const MAX_BYTES: usize = 3_000_000;

/// Writes that must reach the table together, all or none. They are never split.
#[derive(Debug, Clone)]
pub struct Unit(pub Vec<TransactWriteItem>);

impl Unit {
    /// Writes that do not depend on each other.
    #[must_use]
    pub fn each(writes: Vec<TransactWriteItem>) -> Vec<Self> {
        writes.into_iter().map(|write| Self(vec![write])).collect()
    }
}

/// Packs units in their order into transactions, each of which leaves room for one more write. A
/// transaction may name an item only once: of equal writes one is enough, and any other second
/// write of an item begins the next transaction.
#[must_use]
pub fn transactions(units: Vec<Unit>) -> Vec<Vec<TransactWriteItem>> {
    let mut packed: Vec<Vec<TransactWriteItem>> = Vec::new();
    let mut open = Open::default();
    for unit in units {
        if !open.fits(&unit) {
            packed.push(std::mem::take(&mut open).writes);
        }
        open.add(unit);
    }
    if !open.writes.is_empty() {
        packed.push(open.writes);
    }
    packed
}

/// A transaction that is being filled.
#[derive(Default)]
struct Open {
    writes: Vec<TransactWriteItem>,
    bytes: usize,
}

impl Open {
    fn fits(&self, unit: &Unit) -> bool {
        let bytes: usize = unit.0.iter().map(weight).sum();
        let new = unit.0.iter().filter(|write| !self.has_already(write));
        let (mut count, mut clash) = (0, false);
        for write in new {
            count += 1;
            clash |= self.writes.iter().any(|known| key_of(known) == key_of(write));
        }
        !clash
            && self.writes.len() + count < MAX_TRANSACTION
            && (self.writes.is_empty() || self.bytes + bytes <= MAX_BYTES)
    }

    fn add(&mut self, unit: Unit) {
        for write in unit.0 {
            if !self.has_already(&write) {
                self.bytes += weight(&write);
                self.writes.push(write);
            }
        }
    }

    fn has_already(&self, write: &TransactWriteItem) -> bool {
        self.writes.iter().any(|known| known == write)
    }
}

/// The key of the item that is written.
fn key_of(write: &TransactWriteItem) -> Option<(&AttributeValue, &AttributeValue)> {
    let key: &Item = write
        .update
        .as_ref()
        .map(|update| &update.key)
        .or(write.put.as_ref().map(|put| &put.item))
        .or(write.delete.as_ref().map(|delete| &delete.key))
        .or(write.condition_check.as_ref().map(|check| &check.key))?;
    Some((key.get(attr::PK)?, key.get(attr::SK)?))
}

/// About how many bytes a write sends.
fn weight(write: &TransactWriteItem) -> usize {
    let update = write.update.as_ref();
    let put = write.put.as_ref().map(|put| size_of_item(&put.item));
    let values = update.and_then(|update| update.expression_attribute_values.as_ref());
    let text = update.map(|update| update.update_expression.len());
    put.unwrap_or_default()
        + values.map(size_of_item).unwrap_or_default()
        + text.unwrap_or_default()
}

/// How many bytes DynamoDB counts for an item.
#[must_use]
pub fn size_of_item(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

/// Bytes that a list or map adds to what it holds…
const OF_COLLECTION: usize = 3;

/// …and each of its elements.
const OF_ELEMENT: usize = 1;

fn size_of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => size_of_number(digits),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| size_of_number(digits)).sum(),
        AttributeValue::L(list) => {
            let elements = list.iter().map(|value| OF_ELEMENT + size_of_value(value));
            OF_COLLECTION + elements.sum::<usize>()
        }
        AttributeValue::M(map) => OF_COLLECTION + OF_ELEMENT * map.len() + size_of_item(map),
        _ => 1,
    }
}

/// A byte for two digits, and one more; another one for a sign. Zeros at the end may count less.
fn size_of_number(digits: &str) -> usize {
    let signed = usize::from(digits.starts_with('-'));
    1 + signed + (digits.len() - signed).div_ceil(2)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{Delete, Put};
    use proptest::prelude::*;

    use super::*;
    use crate::platform::table::attribute::s;

    fn key(sk: u8) -> Item {
        Item::from([(attr::PK.to_owned(), s("p")), (attr::SK.to_owned(), s(sk.to_string()))])
    }

    fn put(sk: u8, bytes: usize) -> TransactWriteItem {
        let mut item = key(sk);
        item.insert("text".to_owned(), s("x".repeat(bytes)));
        let put = Put::builder().table_name("t").set_item(Some(item)).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    }

    fn delete(sk: u8) -> TransactWriteItem {
        let delete = Delete::builder().table_name("t").set_key(Some(key(sk))).build().unwrap();
        TransactWriteItem::builder().delete(delete).build()
    }

    /// The figures of DynamoDB's documentation: names, texts and bytes as they are, a byte for two
    /// digits and one more, three for a collection and one for each element.
    #[test]
    fn an_item_is_as_large_as_dynamodb_counts_it() {
        let list = AttributeValue::L(vec![s("ab"), AttributeValue::Bool(true)]);
        let item = Item::from([
            ("text".to_owned(), s("zwölf")),
            ("at".to_owned(), AttributeValue::N("1760000000000".to_owned())),
            ("net".to_owned(), AttributeValue::N("-123".to_owned())),
            ("list".to_owned(), list.clone()),
            ("map".to_owned(), AttributeValue::M(Item::from([("n".to_owned(), list)]))),
        ]);
        let (text, at, net, list) = (4 + 6, 2 + 8, 3 + 4, 3 + (1 + 2) + (1 + 1));
        assert_eq!(size_of_item(&item), text + at + net + (4 + list) + (3 + 3 + 1 + 1 + list));
    }

    proptest! {
        /// Whatever the units: each stays whole and in order, a transaction names an item once,
        /// leaves room for one more write, and stays under the limit of bytes.
        #[test]
        fn units_stay_whole_and_transactions_are_valid(
            units in prop::collection::vec(
                (prop::collection::btree_set(0_u8..200, 1..9), 0_usize..400_000, any::<bool>()),
                0..120,
            ),
        ) {
            let units: Vec<Unit> = units
                .into_iter()
                .map(|(keys, bytes, closes)| {
                    let bytes = bytes / keys.len();
                    let mut writes: Vec<_> = keys.into_iter().map(|sk| put(sk, bytes)).collect();
                    if closes {
                        writes.extend([delete(250), delete(251)]);
                    }
                    Unit(writes)
                })
                .collect();
            let packed = transactions(units.clone());
            for transaction in &packed {
                prop_assert!(!transaction.is_empty() && transaction.len() < MAX_TRANSACTION);
                prop_assert!(transaction.iter().map(weight).sum::<usize>() <= MAX_BYTES + 1_000);
                let mut keys: Vec<_> = transaction.iter().map(|write| key_of(write).unwrap().1.as_s().unwrap()).collect();
                keys.sort_unstable();
                keys.dedup();
                prop_assert_eq!(keys.len(), transaction.len());
            }
            let mut rest = packed.iter();
            let mut here = rest.next();
            for unit in &units {
                while here.is_some_and(|packed| unit.0.iter().any(|write| !packed.contains(write))) {
                    here = rest.next();
                }
                prop_assert!(here.is_some(), "a unit was parted");
            }
        }
    }
}
