//! Errors of calls to Stripe, and whether a retry makes sense.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use crate::model::shape::Shape;
use crate::model::stripe::types::refusal::{ApiError, ErrorBody};
use crate::platform::http::reply::{Fault, Reply, safe_code};

const FIRST_SERVER_ERROR: u16 = 500;

const SHOULD_RETRY: &str = "stripe-should-retry";

/// Our code for the refusal of a webhook endpoint because the account has reached its limit.
pub const ENDPOINT_LIMIT: &str = "webhook_endpoint_limit";

const RATE_LIMITED_REASON: &str = "stripe-rate-limited-reason";

/// Why a call failed. No variant holds a key, a body or Stripe's own message, which may name
/// customers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// The key is invalid, expired or revoked. Every call fails until the key is replaced.
    #[error("Stripe does not accept the key{}", in_brackets(code.as_deref()))]
    Unauthorized {
        /// Stripe's code, for example `api_key_expired`.
        code: Option<String>,
    },
    /// The key lacks a permission.
    #[error("the Stripe key lacks a permission{}", in_brackets(permission.as_deref()))]
    Forbidden {
        /// The permission as Stripe names it, for example `rak_charge_read`, when its message named
        /// one.
        permission: Option<String>,
    },
    /// Too many requests, or a lock time-out on Stripe's side (without a reason in that case).
    #[error("Stripe asks to slow down{}", in_brackets(reason.as_deref()))]
    RateLimited {
        /// How long Stripe asked to wait. It is rarely given.
        retry_after: Option<Duration>,
        /// Which limit was reached, for example `global-rate`.
        reason: Option<String>,
    },
    /// The record that the list should continue from does not exist at Stripe: the walk must
    /// restart.
    #[error("Stripe no longer knows the list position")]
    CursorGone,
    /// Stripe refused the request itself. A retry cannot help.
    #[error("Stripe refused the request ({})", refusal(*status, code.as_deref(), param.as_deref()))]
    Invalid {
        /// The HTTP status.
        status: u16,
        /// Stripe's code.
        code: Option<String>,
        /// The parameter at fault.
        param: Option<String>,
    },
    /// Stripe was unreachable or could not answer, also after retries or because time ran out.
    #[error("Stripe is not available ({cause})")]
    Unavailable {
        /// The cause of the last failed attempt.
        cause: UnavailableCause,
    },
    /// A successful response that could not be read.
    #[error("Stripe's answer could not be read ({what})")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
}

impl StripeError {
    /// Whether no complete response arrived in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Unavailable { cause: UnavailableCause::Network(Fault::Timeout) })
    }

    /// Whether the size of the requested response may have caused the failure: a smaller one may
    /// succeed.
    #[must_use]
    pub fn may_be_of_content(&self) -> bool {
        match self {
            Self::Unavailable { cause: UnavailableCause::Status(status) } => {
                *status >= FIRST_SERVER_ERROR
            }
            Self::Unavailable { cause: UnavailableCause::Network(fault) } => {
                matches!(fault, Fault::Timeout | Fault::Disconnected)
            }
            Self::Malformed { .. } => true,
            _ => false,
        }
    }
}

/// Why no usable response arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnavailableCause {
    /// An HTTP status: 409 or 5xx.
    Status(u16),
    /// A failure below HTTP.
    Network(Fault),
    /// A successful response in an undocumented shape.
    Shape(Shape),
}

/// Stripe's code for an object that does not exist.
const MISSING: &str = "resource_missing";

impl StripeError {
    /// Whether Stripe says that the object does not exist.
    #[must_use]
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Invalid { status: 404, code: Some(code), .. } if code == MISSING)
    }

    /// The response in an undocumented shape, if that is the cause.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        match self {
            Self::Unavailable { cause: UnavailableCause::Shape(shape) } => Some(*shape),
            _ => None,
        }
    }
}

impl fmt::Display for UnavailableCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Network(fault) => fault.fmt(f),
            Self::Shape(shape) => shape.fmt(f),
        }
    }
}

/// What Stripe names, in brackets. Empty when Stripe names nothing.
fn in_brackets(word: Option<&str>) -> String {
    word.map(|word| format!(" ({word})")).unwrap_or_default()
}

/// The status of a refusal, with the code and the parameter that Stripe names.
fn refusal(status: u16, code: Option<&str>, param: Option<&str>) -> String {
    let parts = [
        Some(format!("status {status}")),
        code.map(str::to_owned),
        param.map(|param| format!("parameter {param}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A failed attempt, and whether a retry makes sense.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) error: StripeError,
    pub(crate) retry: bool,
    pub(crate) retry_after: Option<Duration>,
    /// The account on which a permission is missing, when Stripe names exactly one. It is kept out
    /// of the error because errors may be logged.
    pub(crate) account: Option<String>,
}

impl FailedAttempt {
    pub(crate) fn of_fault(fault: Fault) -> Self {
        let error = match fault {
            Fault::BodyTooLarge => StripeError::Malformed { what: "a body within the size limit" },
            other => StripeError::Unavailable { cause: UnavailableCause::Network(other) },
        };
        Self { error, retry: fault.is_transient(), retry_after: None, account: None }
    }

    /// A successful status with a body that is no answer.
    pub(crate) fn of_shape(shape: Shape) -> Self {
        Self {
            error: StripeError::Unavailable { cause: UnavailableCause::Shape(shape) },
            retry: true,
            retry_after: None,
            account: None,
        }
    }

    /// A request that could not be built.
    pub(crate) fn unsendable() -> Self {
        Self {
            error: StripeError::Malformed { what: "a request" },
            retry: false,
            retry_after: None,
            account: None,
        }
    }

    /// Reads a response that is not a success. When the body cannot be read, the status alone
    /// decides.
    pub(crate) fn of_reply(reply: &Reply) -> Self {
        let body = reply.body.as_deref().unwrap_or_default();
        let api_error =
            serde_json::from_slice::<ErrorBody>(body).map(|body| body.error).unwrap_or_default();
        let retry_after = reply.retry_after();
        let error = classify(reply, &api_error, retry_after);
        let by_kind =
            matches!(error, StripeError::RateLimited { .. } | StripeError::Unavailable { .. });
        // With these, the same request is certain to get the same answer, whatever a header says.
        let hopeless = matches!(reply.status.as_u16(), 401 | 403 | 404)
            || (reply.status.as_u16() == 400 && !by_kind);
        let retry = match reply.header(SHOULD_RETRY) {
            Some("true") => !hopeless,
            Some("false") => false,
            _ => by_kind,
        };
        let account = match &error {
            StripeError::Forbidden { .. } => api_error.message.as_deref().and_then(named_account),
            _ => None,
        };
        Self { error, retry, retry_after, account }
    }
}

fn classify(reply: &Reply, api_error: &ApiError, retry_after: Option<Duration>) -> StripeError {
    let code = api_error
        .code
        .as_deref()
        .and_then(safe_code)
        .or_else(|| is_endpoint_limit(api_error).then(|| ENDPOINT_LIMIT.to_owned()));
    let param = api_error.param.as_deref().and_then(safe_code);
    let status = reply.status;
    match status {
        StatusCode::UNAUTHORIZED => StripeError::Unauthorized { code },
        StatusCode::FORBIDDEN => StripeError::Forbidden {
            permission: api_error.message.as_deref().and_then(named_permission),
        },
        StatusCode::TOO_MANY_REQUESTS => rate_limited(reply, retry_after),
        StatusCode::BAD_REQUEST if code.as_deref() == Some("rate_limit") => {
            rate_limited(reply, retry_after)
        }
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
            if code.as_deref() == Some(MISSING)
                && matches!(param.as_deref(), Some("starting_after" | "ending_before")) =>
        {
            StripeError::CursorGone
        }
        StatusCode::CONFLICT | StatusCode::REQUEST_TIMEOUT => unavailable(status),
        _ if status.is_server_error() => unavailable(status),
        _ => StripeError::Invalid { status: status.as_u16(), code, param },
    }
}

fn unavailable(status: StatusCode) -> StripeError {
    StripeError::Unavailable { cause: UnavailableCause::Status(status.as_u16()) }
}

fn rate_limited(reply: &Reply, retry_after: Option<Duration>) -> StripeError {
    StripeError::RateLimited {
        retry_after,
        reason: reply.header(RATE_LIMITED_REASON).and_then(safe_code),
    }
}

/// Whether Stripe says that the account has reached its limit of webhook endpoints. Stripe has no
/// code for it.
fn is_endpoint_limit(api_error: &ApiError) -> bool {
    let message = api_error.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    message.contains("endpoints")
        && ["maximum", "limit", "too many"].iter().any(|word| message.contains(word))
}

/// The permission that the message of a 403 names: "Having the 'rak_charge_read' permission would
/// allow this request to continue."
///
/// Only that name is taken: the message also holds the masked key and the account.
fn named_permission(message: &str) -> Option<String> {
    message
        .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .find(|word| word.strip_prefix("rak_").is_some_and(|permission| !permission.is_empty()))
        .and_then(safe_code)
}

/// The prefix of an account id.
pub(crate) const PREFIX: &str = "acct_";

/// The number of characters allowed after the prefix of an account id. Stripe's own ids have 16.
pub(crate) const ID_CHARS: std::ops::RangeInclusive<usize> = 1..=64;

/// The account that a message names, if it names exactly one.
pub(crate) fn named_account(message: &str) -> Option<String> {
    let words = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut named: Vec<&str> =
        words.filter(|word| word.strip_prefix(PREFIX).is_some_and(is_id)).collect();
    named.sort_unstable();
    named.dedup();
    match named.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

pub(crate) fn is_id(rest: &str) -> bool {
    ID_CHARS.contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
