//! Sessions of the portal: a launch token is exchanged for a bearer, and a bearer gives access to
//! the portal's data.

use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::session::{Bearer, Launch, Portal, Redeemed, RedemptionId, SessionLimits};
use crate::model::time::Millis;
use crate::platform::secrets::Secret;
use crate::platform::table::Store;

/// What sessions need.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a> {
    /// The table.
    pub store: &'a Store,
    /// What signs tokens and bearers.
    pub secret: &'a Secret,
    /// The bounds of sessions.
    pub limits: &'a SessionLimits,
}

impl Sessions<'_> {
    /// Exchanges a launch token for a session. A redemption repeated under its own id is counted
    /// once.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when the token is not ours or the installation is over,
    /// [`Error::Gone`] when it is expired or used up, [`Error::Unavailable`].
    pub async fn open(
        &self,
        token: &str,
        redemption: Option<&RedemptionId>,
        id: Ulid,
        now: Millis,
    ) -> Result<Redeemed> {
        let secrets = self.secret.versions_for(|secrets| Launch::is_signed(token, secrets)).await?;
        self.store.launches().redeem(token, &secrets, id, now, self.limits, redemption).await
    }

    /// The session behind a bearer: verified, with its install read again.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when the bearer is not ours or the installation is over,
    /// [`Error::Gone`] when the session has ended, [`Error::Unavailable`].
    pub async fn portal(&self, bearer: &str, now: Millis) -> Result<Portal> {
        let secrets =
            self.secret.versions_for(|secrets| Bearer::is_signed(bearer, secrets)).await?;
        self.store.launches().portal(bearer, &secrets, now).await
    }
}

impl Sessions<'_> {
    /// Exchanges a bearer for one that lives longer, if the deployment allows it.
    ///
    /// # Errors
    /// As [`Self::portal`]; [`Error::Forbidden`] when the session cannot be renewed.
    pub async fn renew(&self, bearer: &str, now: Millis) -> Result<Redeemed> {
        let secrets =
            self.secret.versions_for(|secrets| Bearer::is_signed(bearer, secrets)).await?;
        self.store.launches().renew(bearer, &secrets, now, self.limits).await
    }
}

/// A call without a session.
#[must_use]
pub const fn no_session() -> Error {
    Error::Unauthorized { code: "unauthorized", detail: "There is no session." }
}
