//! The endpoints that reverse transactions and finish holds.

use axum::Extension;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::http::{Body, Ledger, json};
use super::post::{Answer, malformed, malformed_late};
use super::render;
use crate::clock;
use crate::core::decimal::Decimal;
use crate::core::error::{self, ApiError, classify};
use crate::core::inflight::Action;
use crate::core::instance::Instance;
use crate::core::meta::MetaInput;
use crate::core::posting::Refusal;
use crate::core::refund::RefundOptions;

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefundRequest {
    skip_queue: Option<bool>,
    dry_run: Option<bool>,
    description: Option<String>,
    meta_data: Option<MetaInput>,
}

/// The error of a call that works on several rows: all refusals in one text.
fn failed(refusals: &[Refusal]) -> ApiError {
    let texts: Vec<_> = refusals.iter().map(Refusal::text).collect();
    let text = format!("error occurred during processing: [{}]", texts.join(" "));
    ApiError::new(classify(&text).unwrap_or(error::BAD_REQUEST), text)
}

/// `POST /refund-transaction/{id}`. Rows are reversed one by one; one that cannot be makes the
/// answer an error, and what was reversed before or after it stays reversed.
pub(super) async fn refund(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let empty = body.bytes().is_ok_and(<[u8]>::is_empty);
    let request = if empty {
        RefundRequest::default()
    } else {
        body.parse::<RefundRequest>().map_err(malformed)?
    };
    let newest = ledger.knobs().core_version.is_newest();
    let rows = ledger.read(|state| state.refundable(&id));
    if request.dry_run.unwrap_or_default() && newest {
        if rows.is_empty() {
            return Err(ApiError::new(
                error::TXN_NOT_FOUND,
                format!("transaction {id} not found for refund"),
            ));
        }
        let preview = ledger
            .read(|state| state.preview_refund(&id, &rows))
            .map_err(|refusal| refusal.of_single())?;
        return Ok((StatusCode::OK, axum::Json(preview)).into_response());
    }
    let options = RefundOptions {
        skip_queue: request.skip_queue.unwrap_or_default(),
        description: request.description.filter(|_| newest),
        meta: request.meta_data.filter(|_| newest).unwrap_or_default(),
    };
    let (mut answers, mut refusals) = (Vec::new(), Vec::new());
    for row in rows {
        match ledger.read(|state| state.refund_post(row, &options)) {
            Ok((post, parent)) => match ledger.submit(post, clock::uuid(), Some(parent)).await {
                Ok(text) => answers.push(text),
                Err(refusal) => refusals.push(refusal),
            },
            Err(refusal) => refusals.push(refusal),
        }
    }
    if !refusals.is_empty() {
        return Err(failed(&refusals));
    }
    let first = answers.into_iter().next();
    let text =
        first.ok_or_else(|| ApiError::new(error::TXN_NOT_FOUND, "no transaction to refund"))?;
    Ok(json(StatusCode::CREATED, text))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InflightRequest {
    status: Option<String>,
    amount: Decimal,
    precise_amount: Option<i128>,
    skip_queue: Option<bool>,
    dry_run: Option<bool>,
}

/// `PUT /transactions/inflight/{id}`: commits or voids the holds of an id.
pub(super) async fn inflight(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let request: InflightRequest = match body.parse() {
        Ok(request) => request,
        Err(error) => return Ok(malformed_late(error)),
    };
    let refused = |code, text: &str| ApiError::new(code, text);
    if request.precise_amount.is_some_and(|amount| amount <= 0) {
        return Err(refused(error::TXN_INVALID_AMOUNT, "precise_amount must be positive"));
    }
    let holds = ledger.read(|state| state.holds(&id));
    let precision =
        ledger.read(|state| holds.first().map_or(1, |hold| state.txns()[*hold as usize].precision));
    let by_major = request.amount.times_rounded(precision.into()).filter(|amount| *amount != 0);
    let action = match request.status.as_deref() {
        Some("commit") => Action::Commit(request.precise_amount.or(by_major)),
        Some("void") => Action::Void,
        _ => {
            return Err(refused(
                error::TXN_INVALID_ACTION,
                "status not supported. use either commit or void",
            ));
        }
    };
    let version = ledger.knobs().core_version;
    if request.dry_run.unwrap_or_default() && version.is_newest() {
        if holds.is_empty() {
            return Err(refused(error::TXN_NOT_INFLIGHT, "transaction is not in inflight status"));
        }
        let preview = ledger
            .read(|state| state.preview_action(&holds, action))
            .map_err(|refusal| refusal.of_single())?;
        return Ok((StatusCode::OK, axum::Json(preview)).into_response());
    }
    if request.skip_queue.unwrap_or_default() || !version.has_caps() {
        return finish(&ledger, &holds, action);
    }
    queue(&ledger, &id, &holds, action)
}

fn finish(ledger: &Instance, holds: &[u32], action: Action) -> Answer {
    let (mut rows, mut refusals) = (Vec::new(), Vec::new());
    for hold in holds {
        match ledger.write(|state, stamp| state.finish(*hold, action, None, stamp)) {
            Ok(row) => rows.push(row),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if !refusals.is_empty() {
        return Err(failed(&refusals));
    }
    let missing =
        || ApiError::new(error::TXN_NOT_INFLIGHT, format!("no transaction to {}", action.name()));
    let row = *rows.first().ok_or_else(missing)?;
    Ok(json(StatusCode::OK, ledger.read(|state| render::finished(state, row))))
}

fn queue(ledger: &std::sync::Arc<Instance>, id: &str, holds: &[u32], action: Action) -> Answer {
    ledger.read(|state| {
        let own = state.by_id(id);
        let Some(first) = holds.first() else {
            return Err(match own {
                Some(_) => {
                    ApiError::new(error::TXN_NOT_INFLIGHT, "transaction is not in inflight status")
                }
                None => ApiError::new(
                    error::TXN_NOT_FOUND,
                    format!("Transaction with ID '{id}' not found"),
                ),
            });
        };
        // A part may be finished already, as long as anything is left of another.
        let checked = if own == Some(*first) {
            state.amount_of(*first, action)
        } else {
            state.any_left(holds, action)
        };
        checked.map(|_| ()).map_err(|refusal| {
            ApiError::new(classify(&refusal.text()).unwrap_or(error::BAD_REQUEST), refusal.text())
        })
    })?;
    if !ledger.enqueue_action(id, action) {
        return Err(ApiError::new(
            error::CONFLICT,
            "a commit or void is already queued for this transaction",
        ));
    }
    let text = ledger.read(|state| render::action_queued(state, holds[0], id));
    Ok(json(StatusCode::OK, text))
}
