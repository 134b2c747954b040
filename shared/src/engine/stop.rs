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

/// Who did not do what was asked, and how it answered: what a run that stands still says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Who was asked.
    pub(crate) party: Party,
    /// The answer, for people. It holds no message of another party.
    pub(crate) answer: String,
    /// The call: method and route, without ids and values.
    pub(crate) call: Option<String>,
    /// The HTTP status of the answer.
    pub(crate) status: Option<u16>,
    /// The party's own name for the request.
    pub(crate) request_id: Option<String>,
    /// For how long the party asked to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    /// Trouble with a party, of which no more is known than a text.
    pub(crate) fn new(party: Party, answer: impl Into<String>) -> Self {
        Self { party, answer: answer.into(), call: None, status: None, request_id: None, retry_after: None }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.answer)
    }
}

/// Why work on a run stops, for now or for good.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Something does not answer; trying again is right.
    Retryable(Trouble),
    /// A person must act: the run rests.
    Pause {
        /// A stable word.
        code: &'static str,
        /// The reason, for people.
        reason: String,
    },
    /// A write waits for a person's approval: the run stores what for, and rests.
    Approval(ApprovalNeeded),
    /// Stripe does not take the key.
    StripeKeyRefused(String),
    /// The run cannot go on.
    Fail {
        /// A stable word.
        code: &'static str,
        /// The reason, for people.
        text: String,
    },
    /// The install, the connection or the run is gone, or a person asked to stop.
    Cancel(&'static str),
    /// Another worker has the run.
    Superseded,
    /// Stripe does not know the position any more: the walk begins again.
    CursorGone,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        // The causes are for the log; what is shown names the service alone.
        tracing::warn!(cause = %error.chain(), "an error of the app's own stands in the way of a run");
        let party = if let Error::Internal(_) = error { Party::App } else { Party::Aws };
        Self::Retryable(Trouble::new(party, error.to_string()))
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
            StripeError::Unavailable { cause: UnavailableCause::Network(Fault::NoTimeLeft) } => Self::no_time_left(),
            StripeError::RateLimited { retry_after, .. } => Self::later(Party::Stripe, error.to_string()).asked_for(retry_after),
            StripeError::Unavailable { .. } => Self::later(Party::Stripe, error.to_string()),
            StripeError::Invalid { .. } | StripeError::Malformed { .. } => Self::Fail { code: "stripe_answer", text: error.to_string() },
        }
    }
}

impl From<BlnkError> for Stop {
    fn from(error: BlnkError) -> Self {
        match error.code() {
            Some(code) => {
                let asked = if let BlnkError::Refused { retry_after, .. } = &error { *retry_after } else { None };
                Self::refused(code, &error.to_string()).asked_for(asked)
            }
            None => match error {
                BlnkError::Unavailable { cause: UnknownCause::Network(Fault::NoTimeLeft) }
                | BlnkError::UnknownOutcome { cause: UnknownCause::Network(Fault::NoTimeLeft) } => Self::no_time_left(),
                BlnkError::Malformed { .. } => Self::Fail { code: "ledger_answer", text: error.to_string() },
                _ => Self::later(Party::Blnk, error.to_string()),
            },
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        let code = if let LedgerError::AccountName(_) = &error { "account_names" } else { "figures" };
        Self::Fail { code, text: error.to_string() }
    }
}

impl Stop {
    /// What a look-up came to that brought nothing. It changes nothing, so that trying again does no harm: whatever the answer was, the run
    /// waits for a better one, and says so.
    pub(crate) fn of_look(error: BlnkError) -> Self {
        Self::from(error).rather_later()
    }

    /// The same with a refusal that would end the run.
    pub(crate) fn rather_later(self) -> Self {
        if let Self::Fail { text, .. } = self { Self::later(Party::Blnk, text) } else { self }
    }

    /// Something does not answer, or not as it should; trying again is right.
    pub(crate) fn later(party: Party, answer: impl Into<String>) -> Self {
        Self::Retryable(Trouble::new(party, answer))
    }

    /// The worker's time is up: another one goes on.
    fn no_time_left() -> Self {
        Self::later(Party::App, "no time left")
    }

    /// The same, not before so long.
    pub(crate) fn asked_for(mut self, pause: Option<Duration>) -> Self {
        if let Self::Retryable(trouble) = &mut self {
            trouble.retry_after = pause;
        }
        self
    }

    /// What a refusal by the ledger means for the run as a whole.
    pub(crate) fn refused(code: RefusalCode, text: &str) -> Self {
        match code {
            RefusalCode::Unauthorized => Self::Pause {
                code: BLNK_KEY_REFUSED,
                reason: "Blnk Cloud does not accept this install's key any more. Install the app again.".to_owned(),
            },
            RefusalCode::Forbidden => Self::Pause {
                code: BLNK_PERMISSION_MISSING,
                reason: "Blnk Cloud refuses the request for want of a permission. Install the app again with data:read and data:write."
                    .to_owned(),
            },
            // Unknown words may tell of a fault that passes.
            code if code.is_retryable() || code == RefusalCode::Unrecognized => Self::later(Party::Blnk, text),
            _ => Self::Fail { code: "ledger_refused", text: text.to_owned() },
        }
    }
}
