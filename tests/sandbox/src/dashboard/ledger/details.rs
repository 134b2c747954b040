//! One transaction, balance or identity with what belongs to it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::{Ask, MAX_PAGE, Page, is};
use super::rows::{BalanceRow, IdentityRow, TransactionRow, Verbatim};
use super::{IdentityView, ListQuery};
use crate::dashboard::api::Shared;
use crate::dashboard::refused::Refused;

/// Newer entries that are added up to know a balance as it was after an older one: the sums cost a
/// call for each hundred of them.
const MAX_NEWER: usize = 1000;

/// The status of entries that are in the balances.
const APPLIED: &str = "APPLIED";

fn missing(what: &str, id: &str) -> Refused {
    Refused::missing(format!("There is no {what} {id} in this ledger."))
}

#[derive(Serialize)]
pub(super) struct TransactionView {
    transaction: TransactionRow,
    /// What it belongs to; `null` = nothing, or a bulk, which has no row of its own.
    parent: Option<TransactionRow>,
    names: BTreeMap<String, String>,
}

/// An entry and what it belongs to. What belongs to it is a list of its own: its filter is
/// `parent_transaction_eq`.
pub(super) async fn transaction(
    State(world): Shared,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<TransactionView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let found: Option<TransactionRow> = ask.one("transactions", "transaction_id", &id).await?;
    let transaction = found.ok_or_else(|| missing("transaction", &id))?;
    let parent = ask.one("transactions", "transaction_id", &transaction.parent_transaction).await?;
    let names = ask.names(std::iter::once(&transaction)).await?;
    Ok(Json(TransactionView { transaction, parent, names }))
}

#[derive(Serialize)]
pub(super) struct BalanceView {
    #[serde(flatten)]
    row: BalanceRow,
    identity_name: Option<String>,
    ledger_name: Option<String>,
    /// `null` = the entries of its currency differ, or there are none.
    precision: Option<Verbatim>,
}

async fn balance_row(ask: &Ask<'_>, id: &str) -> Result<BalanceRow, Refused> {
    let found = ask.one("balances", "balance_id", id).await?;
    found.ok_or_else(|| missing("balance", id))
}

/// A balance and its figures.
pub(super) async fn balance(
    State(world): Shared,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<BalanceView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let row = balance_row(&ask, &id).await?;
    let identity_name = ask.people(std::iter::once(&row)).await?.remove(&row.identity_id);
    let ledger_name = ask.ledger(&row.ledger_id).await?;
    let precision = ask.precision(&row.currency).await?;
    Ok(Json(BalanceView { row, identity_name, ledger_name, precision }))
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    row: TransactionRow,
    /// Whether the balance is its source.
    debit: bool,
    /// Whether the balance is its destination.
    credit: bool,
    /// The balance after it, in minor units; `null` = too far back to be added up, or the ledger
    /// moved meanwhile.
    running: Option<String>,
}

#[derive(Serialize)]
pub(super) struct EntriesView {
    #[serde(flatten)]
    page: Page<Entry>,
    names: BTreeMap<String, String>,
    precision: Option<Verbatim>,
}

/// A balance's entries, newest first, each with its side and the balance after it.
pub(super) async fn entries(
    State(world): Shared,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<EntriesView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let before = balance_row(&ask, &id).await?;
    let own = [is("balance_id", &id)];
    let found: Page<TransactionRow> = ask.rows("transactions", query.asked(&own)).await?;
    let newer = newer(&ask, &id, &own, query.offset()).await?;
    let after = balance_row(&ask, &id).await?;
    // An entry posted between these questions would be in one of their answers only.
    let still = before.balance.text() == after.balance.text();
    let top = after
        .balance
        .minor()
        .zip(newer)
        .filter(|_| still)
        .and_then(|(balance, newer)| balance.checked_sub(newer));
    let names = ask.names(found.data.iter()).await?;
    let precision = ask.precision(&before.currency).await?;
    let data = with_running(found.data, &id, top);
    Ok(Json(EntriesView { page: Page { data, total: found.total }, names, precision }))
}

/// What the newest `count` entries add to a balance; `None` = they are too many, or cannot be added
/// up.
async fn newer(
    ask: &Ask<'_>,
    id: &str,
    own: &[Value],
    count: usize,
) -> Result<Option<i128>, Refused> {
    if count > MAX_NEWER {
        return Ok(None);
    }
    let mut sum = Some(0_i128);
    for offset in (0..count).step_by(MAX_PAGE) {
        let limit = MAX_PAGE.min(count - offset);
        let some: Page<TransactionRow> = ask
            .rows("transactions", json!({"filters": own, "limit": limit, "offset": offset}))
            .await?;
        for row in &some.data {
            sum = sum.zip(effect(row, id)).and_then(|(sum, effect)| sum.checked_add(effect));
        }
    }
    Ok(sum)
}

/// Entries, newest first, with the balance after each of them; `top` is the balance after the
/// first.
fn with_running(rows: Vec<TransactionRow>, balance: &str, top: Option<i128>) -> Vec<Entry> {
    let mut after = top;
    let each = rows.into_iter().map(|row| {
        let running = after.map(|after| after.to_string());
        after =
            after.zip(effect(&row, balance)).and_then(|(after, effect)| after.checked_sub(effect));
        Entry { debit: row.source == balance, credit: row.destination == balance, running, row }
    });
    each.collect()
}

/// What an entry adds to a balance, in minor units; `None` = it cannot be added up.
fn effect(row: &TransactionRow, balance: &str) -> Option<i128> {
    if row.status != APPLIED {
        return Some(0);
    }
    let amount = row.precise_amount.minor()?;
    let credit = if row.destination == balance { amount } else { 0 };
    let debit = if row.source == balance { amount } else { 0 };
    credit.checked_sub(debit)
}

/// An identity with all its fields. Its balances are a list of their own.
pub(super) async fn identity(
    State(world): Shared,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<IdentityView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let found: Option<IdentityRow> = ask.one("identities", "identity_id", &id).await?;
    found.map(|row| Json(row.into())).ok_or_else(|| missing("identity", &id))
}
