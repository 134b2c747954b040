//! Decides which errors make a record a suspect. An error unrelated to the record is the other
//! side's problem, and a documented refusal is final.

use crate::engine::stop::Stop;
use crate::model::failed_call::FailedCall;
use crate::model::suspect::record::{CallFailure, FailureKind};
use crate::platform::blnk::{BlnkError, RefusalCode, UnknownCause};
use crate::platform::http::reply::Fault;
use crate::platform::stripe::StripeError;
use crate::platform::stripe::error::UnavailableCause;

/// Statuses with which a gateway reports that its upstream did not answer in time.
const GATEWAY_TIMEOUTS: [u16; 2] = [408, 504];

/// An error of a call about one record.
pub(crate) trait Failing: Into<Stop> {
    /// How the call failed, if the record may be the cause.
    fn failure_kind(&self) -> Option<FailureKind>;

    /// The code and the message of a final refusal: the request itself is invalid, whatever the
    /// sender and the time. The code is always Blnk's.
    fn refused(&self) -> Option<(RefusalCode, String)> {
        None
    }

    /// The failure to record, if the record may be the cause.
    fn failure(&self, call: Option<FailedCall>) -> Option<CallFailure> {
        let kind = self.failure_kind()?;
        let call = call.unwrap_or_else(|| FailedCall {
            call: "a call".to_owned(),
            status: None,
            request_id: None,
        });
        Some(CallFailure {
            kind,
            call: call.call,
            status: call.status,
            request_id: call.request_id,
        })
    }
}

fn of_status(status: u16) -> FailureKind {
    if GATEWAY_TIMEOUTS.contains(&status) { FailureKind::Silence } else { FailureKind::Error }
}

fn of_fault(fault: Fault) -> Option<FailureKind> {
    match fault {
        Fault::NoTimeLeft | Fault::Connect => None,
        Fault::Timeout => Some(FailureKind::Silence),
        Fault::Disconnected => Some(FailureKind::Lost),
        Fault::BodyTooLarge => Some(FailureKind::Unreadable),
    }
}

/// How a call with an unknown outcome failed, if its content may be the cause.
pub(crate) fn of_cause(cause: UnknownCause) -> Option<FailureKind> {
    match cause {
        UnknownCause::Network(fault) => of_fault(fault),
        UnknownCause::Status(status) => Some(of_status(status)),
        UnknownCause::DuplicateRequest | UnknownCause::Incomplete => None,
        // A success status with an invalid answer.
        _ => Some(FailureKind::Unreadable),
    }
}

impl Failing for BlnkError {
    fn failure_kind(&self) -> Option<FailureKind> {
        match self {
            Self::Unavailable { cause } | Self::UnknownOutcome { cause } => of_cause(*cause),
            Self::Malformed { .. } => Some(FailureKind::Unreadable),
            Self::Refused { .. } => None,
        }
    }

    fn refused(&self) -> Option<(RefusalCode, String)> {
        match self {
            Self::Refused { code, message, .. } if code.is_about_request() => {
                Some((*code, message.clone()))
            }
            _ => None,
        }
    }
}

impl Failing for StripeError {
    fn failure_kind(&self) -> Option<FailureKind> {
        match self {
            Self::Unavailable { cause: UnavailableCause::Status(status) } => {
                Some(of_status(*status))
            }
            Self::Unavailable { cause: UnavailableCause::Network(fault) } => of_fault(*fault),
            Self::Invalid { .. } => Some(FailureKind::Refused),
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::RateLimited { .. }
            | Self::CursorGone => None,
            _ => Some(FailureKind::Unreadable),
        }
    }
}
