//! The data of a portal session, and the limits of sessions.

use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::error::Error;
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::retention::Retention;
use crate::model::session::token::TokenError;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;

/// A redeemed launch: the bearer token to return.
#[derive(Debug)]
pub struct Redeemed {
    /// The signed bearer.
    pub bearer: String,
    /// When it expires.
    pub expires_at: Millis,
    /// The launch behind it.
    pub launch: Ulid,
    /// Until when it can be renewed, if at all.
    pub renewable_until: Option<Millis>,
}

/// The data of a valid session: read once for each call, strongly consistent.
#[derive(Debug, Clone)]
pub struct Portal {
    /// The install.
    pub install: InstallId,
    /// Its record.
    pub meta: Meta,
    /// The current generation.
    pub generation: String,
    /// The launch behind the session.
    pub launch: Ulid,
    /// When the session expires.
    pub expires_at: Millis,
    /// When it was opened, if the token contains it.
    pub opened_at: Option<Millis>,
    /// The Stripe connection of this generation.
    pub connection: Option<Connection>,
    /// A connection that an earlier installation left behind.
    pub left_behind: Option<Connection>,
    /// The summary of this connection.
    pub summary: Option<Summary>,
    /// The settings of this installation, or the defaults.
    pub settings: Settings,
}

/// The error for a session whose installation is over.
#[must_use]
pub fn session_over() -> Error {
    Error::Unauthorized {
        code: "session_over",
        detail: "This session is over: the app was removed or reinstalled.",
    }
}

pub(crate) fn not_renewable() -> Error {
    Error::forbidden("session_not_renewable", "This session cannot be renewed.")
}

pub(crate) fn session_expired() -> Error {
    Error::Gone {
        code: "session_expired",
        detail: "This session has ended. Launch the app again from Blnk Cloud.",
    }
}

pub(crate) fn refused(error: TokenError) -> Error {
    match error {
        TokenError::Invalid => {
            Error::Unauthorized { code: "unauthorized", detail: "There is no valid session." }
        }
        TokenError::Expired => session_expired(),
    }
}

/// The limits of sessions, from the deployment's parameters.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// How often one launch may be redeemed.
    pub redemptions: i64,
    /// The lifetime of a bearer token, at most 15 minutes.
    pub session_minutes: i64,
    /// The maximum lifetime of a renewed session. If it is not more than `session_minutes`, no
    /// session is renewed.
    pub maximum_minutes: i64,
    /// The retention of the audit trail.
    pub retention: Retention,
}

impl SessionLimits {
    /// Until when a session opened at this time can be renewed. `None` if sessions are not renewed.
    #[must_use]
    pub fn renewable_until(&self, opened_at: Millis) -> Option<Millis> {
        (self.maximum_minutes > self.session_minutes)
            .then(|| opened_at.plus_seconds(self.maximum_minutes.saturating_mul(60)))
    }
}
