//! Bulk posts: a prefix, whatever stops them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::http::{Body, Ledger};
use super::post::{Answer, malformed_late};
use crate::clock;
use crate::core::decimal::major_two_digits;
use crate::core::error::{self, ApiError, classify};
use crate::core::instance::Instance;
use crate::core::posting::Refusal;
use crate::core::request::{Post, TxnRequest};
use crate::core::types::Parent;
use crate::core::version::Version;

/// Items of a bulk at most.
const MAX_BULK_ITEMS: usize = 10_000;

/// Bulks with `run_async` at work at most.
const MAX_ASYNC_BULKS: usize = 100;

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

/// One of the places for bulks with `run_async`; given back when dropped.
struct AsyncPlace(Arc<Instance>);

impl AsyncPlace {
    fn take(ledger: &Arc<Instance>) -> Option<Self> {
        let place = Self(Arc::clone(ledger));
        (ledger.async_bulks().fetch_add(1, Ordering::Relaxed) < MAX_ASYNC_BULKS).then_some(place)
    }
}

impl Drop for AsyncPlace {
    fn drop(&mut self) {
        self.0.async_bulks().fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) async fn bulk(Extension(ledger): Ledger, body: Body) -> Answer {
    let request: BulkRequest = match body.parse() {
        Ok(request) => request,
        Err(error) => return Ok(malformed_late(format!("Invalid request body: {error}"))),
    };
    let set = |flag: Option<bool>| flag.unwrap_or_default();
    let (skip_queue, inflight, atomic) =
        (set(request.skip_queue), set(request.inflight), set(request.atomic));
    let version = ledger.knobs().core_version;
    let bulk = Bulk {
        atomic,
        posts: checked(request.transactions.unwrap_or_default(), skip_queue, inflight, version)?,
        id: clock::uuid(),
    };
    if set(request.dry_run) && version.is_newest() {
        let preview = ledger.read(|state| state.preview_bulk(&bulk.posts, skip_queue, atomic));
        let mut preview = preview.map_err(|refusal| refusal.of_single())?;
        if set(request.run_async) {
            preview
                .note("run_async is ignored in a dry run; the projection is returned immediately");
        }
        return Ok((StatusCode::OK, axum::Json(preview)).into_response());
    }
    let batch_id = bulk.batch_id();
    if set(request.run_async) {
        let message = "too many async bulk operations in progress, try again later";
        let place =
            AsyncPlace::take(&ledger).ok_or_else(|| ApiError::new(error::RATE_LIMITED, message))?;
        tokio::spawn(async move { process(&place.0, bulk).await });
        let message = "Bulk transaction processing started";
        let body = json!({"message": message, "batch_id": batch_id, "status": "processing"});
        return Ok((StatusCode::ACCEPTED, axum::Json(body)).into_response());
    }
    let count = bulk.posts.len();
    process(&ledger, bulk).await?;
    let status = if inflight { "inflight" } else { "applied" };
    let body = json!({"batch_id": batch_id, "status": status, "transaction_count": count});
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// Checks every item before anything is posted.
fn checked(
    items: Vec<Option<TxnRequest>>,
    skip_queue: bool,
    inflight: bool,
    version: Version,
) -> Result<Vec<Post>, ApiError> {
    if items.is_empty() {
        return Err(ApiError::new(error::TXN_BULK_EMPTY, "transactions cannot be empty"));
    }
    if items.len() > MAX_BULK_ITEMS && version.has_caps() {
        let message = format!("too many transactions; max is {MAX_BULK_ITEMS}");
        return Err(ApiError::new(error::TXN_BULK_LIMIT, message));
    }
    let mut posts = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let refused = |text: String| {
            ApiError::new(error::TXN_VALIDATION, text).plural().details(json!({"index": at}))
        };
        let Some(mut item) = item else {
            return Err(refused(format!("transactions[{at}] is required")));
        };
        // The flags of the whole bulk decide, whatever an item says.
        (item.inflight, item.skip_queue) = (Some(inflight), Some(skip_queue));
        let mut post = item
            .validate(version)
            .map_err(|text| refused(format!("transactions[{at}]: {text}")))?;
        post.meta.insert("sequence".to_owned(), (at + 1).into());
        posts.push(post);
    }
    Ok(posts)
}

/// Posts item by item and stops at the first that is refused. What came before stays.
///
/// When the caller goes away, its connection is noticed at an await and this future is dropped
/// there: the items before are applied, and no other will be.
///
/// # Errors
/// The refusal of one item, with its position.
pub async fn process(ledger: &Arc<Instance>, bulk: Bulk) -> Result<(), ApiError> {
    let batch_id = bulk.batch_id();
    let parent = Parent::Bulk(bulk.id);
    for (at, mut post) in bulk.posts.into_iter().enumerate() {
        if at % ITEMS_PER_TURN == 0 {
            tokio::task::yield_now().await;
        }
        let id = clock::uuid();
        post.queued_for = Some(parent);
        let done = ledger.submit_item(post, id, parent).await;
        if ledger.dies() {
            // Nobody hears of it: the connection ends with the ledger.
            return Err(ApiError::new(error::BAD_REQUEST, "dead"));
        }
        let Err((refusal, post)) = done else { continue };
        let mut text = failed_item(ledger, &post, at + 1, &refusal);
        if bulk.atomic {
            let done = ledger.undo(&batch_id, post.inflight);
            text.push_str(&format!(". All transactions in this batch have been {done}."));
        } else {
            text.push_str(". Previous transactions were not rolled back.");
        }
        let by_words = || classify(&text).unwrap_or(error::BAD_REQUEST);
        let code = if refusal == Refusal::Unstorable { error::INTERNAL } else { by_words() };
        return Err(ApiError::new(code, text).batch(&batch_id));
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
        "failed to queue transaction {position} (Reference: {}, Source: {}, Destination: {}, \
         Amount: {}): {}",
        post.reference,
        resolved(&post.source),
        resolved(&post.destination),
        major_two_digits(post.amount, post.precision),
        refusal.text()
    )
}
