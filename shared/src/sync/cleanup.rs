//! After an uninstall: nothing that could act for the customer stays, and everything else gets an end.
//!
//! The clean-up names the generation it is for, and every delete is conditional on it, so that a late one cannot touch a reinstall.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::run::{Run, RunError, RunState, Trigger};
use super::worker::Worker;
use crate::clock::{self, Millis};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::http::Deadline;
use crate::install::{InstallId, Meta};
use crate::ledger::UsedNames;
use crate::queue::{Reason, WakeUp};
use crate::store::{Item, Sk, Store, attr, from_item, key, n, pk, s, to_attr, unavailable};
use crate::stripe::StripeClient;
use crate::vault::Purpose;
use crate::webhook::endpoint::{self, Removal};
use crate::webhook::url_of;

/// Items given an end at once.
const WRITES: usize = 16;
/// Items read in one page.
const PAGE: i32 = 200;
/// A page is not begun with less time than this.
const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(3);
/// Prefixes of what belongs to connections that are over.
const REMAINS: [&str; 13] = [
    "RUN#",
    "PROBLEM#",
    "CUSTOMER#",
    "DAY#",
    "PROOF#",
    "OPENING#",
    "OBJECT#",
    "READS#",
    "PAYOUTS#",
    "ALERT#",
    "SUSPECT#",
    "SUMMARY",
    "SETTINGS",
];

/// A Stripe key that could not be used to remove its endpoint is kept for so long, and then deleted all the same.
const KEY_KEPT_SECONDS: i64 = 86_400;
/// The longest that a clean-up asks Stripe.
const STRIPE_BUDGET: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether a clean-up may use keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It asks Stripe.
    Stripe,
    /// It has no keys: what needs one stays pending.
    Nobody,
}

impl Worker {
    /// Removes what a removed installation, or a disconnect, has left at Stripe, then its key, then gives everything else an end.
    ///
    /// While Stripe cannot be reached the clean-up stays pending, with endpoint and key kept, and the message is done: a repetition goes on
    /// here, and once the key is a day old it is deleted whatever Stripe says.
    pub(super) async fn clean_up(&self, wake_up: &WakeUp, deadline: Deadline, reach: Reach) -> Result<()> {
        let install = &wake_up.install;
        let (meta, connection) = self.store.meta_and_connection(install).await?;
        let Some(mut meta) = meta.filter(|meta| meta.pending_clean_up() == Some(&wake_up.generation)) else { return Ok(()) };
        let present = meta.active_generation().map(str::to_owned);
        // An installation that is active has only disconnected: its schedule went then, or is that of the next connection.
        let over = present.as_deref() != Some(&wake_up.generation);
        // First what would wake a worker. It must not keep the keys from going: the clean-up is repeated for it in the end.
        let unscheduled = if over { self.schedules.remove(install, &wake_up.generation).await } else { Ok(()) };
        let old = connection.as_ref().filter(|connection| present.as_deref() != Some(&connection.generation));
        if over {
            self.end_runs(install, &mut meta, old.as_slice(), &wake_up.generation).await?;
        }
        let mut left = false;
        if let Some(old) = old {
            let old = Connection { left_at: old.left_at.or(meta.uninstalled_at), ..old.clone() };
            if self.is_free(install, &old, deadline, reach).await? {
                self.store.remove_connection(install, &old).await?;
            } else {
                left = true;
            }
        }
        let kept = self.store.kept(install).await?;
        if over {
            let old: Vec<&Connection> = kept.iter().map(|(_, connection)| connection).collect();
            self.end_runs(install, &mut meta, &old, &wake_up.generation).await?;
        }
        for (sk, old) in kept {
            if self.is_free(install, &old, deadline, reach).await? {
                self.store.remove_kept(install, &sk).await?;
            } else {
                left = true;
            }
        }
        let settled = meta.cleanup_settles_at.is_none_or(|at| clock::now() >= at);
        // Everything else of an active installation goes on.
        if over && !self.expire_all(wake_up, connection, present.as_deref(), deadline).await? {
            return Ok(());
        }
        if left {
            tracing::warn!(%install, "the clean-up waits for Stripe");
            return Ok(());
        }
        unscheduled?;
        if !settled {
            tracing::info!(%install, "the clean-up waits until no worker can write any more");
            return Ok(());
        }
        if self.store.cleaned_up(install, &wake_up.generation, meta.cleanup_round).await? {
            tracing::info!(%install, "cleaned up");
        } else {
            tracing::info!(%install, "the clean-up was given more to do, by whoever sends the next message");
        }
        Ok(())
    }

    /// Ends the open runs of connections that are over: from here on every write that is conditional on a run fails. A worker in the
    /// middle of a page may still write what is not: from when on it cannot is kept with the install, since what is given an end before is
    /// given it again then.
    async fn end_runs(&self, install: &InstallId, meta: &mut Meta, over: &[&Connection], generation: &str) -> Result<()> {
        // No worker lives as long as its message stays away from others.
        let visibility = i64::try_from(self.limits.visibility.as_secs()).unwrap_or(i64::MAX);
        let mut settles_at = meta.cleanup_settles_at;
        for connection in over {
            let Some(open) = connection.current_run else { continue };
            let last_taken = match self.store.end_open_run(install, connection.connection, open).await? {
                Some(run) => run.touched_at.filter(|_| run.state == RunState::Running),
                // A disconnect has ended it.
                None => connection.left_at,
            };
            settles_at = settles_at.max(last_taken.map(|at| at.plus_seconds(visibility)).filter(|at| clock::now() < *at));
        }
        if settles_at != meta.cleanup_settles_at {
            self.store.settle_clean_up(install, generation, settles_at).await?;
            meta.cleanup_settles_at = settles_at;
        }
        Ok(())
    }

    /// Removes an older connection's endpoint; answers whether its key may be deleted.
    async fn is_free(&self, install: &InstallId, old: &Connection, deadline: Deadline, reach: Reach) -> Result<bool> {
        let aged = old.left_at.is_none_or(|at| clock::now() >= at.plus_seconds(KEY_KEPT_SECONDS));
        if reach == Reach::Nobody {
            return Ok(aged);
        }
        let key = match self.vault.open(install, Purpose::StripeApiKey, &old.sealed_key).await {
            Ok(key) => key,
            // A key that does not open is of no use to anybody.
            Err(Error::Internal(_)) => return Ok(true),
            Err(error) => return Err(error),
        };
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, &key).map_err(Error::internal)?;
        let url = url_of(&self.public_base_url, install);
        let known = old.webhook.as_ref().and_then(|webhook| webhook.endpoint_id.as_deref());
        let budget = STRIPE_BUDGET.min(deadline.remaining() / 2);
        let removal = endpoint::remove_all(&client, &url, known, Deadline::after(budget)).await;
        tracing::info!(%install, ?removal, aged, "webhook endpoint");
        Ok(aged || !matches!(removal, Removal::Later(_)))
    }

    /// Gives everything of older installations an end; answers whether all of it has one. If not, a message goes on.
    async fn expire_all(
        &self,
        wake_up: &WakeUp,
        connection: Option<Connection>,
        present: Option<&str>,
        deadline: Deadline,
    ) -> Result<bool> {
        // What a present connection writes has its own id in its keys; everything else is over.
        let keep = connection.filter(|connection| present == Some(&connection.generation));
        let ttl = self.retention(clock::now());
        let mut after: Option<String> = None;
        loop {
            if deadline.remaining() < PAGE_NEEDS {
                let again = WakeUp { reason: Reason::Cleanup, ..wake_up.clone() };
                self.queue.send(&again, &format!("cleanup:{}", clock::new_ulid())).await?;
                return Ok(false);
            }
            after = self.store.expire_page(&wake_up.install, keep.as_ref(), present, after.as_deref(), ttl).await?;
            if after.is_none() {
                return Ok(true);
            }
        }
    }
}

/// Whether an item belongs to a connection that is over.
fn is_over(sk: &str, keep: Option<&Connection>) -> bool {
    let remains = REMAINS.iter().any(|prefix| sk.starts_with(prefix));
    let kept = keep.is_some_and(|connection| sk.contains(&connection.connection.to_string()) || sk == "SUMMARY" || sk == "SETTINGS");
    remains && !kept
}

impl Store {
    async fn remove_connection(&self, install: &InstallId, old: &Connection) -> Result<()> {
        let sent = self.transact(vec![self.delete_connection(install, old.connection)?]).await?;
        if !sent.done() {
            tracing::info!(%install, "the connection was already replaced");
        }
        Ok(())
    }

    /// What reinstalls and disconnects put aside: older connections with their sealed keys, by sort key.
    async fn kept(&self, install: &InstallId) -> Result<Vec<(String, Connection)>> {
        let items = self.items(install, "CLEANUP#").await?;
        let named = items.into_iter().map(|item| {
            let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
            Ok((sk, from_item(item)?))
        });
        named.collect()
    }

    async fn remove_kept(&self, install: &InstallId, sk: &str) -> Result<()> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key(attr::PK, s(pk(install)))
            .key(attr::SK, s(sk))
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        Ok(())
    }

    /// Gives a page of items their end; answers where the next page begins.
    async fn expire_page(
        &self,
        install: &InstallId,
        keep: Option<&Connection>,
        present: Option<&str>,
        after: Option<&str>,
        ttl: i64,
    ) -> Result<Option<String>> {
        let start = after.map(|sk| std::collections::HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))]));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .projection_expression("sk, generation")
            .expression_attribute_values(":pk", s(pk(install)))
            .limit(PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let text = |item: &Item, name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let mut over = Vec::new();
        let mut last = None;
        for item in answer.items.unwrap_or_default() {
            last = text(&item, attr::SK);
            // The settings of the present installation are there before it has a connection.
            let own = present.is_some() && text(&item, "generation").as_deref() == present;
            over.extend(last.clone().filter(|sk| is_over(sk, keep) && !(own && sk == "SETTINGS")));
        }
        for part in over.chunks(WRITES) {
            futures::future::try_join_all(part.iter().map(|sk| self.expire(install, sk, ttl))).await?;
        }
        Ok(last.filter(|_| more))
    }

    async fn expire(&self, install: &InstallId, sk: &str, ttl: i64) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(attr::PK, s(pk(install)))
            .key(attr::SK, s(sk))
            .update_expression("SET #ttl = if_not_exists(#ttl, :ttl)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", attr::TTL)
            .expression_attribute_values(":ttl", n(ttl))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Notes that a clean-up is done, unless it was given more to do since it began; answers whether it is.
    async fn cleaned_up(&self, install: &InstallId, generation: &str, round: u64) -> Result<bool> {
        let same = if round == 0 { "(attribute_not_exists(cleanup_round) OR cleanup_round = :round)" } else { "cleanup_round = :round" };
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression("SET cleanup_state = :done REMOVE cleanup_settles_at")
            .condition_expression(format!("cleanup_generation = :generation AND {same}"))
            .expression_attribute_values(":done", s("done"))
            .expression_attribute_values(":generation", s(generation))
            .expression_attribute_values(":round", AttributeValue::N(round.to_string()))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Keeps from when on no worker can write what belongs to a generation that is over.
    async fn settle_clean_up(&self, install: &InstallId, generation: &str, at: Option<Millis>) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression("SET cleanup_settles_at = :at")
            .condition_expression("cleanup_generation = :generation")
            .expression_attribute_values(":at", to_attr(&at)?)
            .expression_attribute_values(":generation", s(generation))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Cancels a run that is open, whoever works on it; answers it as it was.
    async fn end_open_run(&self, install: &InstallId, connection: ulid::Ulid, id: ulid::Ulid) -> Result<Option<Run>> {
        let error = RunError { code: "cancelled".to_owned(), text: "The app was uninstalled.".to_owned() };
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Run(connection, id))))
            .update_expression("SET #state = :cancelled, finished_at = :now, #error = :error, attempt = attempt + :one")
            .condition_expression("#state IN (:queued, :running, :paused)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":cancelled", s("cancelled"))
            .expression_attribute_values(":queued", s("queued"))
            .expression_attribute_values(":running", s("running"))
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(":now", n(clock::now().0))
            .expression_attribute_values(":error", to_attr(&error)?)
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(answer) => answer.attributes.map(from_item).transpose(),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Notes that another run was asked for while one is open, and what asked, a person before all else; answers whether it is open still.
    pub(super) async fn ask_again(&self, install: &InstallId, connection: &Connection, open: ulid::Ulid, trigger: Trigger) -> Result<bool> {
        let by = if trigger == Trigger::Manual { ":by" } else { "if_not_exists(again_by, :by)" };
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(format!("SET again = :yes, again_by = {by}"))
            .expression_attribute_values(":by", to_attr(&trigger)?)
            .condition_expression("#connection = :connection AND current_run = :open")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":open", s(open.to_string()))
            .expression_attribute_values(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Keeps the id of the app's own ledger.
    pub(super) async fn remember_ledger(&self, install: &InstallId, connection: ulid::Ulid, ledger_id: &str) -> Result<()> {
        self.remember(install, connection, "ledger_id", s(ledger_id)).await
    }

    /// Remembers which account names were found free. Nothing happens when the connection is gone.
    pub(super) async fn remember_accounts(&self, install: &InstallId, connection: ulid::Ulid, accounts: &UsedNames) -> Result<()> {
        self.remember(install, connection, "accounts", to_attr(accounts)?).await
    }

    async fn remember(&self, install: &InstallId, connection: ulid::Ulid, attribute: &str, value: AttributeValue) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET #attribute = :value")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":value", value)
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}
