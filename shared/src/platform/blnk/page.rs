//! A page of a list, as the ledger sends it.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::model::shape::{JsonMembers, Shape, elements};
use crate::platform::blnk::decode::parse_integer;

/// One page of a list.
pub(crate) struct BlnkPage<T> {
    pub(crate) data: Vec<T>,
    pub(crate) total: Option<i128>,
    pub(crate) total_is_estimate: bool,
}

impl<T: DeserializeOwned> BlnkPage<T> {
    /// Reads a page. A list is an object with the member `data`, an array or `null` for no rows,
    /// and reports no error. A Core that is not asked for a count sends a bare array; for no rows
    /// it does so only where its empty lists are arrays.
    pub(crate) fn of(path: &'static str, body: &[u8]) -> Result<Self, Shape> {
        let unknown = || Shape::of(path, body);
        let text = std::str::from_utf8(body).map_err(|_| unknown())?;
        if text.trim_ascii_start().starts_with('[') {
            let data = rows(path, text)?.ok_or_else(unknown)?;
            let may_be_empty = matches!(path, TRANSACTIONS | LEDGERS);
            return if data.is_empty() && !may_be_empty {
                Err(unknown())
            } else {
                Ok(Self { data, total: None, total_is_estimate: false })
            };
        }
        let members = JsonMembers::of(body).ok_or_else(unknown)?;
        let data = match members.raw("data").ok_or_else(unknown)?.get() {
            "null" => Vec::new(),
            array => rows(path, array)?.ok_or_else(unknown)?,
        };
        let total = match members.raw("total").map(RawValue::get).filter(|total| *total != "null") {
            Some(total) => Some(parse_integer(total).ok_or_else(unknown)?),
            None => None,
        };
        let total_is_estimate = match members.raw("total_is_estimate").map_or("null", RawValue::get)
        {
            "null" | "false" => false,
            "true" => true,
            _ => return Err(unknown()),
        };
        Ok(Self { data, total, total_is_estimate })
    }

    /// Whether a first page contradicts its own count.
    pub(crate) fn denies_its_count(&self) -> bool {
        self.data.is_empty() && !self.total_is_estimate && self.total.is_some_and(|total| total > 0)
    }
}

/// The rows of an array. `None` when it is not an array.
fn rows<T: DeserializeOwned>(path: &'static str, array: &str) -> Result<Option<Vec<T>>, Shape> {
    let Some(rows) = elements(array) else { return Ok(None) };
    let read =
        |row: &RawValue| serde_json::from_str(row.get()).map_err(|_| Shape::of_row(path, row));
    rows.into_iter().map(read).collect::<Result<_, _>>().map(Some)
}

pub(crate) const TRANSACTIONS: &str = "/transactions/filter";

/// Singular, unlike the others.
pub(crate) const LEDGERS: &str = "/ledger/filter";
