//! Handles the platform's install and uninstall events: what is written, and which worker is woken.

use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::install::{InstallEvent, UninstallEvent};
use crate::model::time::Millis;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::sender::Queue;
use crate::platform::queue::wake_ups::CleanUp;
use crate::platform::store::installs::record::{Ask, InstallOutcome};
use crate::platform::store::installs::removal::UninstallOutcome;
use crate::platform::table::Store;
use crate::platform::vault::{Purpose, Vault};

/// Takes in install and uninstall events.
#[derive(Debug, Clone, Copy)]
pub struct InstallEvents<'a> {
    /// The table.
    pub store: &'a Store,
    /// The vault. Keys are only sealed here, never opened.
    pub vault: &'a Vault,
    /// The wake-up queue.
    pub queue: &'a Queue,
}

impl InstallEvents<'_> {
    /// Takes in an install event. `generation` is the id of the installation, if one begins.
    ///
    /// # Errors
    /// As [`crate::platform::store::installs::record::InstallRepository::install`]. Also
    /// [`crate::model::error::Error::Unavailable`] when the key could not be sealed or the worker
    /// could not be woken; the platform's redelivery makes up for it.
    pub async fn installed(
        &self,
        event: &InstallEvent,
        generation: Ulid,
        now: Millis,
    ) -> Result<InstallOutcome> {
        let sealed = self.vault.seal(&event.install, Purpose::BlnkApiKey, &event.api_key).await?;
        let outcome = self.store.installs().install(event, &sealed, generation, now).await?;
        if let InstallOutcome::Candidate(ask) | InstallOutcome::Reinstalled(Some(ask)) = &outcome {
            self.ask(&event.install, ask).await?;
        }
        Ok(outcome)
    }

    /// Takes in an uninstall event. `id` identifies the clean-up message.
    ///
    /// # Errors
    /// As [`crate::platform::store::installs::record::InstallRepository::uninstall`].
    pub async fn uninstalled(
        &self,
        event: &UninstallEvent,
        id: Ulid,
        now: Millis,
    ) -> Result<UninstallOutcome> {
        let outcome = self.store.installs().uninstall(event, now).await?;
        match &outcome {
            UninstallOutcome::Removed(generation) | UninstallOutcome::Already(Some(generation)) => {
                self.clean_up(&event.install, generation, id).await?;
            }
            UninstallOutcome::Overtaken(generation, ask) => {
                self.clean_up(&event.install, generation, id).await?;
                self.ask(&event.install, ask).await?;
            }
            UninstallOutcome::Late(ask) => self.ask(&event.install, ask).await?,
            UninstallOutcome::Already(None)
            | UninstallOutcome::Stale
            | UninstallOutcome::Unknown => {}
        }
        Ok(outcome)
    }

    async fn clean_up(&self, install: &InstallId, generation: &str, id: Ulid) -> Result<()> {
        self.queue.send(&WakeUp::cleanup(install, generation, CleanUp::Ended(id))).await
    }

    async fn ask(&self, install: &InstallId, ask: &Ask) -> Result<()> {
        self.queue.send(&WakeUp::keys(install, &ask.generation, &ask.why)).await
    }
}
