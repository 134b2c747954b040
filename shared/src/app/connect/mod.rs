//! Connecting a Stripe account: everything that can be known to be wrong is found, and named, before anything is stored.

pub mod ledger;
pub mod realtime;
pub mod rights;

use std::time::Duration;

use aws_sdk_dynamodb::types::TransactWriteItem;
pub use realtime::EndpointLook;
use ulid::Ulid;

use crate::app::ownership::{Ownership, ownership, prefix_of};
use crate::model::activity::{Activity, Kind};
use crate::model::connection::{Connection, LegKindsVersion};
use crate::model::error::{Details, Error, Result};
use crate::model::install::{Meta, Permission};
use crate::model::ledger::{Chart, LEG_KINDS_VERSION, Mode, Owner};
use crate::model::session::{Portal, session_over};
use crate::model::stripe::key::{KeyRefused, StripeKey};
use crate::model::stripe::types::Account;
use crate::model::time::Millis;
use crate::platform::blnk::{BlnkError, RefusalCode};
use crate::platform::http::Deadline;
use crate::platform::queue::{Queue, Reason, WakeUp};
use crate::platform::store::{Store, Transacted, from_item};
use crate::platform::vault::{Purpose, Vault};

/// All outside calls of a connection together; below the function's own time.
const BUDGET: Duration = Duration::from_millis(6500);

/// How often a disconnect is tried again because a clean-up began or ended meanwhile.
const MAX_TRIES: u32 = 3;

/// What connecting needs.
#[derive(Debug, Clone)]
pub struct Connector {
    /// The table.
    pub store: Store,
    /// The keys.
    pub vault: Vault,
    /// Wake-ups.
    pub queue: Queue,
    /// The shared HTTP client.
    pub http: reqwest::Client,
    /// Blnk Cloud's API.
    pub blnk_base: String,
    /// Stripe's API.
    pub stripe_base: String,
    /// Where the outside world reaches this deployment: Stripe delivers events below it.
    pub public_base_url: String,
    /// How long the audit trail is kept.
    pub retention_days: i64,
}

/// When, and under which ids.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Now.
    pub now: Millis,
    /// The id of a connection, should one be made.
    pub connection: Ulid,
    /// The id of the audit entry.
    pub activity: Ulid,
    /// The id of a change of the webhook, and of its audit entry.
    pub webhook: Ulid,
}

/// A connection that was made, or whose key was replaced.
#[derive(Debug)]
pub struct Connected {
    /// As it stands now.
    pub connection: Connection,
    /// Whether a key of the same account was replaced.
    pub replaced: bool,
}

impl Connector {
    /// Connects the account of a key, or replaces the key of the account that is connected. All its accounts in the ledger begin with
    /// `prefix`; without one, with the prefix under which the ledger knows this account already, else with the one of its mode.
    ///
    /// # Errors
    /// [`Error::Refused`] when the key is at fault, [`Error::Conflict`] when the account or the ledger is, [`Error::Forbidden`] without
    /// `data:read`, [`Error::Unavailable`] when a partner does not answer.
    pub async fn connect(&self, portal: &Portal, text: &str, prefix: Option<&str>, moment: Moment) -> Result<Connected> {
        require(portal, Permission::DataRead)?;
        let key = StripeKey::parse(text).map_err(refused_key)?;
        let wanted = prefix.map(|prefix| chosen_chart(prefix, key.mode)).transpose()?;
        let deadline = Deadline::after(BUDGET);
        let account = self.check_rights(&key, deadline).await?;
        let owner = Owner::new(account.id.clone(), key.mode).map_err(Error::internal)?;
        if let Some(present) = &portal.connection {
            if present.account_id != account.id || present.mode != key.mode {
                return Err(Error::conflict(
                    "other_account_connected",
                    format!(
                        "{} in {} mode is connected. Disconnect it before connecting another account.",
                        present.account_id, present.mode
                    ),
                ));
            }
            if wanted.is_some_and(|wanted| wanted.prefix() != present.mirror) {
                return Err(other_prefix(&present.mirror));
            }
            let connected = self.replace(portal, present, &key, &account, moment).await?;
            return self.with_webhook(portal, connected, &key.secret, moment, deadline).await;
        }
        let (chart, ledger_id) = self.check_ledger(portal, wanted, &owner, deadline).await?;
        // The key is stored before an endpoint is made with it: whatever happens then, there is a key to remove the endpoint with.
        let connected = self.store_new(portal, &key, &account, &chart, ledger_id, moment).await?;
        self.with_webhook(portal, connected, &key.secret, moment, deadline).await
    }

    /// A ledger mirrors one Stripe account in one mode under one set of names, and none of those names may hold entries that are not ours.
    async fn check_ledger(
        &self,
        portal: &Portal,
        wanted: Option<Chart>,
        owner: &Owner,
        deadline: Deadline,
    ) -> Result<(Chart, Option<String>)> {
        let (blnk, ledgers) = self.ledgers(portal, deadline).await?;
        let own = prefix_of(&ledgers, owner).and_then(|prefix| Chart::new(prefix).ok());
        let chart = wanted.or(own).unwrap_or_else(|| Chart::for_mode(owner.mode()));
        let chart = chart.in_mode(owner.mode()).choosing(&portal.settings.accounts());
        let chart = chart.map_err(|error| Error::refused("account_names", format!("{error} Change the settings, then connect again.")))?;
        match ownership(&blnk, &ledgers, &chart, owner, deadline).await.map_err(blnk_refused)? {
            Ownership::Ours(ledger_id) => Ok((chart, ledger_id)),
            Ownership::Elsewhere(prefix) => Err(other_prefix(&prefix)),
            Ownership::Overlaps(other) => Err(Error::conflict(
                "prefix_overlaps",
                format!(
                    "Account names under {} are also those of the mirror {other} in this ledger. Choose another prefix.",
                    chart.prefix()
                ),
            )),
            Ownership::OwnedBy(other) => Err(Error::conflict(
                "ledger_owned_by_other",
                format!("The accounts under {} in this ledger mirror another Stripe account: {other}.", chart.prefix()),
            )),
            Ownership::InUse(accounts) => {
                let named: Vec<String> = accounts.iter().map(|account| format!("{} {}", account.indicator, account.currency)).collect();
                Err(Error::conflict(
                    "accounts_not_free",
                    format!("These accounts of the ledger hold entries that are not ours: {}.", named.join(", ")),
                )
                .with(Details { accounts, ..Details::default() }))
            }
        }
    }

    async fn store_new(
        &self,
        portal: &Portal,
        key: &StripeKey,
        account: &Account,
        chart: &Chart,
        ledger_id: Option<String>,
        moment: Moment,
    ) -> Result<Connected> {
        let connection = Connection {
            generation: portal.generation.clone(),
            connection: moment.connection,
            account_id: account.id.clone(),
            display_name: account.display_name().map(str::to_owned),
            mode: key.mode,
            key_kind: key.kind,
            key_prefix: key.prefix.to_owned(),
            key_last4: key.last4.clone(),
            sealed_key: self.vault.seal(&portal.install, Purpose::StripeApiKey, &key.secret).await?,
            connected_at: moment.now,
            mirror: chart.prefix().to_owned(),
            ledger_id,
            watermark: None,
            reread_from: None,
            resume: None,
            daily_reread_at: None,
            weekly_reread_at: None,
            words: vec![LegKindsVersion { version: LEG_KINDS_VERSION, from: i64::MIN }],
            start: None,
            current_run: None,
            again: false,
            again_by: None,
            paused: None,
            accounts: Default::default(),
            webhook: None,
            event_at: None,
            endpoint_seen: None,
            left_at: None,
            confirmed: false,
            unposted: false,
            suspects: false,
        };
        let condition = match &portal.left_behind {
            None => self.store.active_in(&portal.install, &portal.generation)?,
            Some(_) => self.store.put_aside_in(&portal.install, &portal.generation)?,
        };
        let mut operations = vec![
            condition,
            self.store.put_connection(&portal.install, &connection, portal.left_behind.as_ref())?,
            self.trail(portal, Kind::StripeConnected, &connection, moment.now, moment.activity)?,
        ];
        if let Some(old) = &portal.left_behind {
            let left_at = portal.meta.left_at.unwrap_or(moment.now).min(moment.now);
            operations.push(self.store.put_cleanup(&portal.install, old, left_at)?);
        }
        self.write(operations).await?;
        Ok(Connected { connection, replaced: false })
    }

    /// The same account with another key: the connection, its history and its watermark stay; a run that waits for a key goes on.
    async fn replace(
        &self,
        portal: &Portal,
        present: &Connection,
        key: &StripeKey,
        account: &Account,
        moment: Moment,
    ) -> Result<Connected> {
        let connection = Connection {
            // A key that may not read the account says nothing new of it.
            display_name: account.display_name().map(str::to_owned).or_else(|| present.display_name.clone()),
            key_kind: key.kind,
            key_prefix: key.prefix.to_owned(),
            key_last4: key.last4.clone(),
            sealed_key: self.vault.seal(&portal.install, Purpose::StripeApiKey, &key.secret).await?,
            paused: None,
            ..present.clone()
        };
        let operations = vec![
            self.store.active_in(&portal.install, &portal.generation)?,
            self.store.replace_key(&portal.install, &connection)?,
            self.trail(portal, Kind::StripeConnected, &connection, moment.now, moment.activity)?,
        ];
        self.write(operations).await?;
        if let Some(run) = connection.current_run {
            let wake_up = WakeUp {
                install: portal.install.clone(),
                generation: portal.generation.clone(),
                reason: Reason::Continue,
                run: Some(run.to_string()),
                at: None,
            };
            self.queue.send(&wake_up, &format!("key:{}", moment.activity)).await?;
        }
        Ok(Connected { connection, replaced: true })
    }

    /// Disconnects: Stripe's endpoint and the key are gone with the connection, and an open run is cancelled. What was posted stays in the
    /// ledger. While Stripe cannot be reached, endpoint and key are left to the clean-up.
    ///
    /// # Errors
    /// [`Error::Conflict`] when nothing is connected, [`Error::Unavailable`].
    pub async fn disconnect(&self, portal: &Portal, moment: Moment) -> Result<()> {
        let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
        if self.endpoint_removed(portal, connection).await? {
            let condition = self.store.active_in(&portal.install, &portal.generation)?;
            return self.write(self.disconnection(portal, connection, condition, moment)?).await;
        }
        let mut meta = portal.meta.clone();
        for _ in 0..MAX_TRIES {
            // A clean-up that is pending already takes everything that was put aside, if it is told before it ends.
            let pending = meta.pending_clean_up().map(str::to_owned);
            let condition = match &pending {
                Some(pending) => self.store.clean_up_more_in(&portal.install, &portal.generation, pending)?,
                None => self.store.clean_up_in(&portal.install, &portal.generation)?,
            };
            let mut operations = self.disconnection(portal, connection, condition, moment)?;
            operations.push(self.store.put_disconnected(&portal.install, connection, moment.now)?);
            match self.store.transact(operations.clone()).await? {
                Transacted::Done => {
                    let generation = pending.unwrap_or_else(|| portal.generation.clone());
                    let wake_up = WakeUp { install: portal.install.clone(), generation, reason: Reason::Cleanup, run: None, at: None };
                    return self.queue.send(&wake_up, &format!("cleanup:{}", moment.activity)).await;
                }
                Transacted::Refused(refusals) => {
                    let stored = refusals.into_iter().find(|refusal| refusal.at == 0).map(|refusal| refusal.item);
                    let stored: Option<Meta> = stored.ok_or_else(changed_meanwhile)?.map(from_item).transpose()?;
                    // It began or ended meanwhile; who removed the app is gone.
                    meta = stored.filter(|meta| meta.active_generation() == Some(&portal.generation)).ok_or_else(session_over)?;
                }
            }
        }
        Err(changed_meanwhile())
    }

    /// What a disconnect writes, under a condition on the install.
    fn disconnection(
        &self,
        portal: &Portal,
        connection: &Connection,
        condition: TransactWriteItem,
        moment: Moment,
    ) -> Result<Vec<TransactWriteItem>> {
        let mut operations = vec![
            condition,
            self.store.delete_connection(&portal.install, connection.connection)?,
            self.trail(portal, Kind::StripeDisconnected, connection, moment.now, moment.activity)?,
        ];
        if let Some(run) = connection.current_run {
            operations.push(self.store.cancel_run(
                &portal.install,
                connection.connection,
                run,
                moment.now,
                "The Stripe account was disconnected.",
            )?);
        }
        Ok(operations)
    }

    fn trail(&self, portal: &Portal, kind: Kind, connection: &Connection, now: Millis, id: Ulid) -> Result<TransactWriteItem> {
        let entry = Activity {
            kind,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(connection.account_id.clone()),
            ttl: now.seconds() + self.retention_days * 86_400,
        };
        crate::platform::store::activity::put(&self.store, &portal.install, id, &entry)
    }

    async fn write(&self, operations: Vec<TransactWriteItem>) -> Result<()> {
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => Err(session_over()),
            Transacted::Refused(_) => Err(changed_meanwhile()),
        }
    }
}

fn changed_meanwhile() -> Error {
    Error::conflict("changed_meanwhile", "The connection was changed by somebody else meanwhile. Look again.")
}

/// Nothing is connected.
#[must_use]
pub fn not_connected() -> Error {
    Error::conflict("not_connected", "No Stripe account is connected.")
}

/// Checks a scope before the action that needs it.
///
/// # Errors
/// [`Error::Forbidden`] naming the scope.
pub fn require(portal: &Portal, permission: Permission) -> Result<()> {
    if portal.meta.grants(permission) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "permission_missing",
            format!("This needs the permission {}, which was not granted. Install the app again to grant it.", permission.as_str()),
        ))
    }
}

/// The chart under a prefix that a person chose: its names must not be those that another mirror may get without a choice.
fn chosen_chart(prefix: &str, mode: Mode) -> Result<Chart> {
    let refused = |code, detail: String| Error::refused(code, detail).with(Details { field: Some("prefix"), ..Details::default() });
    let chart = Chart::new(prefix).map_err(|error| refused("invalid_prefix", format!("Not usable: {error}.")))?;
    let usual = [Mode::Live, Mode::Test].map(|mode| (mode, Chart::for_mode(mode)));
    let met = usual.iter().find(|(of, usual)| usual.meets(&chart) && !(*of == mode && *usual == chart));
    match met {
        Some((_, usual)) => Err(refused(
            "prefix_overlaps",
            format!(
                "Account names under {prefix} are also those of the mirror {}. Choose another prefix, for example @stripe_eu.",
                usual.prefix()
            ),
        )),
        None => Ok(chart),
    }
}

fn other_prefix(prefix: &str) -> Error {
    Error::conflict(
        "other_prefix",
        format!("This Stripe account is already mirrored in this ledger under {prefix}, and a mirror keeps its names. Leave the prefix empty to use it."),
    )
    .with(Details { prefix: Some(prefix.to_owned()), ..Details::default() })
}

fn refused_key(refused: KeyRefused) -> Error {
    match refused {
        KeyRefused::Publishable => {
            Error::refused("publishable_key", "This is a publishable key. Paste a restricted key, which begins with rk_.")
        }
        KeyRefused::Malformed => Error::refused("malformed_key", format!("{refused}.")),
    }
}

fn blnk_refused(error: BlnkError) -> Error {
    match error.code() {
        Some(RefusalCode::Unauthorized) => {
            Error::conflict("blnk_key_refused", "Blnk Cloud does not accept this install's key any more. Install the app again.")
        }
        Some(RefusalCode::Forbidden) => {
            Error::forbidden("permission_missing", "Blnk Cloud refuses reads of the ledger: data:read is missing.")
        }
        _ => Error::unavailable("Blnk Cloud", error),
    }
}
