//! Errors of Blnk Cloud and Core.
//!
//! Core 0.15 and later name a code. Older versions answer nearly everything with status 400 and a
//! message, which then has to be read.

use std::fmt;
use std::time::Duration;

use crate::model::problem::code::ProblemCode;
use crate::model::shape::Shape;
use crate::platform::http::reply::Fault;

/// The maximum length of a kept message from Core, in characters.
pub const MAX_MESSAGE_CHARS: usize = 300;

/// Why a call failed. Display shows no message of the other side. Debug shows a short one without
/// the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlnkError {
    /// The ledger understood and refused the request. This call changed nothing.
    #[error("the ledger refused the request ({code})")]
    Refused {
        /// Why.
        code: RefusalCode,
        /// Core's message, shortened.
        message: String,
        /// How long Cloud asked to wait.
        retry_after: Option<Duration>,
    },
    /// Unreachable or unable to answer. Nothing was changed.
    #[error("the ledger is not available ({cause})")]
    Unavailable {
        /// The cause of the last failed attempt.
        cause: UnknownCause,
    },
    /// The outcome of a write is unknown: look it up before retrying.
    #[error("it is not known whether the ledger did it ({cause})")]
    UnknownOutcome {
        /// The cause of the failed attempt.
        cause: UnknownCause,
    },
    /// A successful response to a read that could not be decoded or contradicts the request.
    #[error("the ledger's answer could not be used ({what})")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl BlnkError {
    /// The code of a refusal.
    pub fn code(&self) -> Option<RefusalCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The response in an undocumented shape, if that is the cause.
    pub fn shape(&self) -> Option<Shape> {
        match self {
            Self::Unavailable { cause: UnknownCause::Shape(shape) }
            | Self::UnknownOutcome { cause: UnknownCause::Shape(shape) } => Some(*shape),
            _ => None,
        }
    }
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// The key is unknown or revoked.
    Unauthorized,
    /// The key lacks a permission, or the instance is not the key's.
    Forbidden,
    /// The reference is already used. The entry that used it counts.
    Duplicate,
    /// The source balance does not hold enough, and no overdraft was allowed.
    InsufficientFunds,
    /// The request breaks a rule. It will be refused again.
    Validation,
    /// Not sent: an id, a reference or a filter value holds characters that a ledger cannot store.
    Unstorable,
    /// Refused without a code and with an unknown message: a rule, or a fault of the ledger that an
    /// older Core reports in the same way.
    Unrecognized,
    /// A balance, ledger, identity or route does not exist.
    NotFound,
    /// A concurrent write changed the object (optimistic locking).
    Conflict,
    /// The object to create or the reversal already exists.
    AlreadyExists,
    /// Another write holds the balance.
    Locked,
    /// Too many requests.
    RateLimited,
}

impl RefusalCode {
    /// Whether the same request may succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Conflict | Self::Locked | Self::RateLimited)
    }

    /// Whether the refusal is about the content of the request, not about the caller or the time.
    pub fn is_about_request(self) -> bool {
        !self.is_retryable() && !matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// The name used in logs and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Duplicate => "duplicate",
            Self::InsufficientFunds => "insufficient_funds",
            Self::Validation => "validation",
            Self::Unstorable => "unstorable",
            Self::Unrecognized => "unrecognized",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::AlreadyExists => "already_exists",
            Self::Locked => "locked",
            Self::RateLimited => "rate_limited",
        }
    }
}

impl From<RefusalCode> for ProblemCode {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::Unauthorized => Self::Unauthorized,
            RefusalCode::Forbidden => Self::Forbidden,
            RefusalCode::Duplicate => Self::Duplicate,
            RefusalCode::InsufficientFunds => Self::InsufficientFunds,
            RefusalCode::Validation => Self::Validation,
            RefusalCode::Unstorable => Self::Unstorable,
            RefusalCode::Unrecognized => Self::Unrecognized,
            RefusalCode::NotFound => Self::NotFound,
            RefusalCode::Conflict => Self::Conflict,
            RefusalCode::AlreadyExists => Self::AlreadyExists,
            RefusalCode::Locked => Self::Locked,
            RefusalCode::RateLimited => Self::RateLimited,
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCause {
    /// A failure below HTTP.
    Network(Fault),
    /// A status that does not say what was done: 5xx, 408, a redirect, an unexpected success.
    Status(u16),
    /// A gateway treated the request as a duplicate and reports nothing about the first.
    DuplicateRequest,
    /// A success whose body does not fit what was sent.
    Unreadable,
    /// A successful response in an undocumented shape.
    Shape(Shape),
    /// A list that ends before it holds as many rows as its count says.
    Incomplete,
}

impl UnknownCause {
    /// Whether a retry of a read may help.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::Network(fault) => fault.is_transient(),
            Self::Status(status) => status >= 500 || status == 408,
            Self::DuplicateRequest | Self::Incomplete | Self::Shape(_) => true,
            Self::Unreadable => false,
        }
    }
}

impl fmt::Display for UnknownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(fault) => fault.fmt(f),
            Self::Status(status) => write!(f, "status {status}"),
            Self::DuplicateRequest => f.write_str("taken for a repeated request"),
            Self::Unreadable => f.write_str("unreadable success"),
            Self::Shape(shape) => shape.fmt(f),
            Self::Incomplete => f.write_str("a list that is shorter than its own count"),
        }
    }
}
