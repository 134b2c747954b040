//! Questions to one instance's ledger, by Core's filter endpoints alone: a real Core answers them
//! as the simulated one does.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::rows::{BalanceRow, IdentityRow, LedgerRow, TransactionRow, Verbatim};
use crate::dashboard::api::instance_id;
use crate::dashboard::refused::Refused;
use crate::world::World;

/// Rows of a page at most, as in Core.
pub(super) const MAX_PAGE: usize = 100;

/// Rows, and how many there are in all.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) total: u64,
}

/// Core's answer to a filter that is counted; an empty list is written as null, and past the end
/// nothing is counted.
#[derive(Deserialize)]
struct Counted<T> {
    data: Option<Vec<T>>,
    total_count: Option<u64>,
}

/// Core's answer to what it does not understand.
#[derive(Deserialize)]
struct CoreError {
    error: String,
}

/// One column's value.
pub(super) fn is(field: &str, value: &str) -> Value {
    json!({"field": field, "operator": "eq", "value": value})
}

/// Asks one instance's ledger.
pub(in crate::dashboard) struct Ask<'a> {
    world: &'a World,
    instance: &'a str,
}

impl<'a> Ask<'a> {
    pub(in crate::dashboard) fn new(
        world: &'a World,
        instance: Option<&'a str>,
    ) -> Result<Self, Refused> {
        Ok(Self { world, instance: instance_id(instance)? })
    }

    /// Some rows of a table, and how many match in all. An instance that nobody has used yet has an
    /// empty ledger.
    pub(super) async fn rows<T: DeserializeOwned>(
        &self,
        table: &str,
        mut asked: Value,
    ) -> Result<Page<T>, Refused> {
        if !self.world.cloud.state().instances.contains_key(self.instance) {
            return Ok(Page { data: Vec::new(), total: 0 });
        }
        asked["include_count"] = true.into();
        let found: Counted<T> = self.filter(table, &asked).await?;
        let data = found.data.unwrap_or_default();
        let total = match found.total_count {
            Some(total) => total,
            None if asked["offset"].as_u64().unwrap_or_default() > 0 => {
                (asked["offset"], asked["limit"]) = (0.into(), 1.into());
                self.filter::<Counted<Value>>(table, &asked).await?.total_count.unwrap_or_default()
            }
            None => 0,
        };
        Ok(Page { data, total })
    }

    async fn filter<T: DeserializeOwned>(&self, table: &str, asked: &Value) -> Result<T, Refused> {
        let path = format!("/{table}/filter");
        let answer = self
            .world
            .cloud
            .ledger_call(self.instance, Method::POST, &path, asked.to_string().into())
            .await;
        let failed = |why: String| {
            Refused(StatusCode::BAD_GATEWAY, format!("The ledger did not answer: {why}"))
        };
        let (status, body) = answer.map_err(failed)?;
        if status == StatusCode::BAD_REQUEST
            && let Ok(CoreError { error }) = serde_json::from_slice(&body)
        {
            return Err(Refused::bad(error));
        }
        if !status.is_success() {
            return Err(failed(format!("status {status}")));
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))
    }

    /// The row with this id.
    pub(super) async fn one<T: DeserializeOwned>(
        &self,
        table: &str,
        field: &str,
        id: &str,
    ) -> Result<Option<T>, Refused> {
        if id.is_empty() {
            return Ok(None);
        }
        let found = self.rows(table, json!({"filters": [is(field, id)], "limit": 1})).await?;
        Ok(found.data.into_iter().next())
    }

    /// Rows with one of these ids.
    async fn by_ids<T: DeserializeOwned>(
        &self,
        table: &str,
        field: &str,
        ids: BTreeSet<&str>,
    ) -> Result<Vec<T>, Refused> {
        let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_PAGE) {
            let filter = json!({"field": field, "operator": "in", "values": some});
            found.extend(
                self.rows(table, json!({"filters": [filter], "limit": MAX_PAGE})).await?.data,
            );
        }
        Ok(found)
    }

    /// The newest entries whose references begin so; `_` and `%` in it stand for themselves.
    pub(in crate::dashboard) async fn entries_of(
        &self,
        references: &str,
        most: usize,
    ) -> Result<Vec<TransactionRow>, Refused> {
        let literal = references.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let own = json!({"field": "reference", "operator": "like", "value": format!("{literal}%")});
        Ok(self.rows("transactions", json!({"filters": [own], "limit": most})).await?.data)
    }

    /// Names of the identities that these balances belong to, by id.
    pub(super) async fn people(
        &self,
        balances: impl Iterator<Item = &BalanceRow>,
    ) -> Result<BTreeMap<String, String>, Refused> {
        let ids = balances.map(|row| row.identity_id.as_str()).collect();
        let found: Vec<IdentityRow> = self.by_ids("identities", "identity_id", ids).await?;
        Ok(found.into_iter().map(|row| (row.identity_id.clone(), row.name())).collect())
    }

    /// Names of the balances on either side of these entries, by id: the indicator, else the
    /// identity's name.
    pub(super) async fn names(
        &self,
        entries: impl Iterator<Item = &TransactionRow>,
    ) -> Result<BTreeMap<String, String>, Refused> {
        let ids = entries.flat_map(|row| [row.source.as_str(), row.destination.as_str()]).collect();
        let sides: Vec<BalanceRow> = self.by_ids("balances", "balance_id", ids).await?;
        let people = self.people(sides.iter().filter(|row| row.indicator.is_none())).await?;
        let named = sides.into_iter().filter_map(|row| {
            let name = row.indicator.or_else(|| people.get(&row.identity_id).cloned())?;
            Some((row.balance_id, name))
        });
        Ok(named.collect())
    }

    /// A ledger's name.
    pub(super) async fn ledger(&self, id: &str) -> Result<Option<String>, Refused> {
        let found: Option<LedgerRow> = self.one("ledgers", "ledger_id", id).await?;
        Ok(found.filter(|row| row.ledger_id == id).map(|row| row.name))
    }

    /// The precision that all entries of a currency share, if they do: balances are bare sums of
    /// minor units.
    pub(super) async fn precision(&self, currency: &str) -> Result<Option<Verbatim>, Refused> {
        let own = is("currency", currency);
        let newest: Page<TransactionRow> =
            self.rows("transactions", json!({"filters": [own], "limit": 1})).await?;
        let Some(entry) = newest.data.into_iter().next() else { return Ok(None) };
        let other =
            json!({"field": "precision", "operator": "ne", "value": entry.precision.text()});
        let others: Page<TransactionRow> =
            self.rows("transactions", json!({"filters": [own, other], "limit": 1})).await?;
        Ok(others.data.is_empty().then_some(entry.precision))
    }
}
