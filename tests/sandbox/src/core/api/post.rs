//! The endpoints that write.

use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::http::{Body, Ledger, json};
use super::render;
use crate::clock;
use crate::core::entities::{BalanceRequest, IdentityRequest, LedgerRequest};
use crate::core::error::{self, ApiError};
use crate::core::meta::MetaInput;
use crate::core::query::tables::Table;
use crate::core::request::TxnRequest;

pub(super) type Answer = Result<Response, ApiError>;

pub(super) fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new(error::MALFORMED_REQUEST, message)
}

/// The same where Core has sent its headers before it knows that JSON follows.
pub(super) fn malformed_late(message: impl Into<String>) -> Response {
    let mut response = malformed(message).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

pub(super) async fn create_ledger(Extension(ledger): Ledger, body: Body) -> Answer {
    let request: LedgerRequest = body.parse_stored(|error| malformed(error).plural())?;
    let text = ledger.write(|state, stamp| {
        let row = state.create_ledger(request, stamp)?;
        Ok(render::row(state, Table::Ledgers, row))
    })?;
    Ok(json(StatusCode::CREATED, text))
}

pub(super) async fn rename_ledger(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let request: LedgerRequest = body.parse_stored(|error| malformed(error).plural())?;
    let text = ledger.write(|state, _| {
        let row = state.rename_ledger(&id, request)?;
        Ok(render::row(state, Table::Ledgers, row))
    })?;
    Ok(json(StatusCode::OK, text))
}

pub(super) async fn create_balance(Extension(ledger): Ledger, body: Body) -> Answer {
    let mut request: BalanceRequest = body.parse_stored(malformed)?;
    if !ledger.knobs().core_version.is_newest() {
        request.indicator = None;
    }
    let text = ledger.write(|state, stamp| {
        let row = state.create_balance(request, stamp)?;
        Ok(render::new_balance(state, row))
    })?;
    Ok(json(StatusCode::CREATED, text))
}

pub(super) async fn create_identity(Extension(ledger): Ledger, body: Body) -> Answer {
    let mut request: IdentityRequest = body.parse_stored(malformed)?;
    let knobs = ledger.knobs();
    if !knobs.core_version.takes_identity_id() {
        request = request.without_id();
    }
    let made = ledger.write(|state, stamp| {
        let row = state.create_identity(request, stamp)?;
        Ok(render::row(state, Table::Identities, row))
    });
    let text = made.map_err(|error: ApiError| {
        let as_documented = knobs.identity_dup_status == 409
            && error.message().starts_with("Identity already exists");
        if as_documented { ApiError::new(error::CONFLICT, error.message()) } else { error }
    })?;
    Ok(json(StatusCode::CREATED, text))
}

pub(super) async fn update_identity(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let request: IdentityRequest = body.parse_stored(malformed)?;
    ledger.write(|state, _| state.update_identity(&id, request))?;
    Ok(message("Identity updated successfully"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkRequest {
    identity_id: Option<String>,
}

pub(super) async fn link_identity(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let request: LinkRequest = body.parse_stored(malformed)?;
    let identity = request.identity_id.unwrap_or_default();
    if identity.is_empty() {
        return Err(malformed(
            "Key: 'UpdateBalanceIdentity.IdentityId' Error:Field validation for 'IdentityId' \
             failed on the 'required' tag",
        ));
    }
    ledger.write(|state, _| state.link_identity(&id, &identity))?;
    Ok(message("Balance identity updated successfully"))
}

fn message(text: &str) -> Response {
    axum::Json(json!({"message": text})).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MetadataRequest {
    meta_data: Option<MetaInput>,
    metadata: Option<MetaInput>,
}

pub(super) async fn metadata(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    body: Body,
) -> Answer {
    let request: MetadataRequest = body.parse_stored(malformed)?;
    let key = ledger.knobs().core_version.metadata_key();
    let input = if key == "metadata" { request.metadata } else { request.meta_data };
    let Some(input) = input else {
        return Err(malformed(
            "Key: 'MetadataRequest.Metadata' Error:Field validation for 'Metadata' failed on the \
             'required' tag",
        ));
    };
    let meta = ledger.write(|state, _| state.merge_metadata(&id, &input))?;
    Ok(axum::Json(json!({ key: meta })).into_response())
}

pub(super) async fn transaction(Extension(ledger): Ledger, body: Body) -> Answer {
    let request: TxnRequest = body.parse().map_err(|_| malformed("Invalid input"))?;
    let version = ledger.knobs().core_version;
    let post = request
        .validate(version)
        .map_err(|text| ApiError::new(error::TXN_VALIDATION, text).plural())?;
    if post.dry_run && version.is_newest() {
        let preview =
            ledger.read(|state| state.preview(&post)).map_err(|refusal| refusal.of_single())?;
        return Ok((StatusCode::OK, axum::Json(preview)).into_response());
    }
    let text =
        ledger.submit(post, clock::uuid(), None).await.map_err(|refusal| refusal.of_single())?;
    Ok(json(StatusCode::CREATED, text))
}
