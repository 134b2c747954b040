//! An index over metadata values, built for a key when it is first asked for.

use std::collections::HashMap;

use crate::core::meta::Meta;
use crate::core::state::index;

/// For each indexed key, the rows that have, or once had, a value. Readers check each row again.
#[derive(Debug, Default)]
pub struct MetaIndex(HashMap<Box<str>, HashMap<Box<str>, Vec<u32>>>);

impl MetaIndex {
    /// Takes note of a row, new or with changed metadata.
    pub fn add(&mut self, row: u32, meta: Option<&Meta>) {
        if self.0.is_empty() {
            return;
        }
        for (key, value) in meta.into_iter().flat_map(Meta::iter) {
            if let Some(values) = self.0.get_mut(&**key) {
                note(values, value, row);
            }
        }
    }

    /// Whether `key` is indexed yet.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Indexes `key` over all rows, given in order.
    pub fn build<'a>(&mut self, key: &str, rows: impl Iterator<Item = Option<&'a Meta>>) {
        let mut values = HashMap::new();
        for (at, meta) in rows.enumerate() {
            if let Some(value) = meta.and_then(|meta| meta.get(key)) {
                note(&mut values, value, index(at));
            }
        }
        self.0.insert(key.into(), values);
    }

    /// Rows that may hold one of `values` (JSON texts) under `key`; `None` = the key is not
    /// indexed.
    pub fn rows(&self, key: &str, values: &[String]) -> Option<Vec<u32>> {
        let known = self.0.get(key)?;
        let lists = values.iter().filter_map(|value| known.get(value.as_str()));
        Some(lists.flatten().copied().collect())
    }
}

fn note(values: &mut HashMap<Box<str>, Vec<u32>>, value: &str, row: u32) {
    match values.get_mut(value) {
        Some(rows) => rows.push(row),
        None => {
            values.insert(value.into(), vec![row]);
        }
    }
}
