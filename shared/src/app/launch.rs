//! Launches of the app from Blnk Cloud: each gets its own token.

use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::LaunchEvent;
use crate::model::retention::Retention;
use crate::model::time::Millis;
use crate::platform::secrets::Secret;
use crate::platform::table::Store;

/// What launches need.
#[derive(Debug, Clone, Copy)]
pub struct Launches<'a> {
    /// The table.
    pub store: &'a Store,
    /// What signs tokens.
    pub secret: &'a Secret,
    /// The origin of the portal, from the deployment: a header never decides where a token is sent.
    pub public_base_url: &'a str,
    /// How long the audit trail is kept.
    pub retention: Retention,
}

impl Launches<'_> {
    /// Records a launch under an id, and returns the portal's URL with its token.
    ///
    /// # Errors
    /// As [`crate::platform::store::launches::LaunchRepository::record`];
    /// [`crate::model::error::Error::Unavailable`] also when the secret cannot be read.
    pub async fn launch(&self, event: &LaunchEvent, id: Ulid, now: Millis) -> Result<String> {
        let secrets = self.secret.versions().await?;
        let launch = self.store.launches().record(event, id, now, self.retention).await?;
        tracing::info!(install = %launch.install, launch = %launch.id, "recorded a launch");
        Ok(format!("{}/portal?token={}", self.public_base_url, launch.sign(&secrets)))
    }
}
