//! JSON of rows, as Core writes it: field order, zero dates, numbers of any size.

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::core::decimal::major_text;
use crate::core::meta::{Meta, canonical};
use crate::core::query::tables::Table;
use crate::core::request::Post;
use crate::core::split::Distribution;
use crate::core::state::State;
use crate::core::time::{GO_ZERO, format_fresh, format_rfc3339};
use crate::core::types::{IDENTITY_FIELDS, Parent, Status, Txn};

/// A transaction as Core answers it.
#[derive(Debug, Serialize)]
struct TxnJson<'a> {
    precise_amount: i128,
    amount: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_string: Option<String>,
    precision: i64,
    overdraft_limit: Box<RawValue>,
    transaction_id: String,
    parent_transaction: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    destination: &'a str,
    reference: &'a str,
    currency: &'a str,
    description: &'a str,
    status: &'static str,
    hash: String,
    allow_overdraft: bool,
    inflight: bool,
    skip_queue: bool,
    atomic: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sources: &'a [Distribution],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    destinations: &'a [Distribution],
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_date: Option<String>,
    scheduled_for: String,
    inflight_expiry_date: String,
    inflight_commit_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<TxnMeta<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued: Option<bool>,
}

/// Metadata of a transaction without the mark of a hold: that is shown as a field of its own.
#[derive(Debug)]
struct TxnMeta<'a>(&'a Meta);

const HOLD_MARK: &str = "inflight";

impl TxnMeta<'_> {
    fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.0.iter().filter(|(key, value)| &***key != HOLD_MARK || *value != "true")
    }
}

impl Serialize for TxnMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.entries() {
            let value: &RawValue =
                serde_json::from_str(value).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(&**key, value)?;
        }
        map.end()
    }
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn stored<'a>(state: &'a State, txn: &'a Txn) -> TxnJson<'a> {
    let side = |at| state.balance(at).id.as_str();
    txn_json((side(txn.source), side(txn.destination)), txn)
}

fn txn_json<'a>((source, destination): (&'a str, &'a str), txn: &'a Txn) -> TxnJson<'a> {
    let meta = TxnMeta(&txn.meta);
    TxnJson {
        precise_amount: txn.amount,
        amount: raw(major_text(txn.amount, txn.precision)),
        amount_string: None,
        precision: txn.precision,
        overdraft_limit: raw("0".to_owned()),
        transaction_id: format!("txn_{}", txn.id),
        parent_transaction: txn.parent.map(Parent::text).unwrap_or_default(),
        source,
        destination,
        reference: &txn.reference,
        currency: &txn.currency,
        description: &txn.description,
        status: txn.status.as_str(),
        hash: hex::encode(txn.hash),
        allow_overdraft: false,
        inflight: txn.meta.get(HOLD_MARK) == Some("true"),
        skip_queue: false,
        atomic: false,
        sources: &[],
        destinations: &[],
        created_at: format_rfc3339(txn.created_at),
        effective_date: txn.effective.map(format_rfc3339),
        // Core's queries read none of these.
        scheduled_for: GO_ZERO.to_owned(),
        inflight_expiry_date: GO_ZERO.to_owned(),
        inflight_commit_date: GO_ZERO.to_owned(),
        meta_data: Some(meta).filter(|meta| meta.entries().next().is_some()),
        queued: None,
    }
}

/// What of the request an answer to a post repeats.
fn with_request<'a>(json: &mut TxnJson<'a>, post: &'a Post, written: i64) {
    json.created_at = format_fresh(written);
    json.effective_date =
        Some(post.effective_sent.clone().unwrap_or_else(|| json.created_at.clone()));
    json.amount_string =
        (post.precise && post.amount > 0).then(|| major_text(post.amount, post.precision));
    if !post.amount_sent.is_zero() {
        json.amount = raw(post.amount_sent.to_string());
    }
    let date = |date: Option<i64>| date.map_or_else(|| GO_ZERO.to_owned(), format_rfc3339);
    json.scheduled_for = date(post.dates.scheduled_for);
    json.inflight_expiry_date = date(post.dates.inflight_expiry);
    json.inflight_commit_date = date(post.dates.inflight_commit);
    json.overdraft_limit = raw(post.overdraft_limit_sent.to_string());
    json.allow_overdraft = post.allow_overdraft;
    json.skip_queue = post.skip_queue;
    json.inflight = post.inflight;
    json.atomic = post.atomic;
    (json.sources, json.destinations) = (&post.sources, &post.destinations);
}

/// The answer to a transaction applied before it.
pub fn applied(state: &State, row: u32, post: &Post) -> String {
    let txn = state.txn(row);
    let mut json = stored(state, txn);
    with_request(&mut json, post, txn.created_at);
    to_text(&json)
}

/// The answer to a transaction that was queued: names as sent, and not a word of what will become
/// of it.
pub fn queued(
    state: &mut State,
    post: &Post,
    id: Uuid,
    parent: Option<Parent>,
    now: i64,
) -> String {
    let status =
        if post.dates.scheduled_for.is_some() { Status::Scheduled } else { Status::Queued };
    as_sent(state, post, id, parent, now, status)
}

/// The answer to a split transaction whose parts were applied before it: it has no row of its own.
pub fn split(state: &mut State, post: &Post, id: Uuid, now: i64) -> String {
    let status = if post.inflight { Status::Inflight } else { Status::Applied };
    as_sent(state, post, id, None, now, status)
}

fn as_sent(
    state: &mut State,
    post: &Post,
    id: Uuid,
    parent: Option<Parent>,
    now: i64,
    status: Status,
) -> String {
    let mut txn = state.row(post, id, parent, (0, 0), now);
    txn.status = status;
    if !post.skip_queue {
        let key = state.intern("QUEUED_PARENT_TRANSACTION");
        txn.meta.set(key, canonical(&Parent::Txn(id).text().into()));
    }
    let mut json = txn_json((&post.source, &post.destination), &txn);
    with_request(&mut json, post, now);
    to_text(&json)
}

/// The answer to a commit or void that was carried out before it.
pub fn finished(state: &State, row: u32) -> String {
    let txn = state.txn(row);
    to_text(&TxnJson {
        amount_string: Some(major_text(txn.amount, txn.precision)),
        ..stored(state, txn)
    })
}

/// The answer to a commit or void that was queued: the hold as it still is, under the id that was
/// asked for.
pub fn action_queued(state: &State, hold: u32, id: &str) -> String {
    let mut json = stored(state, state.txn(hold));
    json.effective_date = None;
    json.transaction_id = id.to_owned();
    json.queued = Some(true);
    to_text(&json)
}

fn to_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct BalanceJson<'a> {
    balance: i128,
    version: u32,
    inflight_balance: i128,
    credit_balance: i128,
    inflight_credit_balance: i128,
    debit_balance: i128,
    inflight_debit_balance: i128,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_debit_balance: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_credit_balance: Option<i128>,
    ledger_id: &'a str,
    identity_id: &'a str,
    balance_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    indicator: Option<&'a str>,
    currency: &'a str,
    created_at: String,
    inflight_expires_at: &'static str,
    meta_data: Option<&'a Meta>,
    track_fund_lineage: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocation_strategy: Option<&'a str>,
}

fn balance_json(state: &State, row: u32) -> BalanceJson<'_> {
    let balance = state.balance(row);
    let identity = balance.identity.map(|at| &state.identities[at as usize]);
    BalanceJson {
        balance: balance.balance(),
        version: 0,
        inflight_balance: balance.inflight_credit - balance.inflight_debit,
        credit_balance: balance.credit,
        inflight_credit_balance: balance.inflight_credit,
        debit_balance: balance.debit,
        inflight_debit_balance: balance.inflight_debit,
        queued_debit_balance: None,
        queued_credit_balance: None,
        ledger_id: &state.ledgers[balance.ledger as usize].id,
        identity_id: identity.map_or("", |identity| &identity.id),
        balance_id: &balance.id,
        indicator: balance.indicator.as_deref(),
        currency: &balance.currency,
        created_at: format_rfc3339(balance.created_at),
        inflight_expires_at: GO_ZERO,
        meta_data: balance.meta.as_ref(),
        track_fund_lineage: false,
        allocation_strategy: None,
    }
}

/// A balance on its own: with the fields that lists do not read.
fn single_json(state: &State, row: u32) -> BalanceJson<'_> {
    let balance = state.balance(row);
    BalanceJson {
        version: balance.version,
        track_fund_lineage: balance.track_fund_lineage,
        allocation_strategy: Some(&balance.allocation_strategy),
        ..balance_json(state, row)
    }
}

/// The answer to a new balance.
pub fn new_balance(state: &State, row: u32) -> String {
    let created_at = format_fresh(state.balance(row).created_at);
    to_text(&BalanceJson { version: 0, created_at, ..single_json(state, row) })
}

/// A balance by its id; on demand with what is queued against and for it.
pub fn single_balance(state: &State, row: u32, with_queued: bool) -> String {
    let (debit, credit) = if with_queued { state.queued_sums(row) } else { (0, 0) };
    to_text(&BalanceJson {
        queued_debit_balance: with_queued.then_some(debit),
        queued_credit_balance: with_queued.then_some(credit),
        ..single_json(state, row)
    })
}

/// A balance by its indicator: there Core reads everything but the metadata.
pub fn named_balance(state: &State, row: u32) -> String {
    to_text(&BalanceJson { meta_data: None, ..single_json(state, row) })
}

#[derive(Serialize)]
struct LedgerJson<'a> {
    ledger_id: &'a str,
    name: &'a str,
    created_at: String,
    meta_data: Option<&'a Meta>,
}

struct IdentityJson<'a>(&'a State, u32);

impl Serialize for IdentityJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let identity = &self.0.identities[self.1 as usize];
        let dob = identity.dob.map_or_else(|| GO_ZERO.to_owned(), format_rfc3339);
        let created_at = format_rfc3339(identity.created_at);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("identity_id", &identity.id)?;
        for (field, value) in IDENTITY_FIELDS.iter().zip(&identity.fields) {
            map.serialize_entry(field, value)?;
        }
        map.serialize_entry("dob", &dob)?;
        map.serialize_entry("created_at", &created_at)?;
        map.serialize_entry("meta_data", &identity.meta)?;
        map.end()
    }
}

/// One row as the list and filter endpoints give it.
pub fn row(state: &State, table: Table, row: u32) -> String {
    match table {
        Table::Ledgers => {
            let ledger = &state.ledgers[row as usize];
            to_text(&LedgerJson {
                ledger_id: &ledger.id,
                name: &ledger.name,
                created_at: format_rfc3339(ledger.created_at),
                meta_data: ledger.meta.as_ref(),
            })
        }
        Table::Balances => to_text(&balance_json(state, row)),
        Table::Transactions => to_text(&stored(state, state.txn(row))),
        Table::Identities => to_text(&IdentityJson(state, row)),
    }
}

/// One transaction as the endpoint for a single one gives it: without its effective date, and
/// looked up by reference also without precision and hash.
pub fn single_txn(state: &State, row: u32, by_reference: bool) -> String {
    let mut json = stored(state, state.txn(row));
    json.effective_date = None;
    if by_reference {
        json.precision = 0;
        json.hash = String::new();
    }
    to_text(&json)
}

/// Rows as a JSON array.
pub fn rows(state: &State, table: Table, numbers: &[u32]) -> String {
    let mut text = String::from("[");
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&row(state, table, *number));
    }
    text.push(']');
    text
}
