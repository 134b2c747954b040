//! Taking deliveries in: verified with the install's secret, recorded once, and turned into a wake-up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;
use ulid::Ulid;

use super::record::TakenEvent;
use super::{Previous, bucket_end};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::install::InstallId;
use crate::ledger::Mode;
use crate::queue::{Queue, Reason, WakeUp};
use crate::store::{Store, Transacted};
use crate::stripe::{Event, EventRefused, Signature, SignatureError};
use crate::sync::{CustomerHint, ObjectHint};
use crate::vault::{Purpose, Vault};

/// An install's secret is kept in memory for so long.
const CACHE_SECONDS: i64 = 60;
/// That an install has none, or is none, for so long: it may be just about to get one.
const REFUSAL_SECONDS: i64 = 5;
/// A signature that does not match what is kept makes the install be read anew, at most once in so many seconds: a secret may have been
/// rolled, but whoever sends forgeries must not be able to cause reads and decryptions.
const RELOAD_SECONDS: i64 = 5;
/// Installs kept in memory.
const MAX_KNOWN: usize = 1024;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The event is new.
    Taken,
    /// It was taken before. Its wake-up was sent again, so that a send that failed is made up for.
    Duplicate,
}

/// What receiving needs.
#[derive(Debug)]
pub struct Receiver {
    /// The table.
    pub store: Store,
    /// The secrets.
    pub vault: Vault,
    /// Wake-ups.
    pub queue: Queue,
    /// What is known of installs.
    pub known: Known,
}

/// Installs in memory.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<InstallId, Entry>>);

#[derive(Debug, Clone)]
struct Entry {
    read_at: Millis,
    /// When a signature that did not match last made the install be read anew.
    doubted_at: Option<Millis>,
    standing: Standing,
}

#[derive(Debug, Clone)]
enum Standing {
    Connected(Arc<Connected>),
    Refused(Refusal),
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Unknown,
    Uninstalled,
    NotConnected,
    NoSecret,
}

#[derive(Debug)]
struct Connected {
    generation: String,
    connection: Ulid,
    account_id: String,
    mode: Mode,
    /// Which change of the webhook the secrets are of.
    version: Ulid,
    secret: SecretString,
    /// Whether it is noted that this secret has vouched for an event.
    proved: AtomicBool,
    previous: Option<Previous>,
    /// The previous secret, opened when a signature first needs it.
    opened: OnceCell<SecretString>,
}

/// Who a body is from.
#[derive(Debug)]
struct Vouched {
    connected: Arc<Connected>,
    /// By the present secret, not by the one before it.
    by_present: bool,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::NotFound,
            Refusal::Uninstalled => gone(),
            Refusal::NotConnected => Self::Gone { code: "not_connected", detail: "no Stripe account is connected; remove this endpoint" },
            Refusal::NoSecret => Self::conflict(
                "no_signing_secret",
                "The signing secret of this endpoint is not known. Paste it in the app's portal, on the page of the connection.",
            ),
        }
    }
}

fn gone() -> Error {
    Error::Gone { code: "uninstalled", detail: "the app is not installed any more; remove this endpoint" }
}

fn not_signed(why: SignatureError) -> Error {
    Error::BadRequest { field: None, detail: why.to_string() }
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, HashMap<InstallId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, install: &InstallId, now: Millis) -> Option<Entry> {
        let entry = self.lock().get(install).cloned()?;
        let keep = match entry.standing {
            Standing::Connected(_) => CACHE_SECONDS,
            Standing::Refused(_) => REFUSAL_SECONDS,
        };
        (now < entry.read_at.plus_seconds(keep)).then_some(entry)
    }

    fn put(&self, install: &InstallId, entry: Entry) {
        let mut known = self.lock();
        if known.len() >= MAX_KNOWN && !known.contains_key(install) {
            let oldest = entry.read_at.plus_seconds(-CACHE_SECONDS);
            known.retain(|_, entry| entry.read_at > oldest);
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
        }
        known.insert(install.clone(), entry);
    }

    fn forget(&self, install: &InstallId) {
        self.lock().remove(install);
    }
}

impl Receiver {
    /// Takes a delivery in. With the install's secret in memory: one transaction, then one message; else one read and one decryption more.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the signature or the body is wrong, [`Error::NotFound`] for an unknown install, [`Error::Gone`] for a
    /// removed one, [`Error::Refused`] for an event that is not for this connection, [`Error::Unavailable`].
    pub async fn receive(&self, install: &InstallId, header: &str, body: &[u8], now: Millis) -> Result<Received> {
        let signature = Signature::read(header, now).map_err(not_signed)?;
        let Vouched { connected, by_present } = self.vouched(install, &signature, body, now).await?;
        let event = Event::parse(body).map_err(|why| match why {
            EventRefused::Thin => Error::refused("thin_event", format!("{why}.")),
            EventRefused::Malformed => Error::BadRequest { field: None, detail: why.to_string() },
        })?;
        connected.accepts(&event)?;
        let taken = TakenEvent::of(&event, connected.connection, now);
        let mut operations = vec![self.store.active_in(install, &connected.generation)?, self.store.put_event(install, &event.id, &taken)?];
        if let Some(hint) = CustomerHint::of(&event.kind, event.object_id.as_deref(), event.created, now) {
            operations.push(self.store.put_customer_hint(install, connected.connection, &hint)?);
        }
        if let Some(hint) = ObjectHint::of(&event.kind, event.object_id.as_deref(), now) {
            operations.push(self.store.put_object_hint(install, connected.connection, &hint)?);
        }
        let proves = by_present && !connected.proved.load(Ordering::Relaxed);
        if proves {
            operations.push(self.store.put_proved(install, connected.connection, connected.version, now)?);
        }
        let received = match self.store.transact(operations).await? {
            Transacted::Done => {
                connected.proved.fetch_or(proves, Ordering::Relaxed);
                Received::Taken
            }
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                self.known.forget(install);
                return Err(gone());
            }
            Transacted::Refused(_) => Received::Duplicate,
        };
        self.wake(install, &connected.generation, now).await?;
        tracing::info!(%install, event = event.id, kind = event.kind, ?received, "event");
        Ok(received)
    }

    /// Wakes the worker for all events of this instant's interval: the queue keeps one message of them.
    async fn wake(&self, install: &InstallId, generation: &str, now: Millis) -> Result<()> {
        let end = bucket_end(now);
        let wake_up =
            WakeUp { install: install.clone(), generation: generation.to_owned(), reason: Reason::Webhook, run: None, at: Some(end) };
        self.queue.send(&wake_up, &format!("webhook:{}", end.0)).await
    }

    /// The connection whose secret vouches for a body.
    async fn vouched(&self, install: &InstallId, signature: &Signature, body: &[u8], now: Millis) -> Result<Vouched> {
        let Some(entry) = self.known.get(install, now) else {
            let standing = self.read(install, now, None).await?;
            return self.judge(install, &standing, signature, body, now).await?.map_err(not_signed);
        };
        match self.judge(install, &entry.standing, signature, body, now).await? {
            Ok(vouched) => Ok(vouched),
            Err(why) if entry.doubted_at.is_some_and(|at| now < at.plus_seconds(RELOAD_SECONDS)) => Err(not_signed(why)),
            Err(_) => {
                let standing = self.read(install, now, Some(now)).await?;
                let judged = self.judge(install, &standing, signature, body, now).await?;
                if judged.is_ok() {
                    // The doubt was right: only those that are wrong are counted.
                    self.known.put(install, Entry { read_at: now, doubted_at: None, standing });
                }
                judged.map_err(not_signed)
            }
        }
    }

    /// Whether a secret of this standing vouches for a body.
    async fn judge(
        &self,
        install: &InstallId,
        standing: &Standing,
        signature: &Signature,
        body: &[u8],
        now: Millis,
    ) -> Result<Result<Vouched, SignatureError>> {
        let connected = match standing {
            Standing::Connected(connected) => connected,
            Standing::Refused(refusal) => return Err((*refusal).into()),
        };
        let Err(why) = signature.verify(&connected.secret, body) else {
            return Ok(Ok(Vouched { connected: connected.clone(), by_present: true }));
        };
        let Some(previous) = connected.previous.as_ref().filter(|previous| now < previous.until) else { return Ok(Err(why)) };
        let open = || self.vault.open(install, Purpose::StripeWebhookSecret, &previous.secret);
        let secret = connected.opened.get_or_try_init(open).await?;
        Ok(signature.verify(secret, body).map(|()| Vouched { connected: connected.clone(), by_present: false }))
    }

    /// Reads an install and keeps what it says.
    async fn read(&self, install: &InstallId, now: Millis, doubted_at: Option<Millis>) -> Result<Standing> {
        let standing = self.standing(install).await?;
        self.known.put(install, Entry { read_at: now, doubted_at, standing: standing.clone() });
        Ok(standing)
    }

    async fn standing(&self, install: &InstallId) -> Result<Standing> {
        let (meta, connection) = self.store.meta_and_connection(install).await?;
        let Some(meta) = meta else { return Ok(Standing::Refused(Refusal::Unknown)) };
        let Some(generation) = meta.active_generation() else { return Ok(Standing::Refused(Refusal::Uninstalled)) };
        let Some(connection) = connection.filter(|connection| connection.generation == generation) else {
            return Ok(Standing::Refused(Refusal::NotConnected));
        };
        let Some((version, signing)) = connection.webhook.and_then(|webhook| Some((webhook.version, webhook.signing?))) else {
            return Ok(Standing::Refused(Refusal::NoSecret));
        };
        let secret = self.vault.open(install, Purpose::StripeWebhookSecret, &signing.secret).await?;
        Ok(Standing::Connected(Arc::new(Connected {
            generation: connection.generation,
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

impl Connected {
    /// Whether an event is about this account in this mode.
    fn accepts(&self, event: &Event) -> Result<()> {
        if event.livemode != (self.mode == Mode::Live) {
            return Err(Error::refused("wrong_mode", format!("This endpoint is for events of {} mode.", self.mode)));
        }
        match &event.account {
            Some(account) if *account != self.account_id => Err(Error::refused(
                "other_account",
                "This event is about a connected account. Register the endpoint for events of your own account.",
            )),
            _ => Ok(()),
        }
    }
}
