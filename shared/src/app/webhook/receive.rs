//! Receives deliveries: verifies them with the install's secret, records each event once and wakes
//! the worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;

use crate::app::webhook::cache::{
    CacheEntry, CachedInstall, ConnectedInstall, EndReason, InstallCache,
};
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::stripe::event::{EventRefused, StripeEvent};
use crate::model::stripe::signature::Signature;
use crate::model::time::Millis;
use crate::model::webhook::bucket_end;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::sender::Queue;
use crate::platform::store::customers::CustomerHint;
use crate::platform::store::events::TakenEvent;
use crate::platform::store::tracked_objects::ObjectHint;
use crate::platform::table::{Store, Transacted};
use crate::platform::vault::{Purpose, Vault};

/// A signature that does not match the cached secret makes the install be read again, at most once
/// in this many seconds. A secret may have been rolled, but a sender of forgeries must not be able
/// to cause reads and decryptions.
pub(crate) const RELOAD_SECONDS: i64 = 5;

/// The result of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The event is new.
    Taken,
    /// The event was received before. Its wake-up is sent again, to make up for a send that failed.
    Duplicate,
}

/// Dependencies of the receiver.
#[derive(Debug)]
pub struct Receiver {
    /// The table.
    pub store: Store,
    /// The vault.
    pub vault: Vault,
    /// The wake-up queue.
    pub queue: Queue,
    /// The cache of installs.
    pub cache: InstallCache,
}

/// The verified sender of a body.
#[derive(Debug)]
pub(crate) struct VerifiedSender {
    connected: Arc<ConnectedInstall>,
    /// Whether the current secret verified it, not the previous one.
    by_present: bool,
}

/// The only answer to a sender whose signature no secret verifies. It is the same for every
/// install, known or not, connected or not.
pub(crate) fn unverified() -> Error {
    let detail = "No signing secret verifies this delivery. Paste the endpoint's secret in the \
        app's portal, on the page of the connection; or remove the endpoint, if the app is not \
        installed or if no Stripe account is connected now.";
    Error::BadRequest { field: None, detail: detail.to_owned() }
}

pub(crate) fn gone() -> Error {
    Error::Gone {
        code: "uninstalled",
        detail: "The app is no longer installed. Remove this endpoint.",
    }
}

pub(crate) fn not_connected() -> Error {
    Error::Gone {
        code: "not_connected",
        detail: "No Stripe account is connected. Remove this endpoint.",
    }
}

impl Receiver {
    /// Receives a delivery. With the install's secret cached this costs one transaction and one
    /// message, otherwise one read and one decryption more.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when no secret verifies the delivery, whatever the reason, or the body
    /// is malformed. For a signed delivery: [`Error::Gone`] for a removed install,
    /// [`Error::Refused`] for an event that is not for this connection. [`Error::Unavailable`].
    pub async fn receive(
        &self,
        install: &InstallId,
        header: &str,
        body: &[u8],
        now: Millis,
    ) -> Result<Received> {
        let signature = Signature::read(header, now)
            .map_err(|why| Error::BadRequest { field: None, detail: why.to_string() })?;
        let sender = self.verified_sender(install, &signature, body, now).await?;
        let VerifiedSender { connected, by_present } = sender.ok_or_else(unverified)?;
        match connected.ended {
            None => {}
            Some(EndReason::Uninstalled) => return Err(gone()),
            Some(EndReason::NotConnected) => return Err(not_connected()),
        }
        let event = StripeEvent::parse(body).map_err(|why| match why {
            EventRefused::Thin => Error::refused("thin_event", format!("{why}.")),
            EventRefused::Malformed => Error::BadRequest { field: None, detail: why.to_string() },
        })?;
        connected.accepts(&event)?;
        let taken = TakenEvent::of(&event, connected.connection, now);
        let mut operations = vec![
            self.store.installs().active_in(install, &connected.generation)?,
            self.store.events().put_event(install, &event.id, &taken)?,
        ];
        if let Some(hint) =
            CustomerHint::of(&event.kind, event.object_id.as_deref(), event.created, now)
        {
            operations.push(self.store.customers().put_hint(
                install,
                connected.connection,
                &hint,
            )?);
        }
        if let Some(hint) = ObjectHint::of(&event.kind, event.object_id.as_deref(), now) {
            operations.push(self.store.tracked_objects().put_hint(
                install,
                connected.connection,
                &hint,
            )?);
        }
        let proves = by_present && !connected.proved.load(Ordering::Relaxed);
        if proves {
            operations.push(self.store.events().put_proved(
                install,
                connected.connection,
                connected.version,
                now,
            )?);
        }
        let received = match self.store.transact(operations).await? {
            Transacted::Done => {
                connected.proved.fetch_or(proves, Ordering::Relaxed);
                Received::Taken
            }
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                self.cache.forget(install);
                return Err(gone());
            }
            Transacted::Refused(_) => Received::Duplicate,
        };
        self.wake(install, &connected.generation, now).await?;
        tracing::info!(%install, event = event.id, kind = event.kind, ?received,
            "received a Stripe event");
        Ok(received)
    }

    /// Wakes the worker for all events in the current interval. The queue keeps one message of
    /// them.
    async fn wake(&self, install: &InstallId, generation: &str, now: Millis) -> Result<()> {
        self.queue.send(&WakeUp::webhook(install, generation, bucket_end(now))).await
    }

    /// The connection whose secret verifies a body, if there is one.
    async fn verified_sender(
        &self,
        install: &InstallId,
        signature: &Signature,
        body: &[u8],
        now: Millis,
    ) -> Result<Option<VerifiedSender>> {
        let Some(entry) = self.cache.get(install, now) else {
            let cached = self.read(install, now, None).await?;
            return self.judge(install, &cached, signature, body, now).await;
        };
        if let Some(sender) = self.judge(install, &entry.install, signature, body, now).await? {
            return Ok(Some(sender));
        }
        let connected = matches!(entry.install, CachedInstall::Connected(_));
        if !connected || entry.reloaded_at.is_some_and(|at| now < at.plus_seconds(RELOAD_SECONDS)) {
            return Ok(None);
        }
        let cached = self.read(install, now, Some(now)).await?;
        let sender = self.judge(install, &cached, signature, body, now).await?;
        if sender.is_some() {
            // The cache was stale, so this reload does not count towards the limit. Only reloads
            // that do not resolve the mismatch count.
            self.cache
                .put(install, CacheEntry { read_at: now, reloaded_at: None, install: cached });
        }
        Ok(sender)
    }

    /// Whether a secret of this connection verifies a body.
    async fn judge(
        &self,
        install: &InstallId,
        cached: &CachedInstall,
        signature: &Signature,
        body: &[u8],
        now: Millis,
    ) -> Result<Option<VerifiedSender>> {
        let CachedInstall::Connected(connected) = cached else { return Ok(None) };
        if signature.verify(&connected.secret, body).is_ok() {
            return Ok(Some(VerifiedSender { connected: connected.clone(), by_present: true }));
        }
        let Some(previous) = connected.previous.as_ref().filter(|previous| now < previous.until)
        else {
            return Ok(None);
        };
        let open = || self.vault.open(install, Purpose::StripeWebhookSecret, &previous.secret);
        let secret = connected.opened.get_or_try_init(open).await?;
        let verified = signature.verify(secret, body).is_ok();
        Ok(verified.then(|| VerifiedSender { connected: connected.clone(), by_present: false }))
    }

    /// Reads an install and caches the result.
    async fn read(
        &self,
        install: &InstallId,
        now: Millis,
        reloaded_at: Option<Millis>,
    ) -> Result<CachedInstall> {
        let cached = self.load(install).await?;
        self.cache.put(install, CacheEntry { read_at: now, reloaded_at, install: cached.clone() });
        Ok(cached)
    }

    async fn load(&self, install: &InstallId) -> Result<CachedInstall> {
        let (meta, connection) = self.store.installs().meta_and_connection(install).await?;
        let generation = meta.as_ref().and_then(|meta| meta.active_generation());
        let Some(connection) = connection.filter(|_| meta.is_some()) else {
            return Ok(CachedInstall::NoSecret);
        };
        let ended = match generation {
            None => Some(EndReason::Uninstalled),
            Some(present) => (present != connection.generation).then_some(EndReason::NotConnected),
        };
        let Some((version, signing)) =
            connection.webhook.and_then(|webhook| Some((webhook.version, webhook.signing?)))
        else {
            return Ok(CachedInstall::NoSecret);
        };
        let secret =
            self.vault.open(install, Purpose::StripeWebhookSecret, &signing.secret).await?;
        Ok(CachedInstall::Connected(Arc::new(ConnectedInstall {
            generation: connection.generation,
            ended,
            connection: connection.connection,
            account_id: connection.account_id,
            mode: connection.mode,
            version,
            secret,
            proved: AtomicBool::new(false),
            previous: signing.previous,
            opened: OnceCell::new(),
        })))
    }
}
