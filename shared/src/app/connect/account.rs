//! Connects a Stripe account. Every fault that can be detected is found and named before anything
//! is stored.

use aws_sdk_dynamodb::types::TransactWriteItem;
use ulid::Ulid;

use crate::app::connect::connector::{
    BUDGET, ConnectResult, Connector, MAX_TRIES, RequestIds, blnk_refused, changed_meanwhile,
    chosen_chart, not_connected, other_prefix, refused_key, require,
};
use crate::app::ownership::{Ownership, ownership, prefix_of};
use crate::model::activity::{Activity, Kind};
use crate::model::connection::{Connection, NewConnection};
use crate::model::error::{Details, Error, Result};
use crate::model::install::Meta;
use crate::model::install::permission::Permission;
use crate::model::ledger::{Chart, Owner};
use crate::model::session::{Portal, session_over};
use crate::model::stripe::key::StripeKey;
use crate::model::stripe::types::Account;
use crate::model::time::Millis;
use crate::platform::http::Deadline;
use crate::platform::queue::message::WakeUp;
use crate::platform::queue::wake_ups::{CleanUp, Resume};
use crate::platform::table::Transacted;
use crate::platform::table::item::from_item;
use crate::platform::vault::Purpose;

impl Connector {
    /// Connects the account of a key, or replaces the key of the connected account. All account
    /// names in the ledger begin with `prefix`. Without one, the prefix under which the ledger
    /// already knows this account applies, else the default prefix of its mode.
    ///
    /// # Errors
    /// [`Error::Refused`] when the key is at fault, [`Error::Conflict`] when the account or the
    /// ledger is, [`Error::Forbidden`] without `data:read`, [`Error::Unavailable`] when Stripe or
    /// Blnk Cloud does not answer.
    pub async fn connect(
        &self,
        portal: &Portal,
        text: &str,
        prefix: Option<&str>,
        ids: RequestIds,
    ) -> Result<ConnectResult> {
        require(portal, Permission::DataRead)?;
        let key = StripeKey::parse(text).map_err(refused_key)?;
        let wanted = prefix.map(|prefix| chosen_chart(prefix, key.mode)).transpose()?;
        let deadline = Deadline::after(BUDGET);
        let account = self.check_permissions(&key, deadline).await?;
        let owner = Owner::new(account.id.clone(), key.mode).map_err(Error::internal)?;
        if let Some(present) = &portal.connection {
            if present.account_id != account.id || present.mode != key.mode {
                return Err(Error::conflict(
                    "other_account_connected",
                    format!(
                        "{} in {} mode is connected. Disconnect it before connecting another \
                         account.",
                        present.account_id, present.mode
                    ),
                ));
            }
            if wanted.is_some_and(|wanted| wanted.prefix() != present.mirror) {
                return Err(other_prefix(&present.mirror));
            }
            let connected = self.replace(portal, present, &key, &account, ids).await?;
            return self.with_webhook(portal, connected, &key.secret, ids, deadline).await;
        }
        let (chart, ledger_id) = self.check_ledger(portal, wanted, &owner, deadline).await?;
        // The key is stored before an endpoint is created with it. Whatever happens then, there is
        // a key to remove the endpoint with.
        let connected = self.store_new(portal, &key, &account, &chart, ledger_id, ids).await?;
        self.with_webhook(portal, connected, &key.secret, ids, deadline).await
    }

    /// Checks the ledger. It mirrors one Stripe account in one mode under one set of names, and
    /// none of those names may hold entries that are not ours.
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
        let chart = chart.map_err(|error| {
            Error::refused(
                "account_names",
                format!("{error} Change the settings, then connect again."),
            )
        })?;
        match ownership(&blnk, &ledgers, &chart, owner, deadline).await.map_err(blnk_refused)? {
            Ownership::Ours(ledger_id) => Ok((chart, ledger_id)),
            Ownership::Elsewhere(prefix) => Err(other_prefix(&prefix)),
            Ownership::Overlaps(other) => Err(Error::conflict(
                "prefix_overlaps",
                format!(
                    "Account names under {} are also those of the mirror {other} in this ledger. \
                     Choose another prefix.",
                    chart.prefix()
                ),
            )),
            Ownership::OwnedBy(other) => Err(Error::conflict(
                "ledger_owned_by_other",
                format!(
                    "The accounts under {} in this ledger mirror another Stripe account: {other}.",
                    chart.prefix()
                ),
            )),
            Ownership::InUse(accounts) => {
                let named: Vec<String> = accounts
                    .iter()
                    .map(|account| format!("{} {}", account.indicator, account.currency))
                    .collect();
                Err(Error::conflict(
                    "accounts_not_free",
                    format!(
                        "These accounts of the ledger hold entries that are not ours: {}.",
                        named.join(", ")
                    ),
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
        ids: RequestIds,
    ) -> Result<ConnectResult> {
        let begun = NewConnection {
            generation: portal.generation.clone(),
            connection: ids.connection,
            account_id: account.id.clone(),
            mode: key.mode,
            key_kind: key.kind,
            key_prefix: key.prefix.to_owned(),
            key_last4: key.last4.clone(),
            sealed_key: self
                .vault
                .seal(&portal.install, Purpose::StripeApiKey, &key.secret)
                .await?,
            connected_at: ids.now,
            mirror: chart.prefix().to_owned(),
        };
        let connection = Connection {
            display_name: account.display_name().map(str::to_owned),
            ledger_id,
            ..Connection::new(begun)
        };
        let condition = match &portal.left_behind {
            None => self.store.installs().active_in(&portal.install, &portal.generation)?,
            Some(_) => self.store.installs().put_aside_in(&portal.install, &portal.generation)?,
        };
        let mut operations = vec![
            condition,
            self.store.connections().put(
                &portal.install,
                &connection,
                portal.left_behind.as_ref(),
            )?,
            self.audit_entry(portal, Kind::StripeConnected, &connection, ids.now, ids.audit)?,
        ];
        if let Some(old) = &portal.left_behind {
            let disconnected_at = portal.meta.uninstall_received_at.unwrap_or(ids.now).min(ids.now);
            operations.push(self.store.connections().put_cleanup(
                &portal.install,
                old,
                disconnected_at,
            )?);
        }
        self.write(operations).await?;
        Ok(ConnectResult { connection, replaced: false })
    }

    /// Replaces the key of the same account. The connection, its history and its watermark stay. A
    /// run that waits for a key resumes.
    async fn replace(
        &self,
        portal: &Portal,
        present: &Connection,
        key: &StripeKey,
        account: &Account,
        ids: RequestIds,
    ) -> Result<ConnectResult> {
        let connection = Connection {
            // A key that may not read the account does not change the display name.
            display_name: account
                .display_name()
                .map(str::to_owned)
                .or_else(|| present.display_name.clone()),
            key_kind: key.kind,
            key_prefix: key.prefix.to_owned(),
            key_last4: key.last4.clone(),
            sealed_key: self
                .vault
                .seal(&portal.install, Purpose::StripeApiKey, &key.secret)
                .await?,
            paused: None,
            ..present.clone()
        };
        let operations = vec![
            self.store.installs().active_in(&portal.install, &portal.generation)?,
            self.store.connections().replace_key(&portal.install, &connection)?,
            self.audit_entry(portal, Kind::StripeConnected, &connection, ids.now, ids.audit)?,
        ];
        self.write(operations).await?;
        if let Some(run) = connection.current_run {
            let why = Resume::StripeKey(ids.audit);
            let resume = WakeUp::resume(&portal.install, &portal.generation, run, why);
            self.queue.send(&resume).await?;
        }
        Ok(ConnectResult { connection, replaced: true })
    }

    /// Disconnects the account. The endpoint at Stripe and the key are removed with the connection,
    /// and an open run is cancelled. Posted entries stay in the ledger. While Stripe is
    /// unreachable, the endpoint and the key are left to the clean-up.
    ///
    /// # Errors
    /// [`Error::Conflict`] when nothing is connected, [`Error::Unavailable`].
    pub async fn disconnect(&self, portal: &Portal, ids: RequestIds) -> Result<()> {
        let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
        if self.endpoint_removed(portal, connection).await? {
            let condition = self.store.installs().active_in(&portal.install, &portal.generation)?;
            return self.write(self.disconnection(portal, connection, condition, ids)?).await;
        }
        let mut meta = portal.meta.clone();
        for _ in 0..MAX_TRIES {
            // A pending clean-up also takes everything that is set aside here, if it learns of it
            // before it ends.
            let pending = meta.pending_clean_up().map(str::to_owned);
            let condition = match &pending {
                Some(pending) => self.store.installs().clean_up_more_in(
                    &portal.install,
                    &portal.generation,
                    pending,
                )?,
                None => self.store.installs().clean_up_in(&portal.install, &portal.generation)?,
            };
            let mut operations = self.disconnection(portal, connection, condition, ids)?;
            operations.push(self.store.connections().put_disconnected(
                &portal.install,
                connection,
                ids.now,
            )?);
            match self.store.transact(operations.clone()).await? {
                Transacted::Done => {
                    let generation = pending.unwrap_or_else(|| portal.generation.clone());
                    let why = CleanUp::Ended(ids.audit);
                    let clean_up = WakeUp::cleanup(&portal.install, &generation, why);
                    return self.queue.send(&clean_up).await;
                }
                Transacted::Refused(refusals) => {
                    let stored = refusals
                        .into_iter()
                        .find(|refusal| refusal.at == 0)
                        .map(|refusal| refusal.item);
                    let stored: Option<Meta> =
                        stored.ok_or_else(changed_meanwhile)?.map(from_item).transpose()?;
                    // A clean-up began or ended in the meantime. If the app was removed, the
                    // session is over.
                    meta = stored
                        .filter(|meta| meta.active_generation() == Some(&portal.generation))
                        .ok_or_else(session_over)?;
                }
            }
        }
        Err(changed_meanwhile())
    }

    /// The writes of a disconnect, conditional on the install.
    fn disconnection(
        &self,
        portal: &Portal,
        connection: &Connection,
        condition: TransactWriteItem,
        ids: RequestIds,
    ) -> Result<Vec<TransactWriteItem>> {
        let mut operations = vec![
            condition,
            self.store.connections().delete(&portal.install, connection.connection)?,
            self.audit_entry(portal, Kind::StripeDisconnected, connection, ids.now, ids.audit)?,
        ];
        if let Some(run) = connection.current_run {
            operations.push(self.store.runs().cancel(
                &portal.install,
                connection.connection,
                run,
                ids.now,
                "The Stripe account was disconnected.",
            )?);
        }
        Ok(operations)
    }

    pub(crate) fn audit_entry(
        &self,
        portal: &Portal,
        kind: Kind,
        connection: &Connection,
        now: Millis,
        id: Ulid,
    ) -> Result<TransactWriteItem> {
        let entry = Activity {
            kind,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(connection.account_id.clone()),
            ttl: self.retention.expiry(now),
        };
        self.store.activity().put(&portal.install, id, &entry)
    }

    pub(crate) async fn write(&self, operations: Vec<TransactWriteItem>) -> Result<()> {
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                Err(session_over())
            }
            Transacted::Refused(_) => Err(changed_meanwhile()),
        }
    }
}
