//! Bulk posts: a prefix, whatever stops them.

use std::sync::Arc;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::decimal::major_two_digits;
use super::error::{self, ApiError, classify};
use super::http::{Body, Ledger};
use super::instance::Instance;
use super::post::{Answer, malformed, not_simulated};
use super::posting::{Refusal, with_sequence};
use super::request::{Invalid, Post, TxnRequest};
use super::types::Parent;
use crate::clock;

/// Items of a bulk at most.
const MAX_BULK_ITEMS: usize = 10_000;

/// Items posted between two looks at the connection: each look costs as much as an item.
pub const ITEMS_PER_TURN: usize = 8;

#[derive(Default, Deserialize)]
#[serde(default)]
struct BulkRequest {
    transactions: Option<Vec<Option<TxnRequest>>>,
    inflight: Option<bool>,
    atomic: Option<bool>,
    run_async: Option<bool>,
    skip_queue: Option<bool>,
    dry_run: Option<bool>,
}

/// A bulk that passed validation.
#[derive(Debug)]
pub struct Bulk {
    /// Its items, in order; all of them queued, or none.
    pub posts: Vec<Post>,
    /// The UUID of `bulk_<uuid>`.
    pub id: Uuid,
    /// Whether what was applied is reversed when an item is refused.
    pub atomic: bool,
}

impl Bulk {
    fn batch_id(&self) -> String {
        Parent::Bulk(self.id).text()
    }
}

pub(super) async fn bulk(Extension(ledger): Ledger, body: Body) -> Answer {
    let request: BulkRequest = body.parse().map_err(|error| malformed(format!("Invalid request body: {error}")))?;
    let set = |flag: Option<bool>| flag.unwrap_or_default();
    let (skip_queue, run_async) = (set(request.skip_queue), set(request.run_async));
    let (inflight, dry_run) = (set(request.inflight), set(request.dry_run));
    let bulk =
        Bulk { atomic: set(request.atomic), posts: checked(request.transactions.unwrap_or_default(), skip_queue)?, id: clock::uuid() };
    if inflight || dry_run {
        return Err(not_simulated("inflight and dry_run"));
    }
    let batch_id = bulk.batch_id();
    if run_async {
        tokio::spawn(async move { process(&ledger, bulk).await });
        let message = "Bulk transaction processing started";
        let body = json!({"message": message, "batch_id": batch_id, "status": "processing"});
        return Ok((StatusCode::ACCEPTED, axum::Json(body)).into_response());
    }
    let count = bulk.posts.len();
    process(&ledger, bulk).await?;
    let body = json!({"batch_id": batch_id, "status": "applied", "transaction_count": count});
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// Checks every item before anything is posted.
fn checked(items: Vec<Option<TxnRequest>>, skip_queue: bool) -> Result<Vec<Post>, ApiError> {
    if items.is_empty() {
        return Err(ApiError::new(error::TXN_BULK_EMPTY, "transactions cannot be empty"));
    }
    if items.len() > MAX_BULK_ITEMS {
        let message = format!("too many transactions; max is {MAX_BULK_ITEMS}");
        return Err(ApiError::new(error::TXN_BULK_LIMIT, message));
    }
    let mut posts = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let refused = |text: String| ApiError::new(error::TXN_VALIDATION, text).plural().details(json!({"index": at}));
        let Some(mut item) = item else {
            return Err(refused(format!("transactions[{at}] is required")));
        };
        // The flags of the whole bulk decide, whatever an item says.
        (item.inflight, item.dry_run, item.skip_queue) = (None, None, Some(skip_queue));
        let post = item.validate().map_err(|invalid| match invalid {
            Invalid::Rule(text) => refused(format!("transactions[{at}]: {text}")),
            Invalid::NotSimulated(feature) => not_simulated(feature),
        })?;
        posts.push(with_sequence(post, at + 1));
    }
    Ok(posts)
}

/// Posts item by item and stops at the first that is refused. What came before stays.
///
/// When the caller goes away, its connection is noticed at an await and this future is dropped there: the items before
/// are applied, and no other will be.
///
/// # Errors
/// The refusal of one item, with its position.
pub async fn process(ledger: &Arc<Instance>, bulk: Bulk) -> Result<(), ApiError> {
    let batch_id = bulk.batch_id();
    let parent = Some(Parent::Bulk(bulk.id));
    for (at, post) in bulk.posts.into_iter().enumerate() {
        if at % ITEMS_PER_TURN == 0 {
            tokio::task::yield_now().await;
        }
        let id = clock::uuid();
        if !post.skip_queue {
            ledger.enqueue(post, id, parent);
            continue;
        }
        let applied = ledger.write(|state, stamp| state.apply(&post, id, parent, stamp));
        if let Err(refusal) = applied {
            let mut text = failed_item(ledger, &post, at + 1, &refusal);
            if bulk.atomic {
                refund(ledger, bulk.id);
                text.push_str(". All transactions in this batch have been refunded.");
            } else {
                text.push_str(". Previous transactions were not rolled back.");
            }
            let code = classify(&text).unwrap_or(error::BAD_REQUEST);
            return Err(ApiError::new(code, text).batch(&batch_id));
        }
    }
    Ok(())
}

fn failed_item(ledger: &Instance, post: &Post, position: usize, refusal: &Refusal) -> String {
    let resolved = |side: &str| {
        ledger.read(|state| {
            let named = state.by_indicator(side, &post.currency);
            named.map_or_else(|| side.to_owned(), |at| state.balances()[at as usize].id.clone())
        })
    };
    format!(
        "failed to queue transaction {position} (Reference: {}, Source: {}, Destination: {}, Amount: {}): {}",
        post.reference,
        resolved(&post.source),
        resolved(&post.destination),
        major_two_digits(post.amount, post.precision),
        refusal.text()
    )
}

/// Queues the reversal of every row of a batch: the balances are back only when the queue gets to it.
fn refund(ledger: &Arc<Instance>, batch: Uuid) {
    let refunds = ledger.read(|state| state.refunds_of(Parent::Bulk(batch)));
    for (original, post) in refunds {
        ledger.enqueue(post, clock::uuid(), Some(Parent::Txn(original)));
    }
}
