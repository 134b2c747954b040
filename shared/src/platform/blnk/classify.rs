//! Reads a response that is not the expected success.

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::platform::blnk::decode::null_as_default;
use crate::platform::blnk::error::{MAX_MESSAGE_CHARS, RefusalCode, UnknownCause};
use crate::platform::http::reply::{Reply, safe_code};

/// Why a call has no result: the ledger refused it, or its outcome is unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    Refused(Refusal),
    Unknown(UnknownCause),
}

/// A refusal with all its details.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RefusalCode,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
    /// For a bulk: the index of the item, counted from 0.
    pub(crate) position: Option<usize>,
    /// For a bulk: the reference of that item.
    pub(crate) reference: Option<String>,
}

#[derive(Default, Deserialize)]
struct BlnkErrorBody {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default, deserialize_with = "null_as_default")]
    error_detail: ErrorDetail,
}

#[derive(Default, Deserialize)]
struct ErrorDetail {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    /// May hold a raw database error, so only `index` is read.
    #[serde(default)]
    details: Value,
}

impl BlnkErrorBody {
    fn message(&self) -> String {
        let words = [&self.error, &self.errors].into_iter().find_map(text_of);
        words.or_else(|| self.error_detail.message.clone()).unwrap_or_default()
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let parts: Vec<_> = items
                .iter()
                .filter_map(|item| text_of(item).or_else(|| text_of(item.get("Message")?)))
                .collect();
            (!parts.is_empty()).then(|| parts.join("; "))
        }
        _ => None,
    }
}

/// Classifies a response that is not the expected success.
pub(crate) fn classify(reply: &Reply, key: &SecretString) -> CallError {
    let status = reply.status;
    if status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || !status.is_client_error()
    {
        return CallError::Unknown(UnknownCause::Status(status.as_u16()));
    }
    let body = reply.body.as_deref().unwrap_or_default();
    let body: Option<BlnkErrorBody> = serde_json::from_slice(body).ok();
    let message = body.as_ref().map(BlnkErrorBody::message).unwrap_or_default();
    let text = message.to_lowercase();
    let by_status = match status {
        StatusCode::UNAUTHORIZED => Some(RefusalCode::Unauthorized),
        StatusCode::FORBIDDEN => Some(RefusalCode::Forbidden),
        StatusCode::LOCKED => Some(RefusalCode::Locked),
        StatusCode::TOO_MANY_REQUESTS => Some(RefusalCode::RateLimited),
        // From a gateway: Core answers 400 to a body that is too large.
        StatusCode::PAYLOAD_TOO_LARGE => Some(RefusalCode::Validation),
        _ => None,
    };
    if by_status.is_none() && text.contains("duplicate request") {
        return CallError::Unknown(UnknownCause::DuplicateRequest);
    }
    let core = body.as_ref().and_then(|body| body.error_detail.code.as_deref()).and_then(safe_code);
    let code = by_status
        .or_else(|| of_code(core.as_deref()?, &text))
        .or_else(|| of_text(&text))
        .or_else(|| by_default(status, &message));
    let Some(code) = code else {
        return CallError::Unknown(UnknownCause::Status(status.as_u16()));
    };
    let details = body.as_ref().map(|body| &body.error_detail.details);
    CallError::Refused(Refusal {
        code,
        retry_after: reply.retry_after(),
        position: details.and_then(index).or_else(|| position(&message)),
        reference: between(&message, "(Reference: ", ", Source").map(str::to_owned),
        message: presentable(&message, key),
    })
}

/// Core 0.15 and later.
fn of_code(code: &str, text: &str) -> Option<RefusalCode> {
    Some(match code {
        "TXN_DUPLICATE_REFERENCE" => RefusalCode::Duplicate,
        "TXN_INSUFFICIENT_FUNDS" => RefusalCode::InsufficientFunds,
        "GEN_RESOURCE_LOCKED" => RefusalCode::Locked,
        "GEN_RATE_LIMITED" => RefusalCode::RateLimited,
        // One code for two cases. Only the message says what the other write did.
        "GEN_CONFLICT" if is_existing(text) => RefusalCode::AlreadyExists,
        "GEN_CONFLICT" => RefusalCode::Conflict,
        "IDT_VALIDATION_ERROR" if is_existing(text) => RefusalCode::AlreadyExists,
        _ if code.starts_with("AUTH_") => RefusalCode::Forbidden,
        _ if code.ends_with("_NOT_FOUND") => RefusalCode::NotFound,
        "GEN_MALFORMED_REQUEST"
        | "GEN_BAD_REQUEST"
        | "TXN_INVALID_AMOUNT"
        | "TXN_BULK_EMPTY"
        | "TXN_BULK_LIMIT_EXCEEDED" => RefusalCode::Validation,
        _ if code.ends_with("_VALIDATION_ERROR") => RefusalCode::Validation,
        _ => return None,
    })
}

/// Core before 0.15: only the message identifies the error.
fn of_text(text: &str) -> Option<RefusalCode> {
    let says = |words: &str| text.contains(words);
    if says("already been used") {
        Some(RefusalCode::Duplicate)
    } else if says("insufficient funds") {
        Some(RefusalCode::InsufficientFunds)
    } else if says("acquire lock") || says("already held") {
        Some(RefusalCode::Locked)
    } else if says("optimistic lock") {
        Some(RefusalCode::Conflict)
    } else if is_existing(text) {
        Some(RefusalCode::AlreadyExists)
    } else if says("not found") {
        Some(RefusalCode::NotFound)
    } else if RULES.iter().any(|rule| says(rule)) {
        Some(RefusalCode::Validation)
    } else {
        None
    }
}

/// Core's messages for requests that it will never accept, in lower case.
const RULES: [&str; 12] = [
    "cannot be blank",
    "cannot be negative",
    "cannot be the same balance",
    "exceeds overdraft limit",
    "invalid input",
    "invalid ledger id",
    "invalid request body",
    "is required",
    "must be an integer",
    "must be positive",
    "must be a valid",
    "not both",
];

fn is_existing(text: &str) -> bool {
    text.contains("already exists") || text.contains("already been refunded")
}

/// An unknown message may be a refusal by Core. A bare status without a message may come from any
/// gateway on the way.
fn by_default(status: StatusCode, message: &str) -> Option<RefusalCode> {
    match status {
        StatusCode::NOT_FOUND => Some(RefusalCode::NotFound),
        _ if message.is_empty() => None,
        StatusCode::CONFLICT => Some(RefusalCode::Conflict),
        _ => Some(RefusalCode::Unrecognized),
    }
}

fn index(details: &Value) -> Option<usize> {
    usize::try_from(details.get("index")?.as_u64()?).ok()
}

/// `transactions[3]: …` counts from 0 (validation), `failed to queue transaction 3 (…` counts from
/// 1 (posting).
fn position(message: &str) -> Option<usize> {
    if let Some(number) = between(message, "transactions[", "]") {
        return number.parse().ok();
    }
    let number = between(message, "failed to queue transaction ", " (")?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}

/// Makes a message fit to keep: short, on one line, and without the key in case the other side
/// echoed it.
fn presentable(message: &str, key: &SecretString) -> String {
    let key = key.expose_secret();
    let clean = if key.is_empty() { message.to_owned() } else { message.replace(key, "[key]") };
    clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE_CHARS).collect()
}
