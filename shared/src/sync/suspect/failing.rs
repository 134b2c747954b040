//! Which errors make a record suspicious: what says nothing of the record is the other side's trouble, and what is refused in documented
//! words is a refusal.

use super::{Failure, Gist};
use crate::blnk::{BlnkError, RefusalCode, UnknownCause};
use crate::http::{FailedCall, Fault};
use crate::stripe::StripeError;
use crate::stripe::error::UnavailableCause;
use crate::sync::halt::Halt;

/// Statuses by which a gateway says that nobody answered it in time.
const GATEWAY_TIMEOUTS: [u16; 2] = [408, 504];

/// An error of a call about one record.
pub(in crate::sync) trait Failing: Into<Halt> {
    /// How it failed, if that may be the record's fault.
    fn gist(&self) -> Option<Gist>;

    /// What was refused for good, and in whose words: the request is at fault, whoever asks and whenever. The word is Blnk's alone.
    fn refused(&self) -> Option<(RefusalCode, String)> {
        None
    }

    /// The failure that it is, if that may be the record's fault.
    fn failure(&self, call: Option<FailedCall>) -> Option<Failure> {
        let gist = self.gist()?;
        let call = call.unwrap_or_else(|| FailedCall { call: "a call".to_owned(), status: None, request_id: None });
        Some(Failure { gist, call: call.call, status: call.status, request_id: call.request_id })
    }
}

fn of_status(status: u16) -> Gist {
    if GATEWAY_TIMEOUTS.contains(&status) { Gist::Silence } else { Gist::Error }
}

fn of_fault(fault: Fault) -> Option<Gist> {
    match fault {
        Fault::NoTimeLeft | Fault::Connect => None,
        Fault::Timeout => Some(Gist::Silence),
        Fault::Disconnected => Some(Gist::Lost),
        Fault::BodyTooLarge => Some(Gist::Unreadable),
    }
}

/// How a call with an unknown outcome failed, if that may be the fault of what was sent.
pub(in crate::sync) fn of_cause(cause: UnknownCause) -> Option<Gist> {
    match cause {
        UnknownCause::Network(fault) => of_fault(fault),
        UnknownCause::Status(status) => Some(of_status(status)),
        UnknownCause::DuplicateRequest | UnknownCause::Incomplete => None,
        // A success that is none.
        _ => Some(Gist::Unreadable),
    }
}

impl Failing for BlnkError {
    fn gist(&self) -> Option<Gist> {
        match self {
            Self::Unavailable { cause } | Self::UnknownOutcome { cause } => of_cause(*cause),
            Self::Malformed { .. } => Some(Gist::Unreadable),
            Self::Refused { .. } => None,
        }
    }

    fn refused(&self) -> Option<(RefusalCode, String)> {
        match self {
            Self::Refused { code, message, .. } if code.is_about_request() => Some((*code, message.clone())),
            _ => None,
        }
    }
}

impl Failing for StripeError {
    fn gist(&self) -> Option<Gist> {
        match self {
            Self::Unavailable { cause: UnavailableCause::Status(status) } => Some(of_status(*status)),
            Self::Unavailable { cause: UnavailableCause::Network(fault) } => of_fault(*fault),
            Self::Invalid { .. } => Some(Gist::Refused),
            Self::Unauthorized { .. } | Self::Forbidden { .. } | Self::RateLimited { .. } | Self::CursorGone => None,
            _ => Some(Gist::Unreadable),
        }
    }
}
