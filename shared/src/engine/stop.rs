//! Why a worker stops working on a run.

use std::time::Duration;

use crate::model::approval::ApprovalNeeded;
use crate::model::connection::{BLNK_KEY_REFUSED, BLNK_PERMISSION_MISSING};
use crate::model::error::Error;
use crate::model::ledger::error::LedgerError;
use crate::model::party::Party;
use crate::platform::blnk::{BlnkError, RefusalCode, UnknownCause};
use crate::platform::http::reply::Fault;
use crate::platform::stripe::{StripeError, UnavailableCause};

/// The code of a run that a defect of this app has ended…
pub(crate) const DEFECT: &str = "internal";

/// …and its text. The cause is in the log: it may hold what no person should read.
pub(crate) const DEFECT_TEXT: &str =
    "A defect of the app ended this sync. The next sync continues where this one stopped.";

/// Which party failed a call and how it answered. A run that makes no progress reports this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartyFailure {
    /// The party that was called.
    pub(crate) party: Party,
    /// The answer, for people. It contains no message of another party.
    pub(crate) answer: String,
    /// The call: method and route, without ids and values.
    pub(crate) call: Option<String>,
    /// The HTTP status of the answer.
    pub(crate) status: Option<u16>,
    /// The party's own id of the request.
    pub(crate) request_id: Option<String>,
    /// How long the party asked us to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl PartyFailure {
    /// Trouble with a party of which only a text is known.
    pub(crate) fn new(party: Party, answer: impl Into<String>) -> Self {
        Self {
            party,
            answer: answer.into(),
            call: None,
            status: None,
            request_id: None,
            retry_after: None,
        }
    }
}

impl std::fmt::Display for PartyFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.answer)
    }
}

/// Why work on a run stops, for now or for good.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A call got no proper answer. It should be retried.
    Retryable(PartyFailure),
    /// A person must act, so the run pauses.
    Pause {
        /// A stable code.
        code: &'static str,
        /// The reason, for people.
        reason: String,
    },
    /// A write waits for a person's approval. The run stores what it is for, and pauses.
    Approval(ApprovalNeeded),
    /// Stripe does not accept the key.
    StripeKeyRefused(String),
    /// The run cannot continue.
    Fail {
        /// A stable code.
        code: &'static str,
        /// The reason, for people.
        text: String,
    },
    /// The install, the connection or the run is gone, or a person asked to stop.
    Cancel(&'static str),
    /// Another worker holds the run.
    Superseded,
    /// Stripe no longer knows the cursor, so the walk begins again.
    CursorGone,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        // The causes are for the log. The text that is shown names only the service.
        if let Error::Internal(_) = error {
            return Self::defect(&error);
        }
        tracing::warn!(cause = %error.chain(), "an error stops the run for now");
        let party = if let Error::NewerVersion(_) = error { Party::App } else { Party::Aws };
        Self::Retryable(PartyFailure::new(party, error.to_string()))
    }
}

impl From<StripeError> for Stop {
    fn from(error: StripeError) -> Self {
        match error {
            StripeError::Unauthorized { .. } => Self::StripeKeyRefused(error.to_string()),
            StripeError::Forbidden { .. } => Self::Pause {
                code: "stripe_right_missing",
                reason: format!("{error}. Add the permission to the key, or connect another key."),
            },
            StripeError::CursorGone => Self::CursorGone,
            StripeError::Unavailable { cause: UnavailableCause::Network(Fault::NoTimeLeft) } => {
                Self::no_time_left()
            }
            StripeError::RateLimited { retry_after, .. } => {
                Self::later(Party::Stripe, error.to_string()).asked_for(retry_after)
            }
            StripeError::Unavailable { .. } => Self::later(Party::Stripe, error.to_string()),
            StripeError::Invalid { .. } | StripeError::Malformed { .. } => {
                Self::Fail { code: "stripe_answer", text: error.to_string() }
            }
        }
    }
}

impl From<BlnkError> for Stop {
    fn from(error: BlnkError) -> Self {
        match error.code() {
            Some(code) => {
                let asked = if let BlnkError::Refused { retry_after, .. } = &error {
                    *retry_after
                } else {
                    None
                };
                Self::refused(code, &error.to_string()).asked_for(asked)
            }
            None => match error {
                BlnkError::Unavailable { cause: UnknownCause::Network(Fault::NoTimeLeft) }
                | BlnkError::UnknownOutcome { cause: UnknownCause::Network(Fault::NoTimeLeft) } => {
                    Self::no_time_left()
                }
                BlnkError::Malformed { .. } => {
                    Self::Fail { code: "ledger_answer", text: error.to_string() }
                }
                _ => Self::later(Party::Blnk, error.to_string()),
            },
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        let code =
            if let LedgerError::AccountName(_) = &error { "account_names" } else { "figures" };
        Self::Fail { code, text: error.to_string() }
    }
}

impl Stop {
    /// The stop after a failed look-up. A look-up changes nothing, so a retry does no harm:
    /// whatever the answer was, the run waits for a better one and says so.
    pub(crate) fn of_look(error: BlnkError) -> Self {
        Self::from(error).rather_later()
    }

    /// A defect of this app. No retry helps.
    fn defect(error: &Error) -> Self {
        tracing::error!(cause = %error.chain(), "a defect ends the run");
        Self::Fail { code: DEFECT, text: DEFECT_TEXT.to_owned() }
    }

    /// Makes a refusal retryable that would otherwise end the run.
    pub(crate) fn rather_later(self) -> Self {
        if let Self::Fail { text, .. } = self { Self::later(Party::Blnk, text) } else { self }
    }

    /// A stop for a call that got no answer, or not a proper one. It should be retried.
    pub(crate) fn later(party: Party, answer: impl Into<String>) -> Self {
        Self::Retryable(PartyFailure::new(party, answer))
    }

    /// The worker's time is up. Another worker continues.
    pub(crate) fn no_time_left() -> Self {
        Self::later(Party::App, "no time left")
    }

    /// Adds the minimum wait that the party asked for.
    pub(crate) fn asked_for(mut self, pause: Option<Duration>) -> Self {
        if let Self::Retryable(failure) = &mut self {
            failure.retry_after = pause;
        }
        self
    }

    /// What a refusal by the ledger means for the whole run.
    pub(crate) fn refused(code: RefusalCode, text: &str) -> Self {
        match code {
            RefusalCode::Unauthorized => Self::Pause {
                code: BLNK_KEY_REFUSED,
                reason: "Blnk Cloud no longer accepts this install's key. Install the app \
                    again."
                    .to_owned(),
            },
            RefusalCode::Forbidden => Self::Pause {
                code: BLNK_PERMISSION_MISSING,
                reason: "Blnk Cloud refuses the request: a permission is missing. Install the app \
                    again with data:read and data:write."
                    .to_owned(),
            },
            // An unknown message may report a temporary fault.
            code if code.is_retryable() || code == RefusalCode::Unrecognized => {
                Self::later(Party::Blnk, text)
            }
            _ => Self::Fail { code: "ledger_refused", text: text.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_ends_a_run_by_its_name_and_a_service_that_is_down_only_delays_it() {
        let defect = Stop::from(Error::internal("invalid type: string \"ada@example.com\""));
        let Stop::Fail { code, text } = defect else { panic!("{defect:?}") };
        assert_eq!((code, text.as_str()), ("internal", DEFECT_TEXT));
        let outage = Stop::from(Error::unavailable("the database", "timed out"));
        let Stop::Retryable(failure) = outage else { panic!("{outage:?}") };
        assert_eq!(failure.party, Party::Aws);
    }
}
