//! Core's error bodies: a legacy `error` (or `errors`) beside the structured `error_detail`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A code of Core's catalogue; it decides the HTTP status.
pub type Code = &'static str;

/// Malformed JSON or a value of the wrong type.
pub const MALFORMED_REQUEST: Code = "GEN_MALFORMED_REQUEST";
/// A value that is not allowed.
pub const VALIDATION: Code = "GEN_VALIDATION_ERROR";
/// A request that cannot be done.
pub const BAD_REQUEST: Code = "GEN_BAD_REQUEST";
/// Something that clashes with what exists.
pub const CONFLICT: Code = "GEN_CONFLICT";
/// A failure inside the ledger.
pub const INTERNAL: Code = "GEN_INTERNAL";
/// A transaction that breaks a rule.
pub const TXN_VALIDATION: Code = "TXN_VALIDATION_ERROR";
/// A transaction, or a balance that a transaction names, that does not exist.
pub const TXN_NOT_FOUND: Code = "TXN_NOT_FOUND";
/// The source holds less than the amount and may not be overdrawn.
pub const TXN_INSUFFICIENT_FUNDS: Code = "TXN_INSUFFICIENT_FUNDS";
/// The reference exists.
pub const TXN_DUPLICATE_REFERENCE: Code = "TXN_DUPLICATE_REFERENCE";
/// A commit or void of something that is not held.
pub const TXN_NOT_INFLIGHT: Code = "TXN_NOT_INFLIGHT";
/// Nothing is left of a hold.
pub const TXN_ALREADY_COMMITTED: Code = "TXN_ALREADY_COMMITTED";
/// A hold was given back.
pub const TXN_ALREADY_VOIDED: Code = "TXN_ALREADY_VOIDED";
/// A commit of more than is left.
pub const TXN_COMMIT_EXCEEDED: Code = "TXN_COMMIT_AMOUNT_EXCEEDED";
/// Neither commit nor void.
pub const TXN_INVALID_ACTION: Code = "TXN_INVALID_STATUS_ACTION";
/// An amount that is not positive.
pub const TXN_INVALID_AMOUNT: Code = "TXN_INVALID_AMOUNT";
/// A lock that others hold.
pub const LOCKED: Code = "GEN_RESOURCE_LOCKED";
/// Too many requests, or too many bulks at work.
pub const RATE_LIMITED: Code = "GEN_RATE_LIMITED";
/// A bulk without items.
pub const TXN_BULK_EMPTY: Code = "TXN_BULK_EMPTY";
/// A bulk with too many items.
pub const TXN_BULK_LIMIT: Code = "TXN_BULK_LIMIT_EXCEEDED";
/// A balance that does not exist.
pub const BAL_NOT_FOUND: Code = "BAL_NOT_FOUND";
/// A balance that breaks a rule.
pub const BAL_VALIDATION: Code = "BAL_VALIDATION_ERROR";
/// A timestamp that cannot be read.
pub const BAL_INVALID_TIMESTAMP: Code = "BAL_INVALID_TIMESTAMP";
/// A ledger that does not exist.
pub const LGR_NOT_FOUND: Code = "LGR_NOT_FOUND";
/// An identity that does not exist.
pub const IDT_NOT_FOUND: Code = "IDT_NOT_FOUND";
/// An identity that breaks a rule, a duplicate one included.
pub const IDT_VALIDATION: Code = "IDT_VALIDATION_ERROR";
/// Metadata for something that does not exist.
pub const META_NOT_FOUND: Code = "META_ENTITY_NOT_FOUND";
/// Metadata for an id whose prefix is not known.
pub const META_INVALID_ID: Code = "META_INVALID_ENTITY_ID";
/// No key.
pub const AUTH_MISSING: Code = "AUTH_MISSING_API_KEY";
/// A key that is not known.
pub const AUTH_INVALID: Code = "AUTH_INVALID_API_KEY";

fn status_of(code: Code) -> StatusCode {
    match code {
        TXN_DUPLICATE_REFERENCE | CONFLICT | TXN_ALREADY_COMMITTED | TXN_ALREADY_VOIDED => {
            StatusCode::CONFLICT
        }
        LOCKED => StatusCode::LOCKED,
        RATE_LIMITED => StatusCode::TOO_MANY_REQUESTS,
        TXN_NOT_FOUND | BAL_NOT_FOUND | LGR_NOT_FOUND | IDT_NOT_FOUND | META_NOT_FOUND => {
            StatusCode::NOT_FOUND
        }
        AUTH_MISSING | AUTH_INVALID => StatusCode::UNAUTHORIZED,
        INTERNAL => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The code that Core derives from an error's text, in its order; `None` = the endpoint's default.
///
/// A bulk's error quotes references and balance names, so these substrings can come from the
/// caller's own text: that is how the real ledger behaves.
pub fn classify(message: &str) -> Option<Code> {
    let found = PATTERNS.iter().find(|(parts, _)| parts.iter().all(|part| message.contains(part)));
    found.map(|(_, code)| *code)
}

/// Substrings of messages, in the order they are tried; all of one line must be there.
const PATTERNS: [(&[&str], Code); 11] = [
    (&["transaction", "not found"], TXN_NOT_FOUND),
    (&["not in inflight status"], TXN_NOT_INFLIGHT),
    (&["Transaction already committed"], TXN_ALREADY_COMMITTED),
    (&["has already been voided"], TXN_ALREADY_VOIDED),
    (&["has already been refunded"], CONFLICT),
    (&["has already been used"], TXN_DUPLICATE_REFERENCE),
    (&["cannot commit more than"], TXN_COMMIT_EXCEEDED),
    (&["insufficient funds"], TXN_INSUFFICIENT_FUNDS),
    (&["transaction validation failed"], TXN_VALIDATION),
    (&["failed to acquire lock"], LOCKED),
    (&["not found"], TXN_NOT_FOUND),
];

/// An error on its way to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    code: Code,
    message: String,
    plural: bool,
    legacy: Option<Value>,
    details: Option<Value>,
    batch_id: Option<String>,
}

impl ApiError {
    /// An error under the key `error`.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            plural: false,
            legacy: None,
            details: None,
            batch_id: None,
        }))
    }

    /// The same under the key `errors`, as validations answer.
    #[must_use]
    pub fn plural(mut self) -> Self {
        self.0.plural = true;
        self
    }

    /// With a legacy value that is not the message.
    #[must_use]
    pub fn legacy(mut self, legacy: Value) -> Self {
        self.0.legacy = Some(legacy.clone());
        self.0.details = Some(legacy);
        self
    }

    /// With its cause beside it, which is written as an empty object: Go's errors have no public
    /// fields.
    #[must_use]
    pub fn caused(self) -> Self {
        self.details(json!({}))
    }

    /// With details beside the message.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// For a bulk: the batch id beside the error and in its details.
    #[must_use]
    pub fn batch(mut self, batch_id: &str) -> Self {
        self.0.details = Some(json!({"batch_id": batch_id}));
        self.0.batch_id = Some(batch_id.to_owned());
        self
    }

    /// The same as a Core before 0.15 wrote it: without code and details, and 400 unless it is
    /// about keys or load.
    pub fn legacy_response(&self) -> Response {
        let own = status_of(self.0.code);
        let status = match own {
            StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => own,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut body = json!({});
        body[self.key()] = self.0.legacy.clone().unwrap_or_else(|| self.0.message.clone().into());
        if let Some(batch_id) = &self.0.batch_id {
            body["batch_id"] = batch_id.as_str().into();
        }
        (status, Json(body)).into_response()
    }

    fn key(&self) -> &'static str {
        if self.0.plural { "errors" } else { "error" }
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Its text.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let inner = &*self.0;
        let status = status_of(inner.code);
        let mut detail = json!({"code": inner.code, "message": inner.message});
        if let Some(details) = &inner.details {
            detail["details"] = details.clone();
        }
        let mut body = json!({"error_detail": detail});
        body[self.key()] = inner.legacy.clone().unwrap_or_else(|| inner.message.clone().into());
        if let Some(batch_id) = &inner.batch_id {
            body["batch_id"] = batch_id.as_str().into();
        }
        let mut response = (status, Json(body)).into_response();
        // An older Core writes it differently: the one who knows the version finds it here.
        response.extensions_mut().insert(self);
        response
    }
}
