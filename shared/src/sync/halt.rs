//! Why a worker stops working on a run.

use crate::blnk::{BlnkError, RefusalCode};
use crate::connection::{BLNK_KEY_REFUSED, BLNK_PERMISSION_MISSING};
use crate::error::Error;
use crate::ledger::LedgerError;
use crate::stripe::StripeError;

/// Why work on a run stops, for now or for good.
#[derive(Debug)]
pub(super) enum Halt {
    /// Something does not answer; trying again is right.
    Later(String),
    /// A person must act: the run rests.
    Pause {
        /// A stable word.
        code: &'static str,
        /// The reason, for people.
        reason: String,
    },
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

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Later(error.chain())
    }
}

impl From<StripeError> for Halt {
    fn from(error: StripeError) -> Self {
        match error {
            StripeError::Unauthorized { .. } => Self::StripeKeyRefused(error.to_string()),
            StripeError::Forbidden { .. } => Self::Pause {
                code: "stripe_right_missing",
                reason: format!("{error}. Add the permission to the key, or connect another key."),
            },
            StripeError::CursorGone => Self::CursorGone,
            StripeError::RateLimited { .. } | StripeError::Unavailable { .. } => Self::Later(error.to_string()),
            StripeError::Invalid { .. } | StripeError::Malformed { .. } => Self::Fail { code: "stripe_answer", text: error.to_string() },
        }
    }
}

impl From<BlnkError> for Halt {
    fn from(error: BlnkError) -> Self {
        match error.code() {
            Some(code) => Self::refused(code, &error.to_string()),
            None => match error {
                BlnkError::Malformed { .. } => Self::Fail { code: "ledger_answer", text: error.to_string() },
                _ => Self::Later(error.to_string()),
            },
        }
    }
}

impl From<LedgerError> for Halt {
    fn from(error: LedgerError) -> Self {
        let code = if let LedgerError::AccountName(_) = &error { "account_names" } else { "figures" };
        Self::Fail { code, text: error.to_string() }
    }
}

impl Halt {
    /// What a refusal by the ledger means for the run as a whole.
    pub(super) fn refused(code: RefusalCode, text: &str) -> Self {
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
            code if code.is_retryable() || code == RefusalCode::Unrecognized => Self::Later(text.to_owned()),
            _ => Self::Fail { code: "ledger_refused", text: text.to_owned() },
        }
    }
}
