//! After an uninstall: nothing that could act for the customer stays, and everything else gets an end.
//!
//! The clean-up names the generation it is for, and every delete is conditional on it, so that a late one cannot touch a reinstall.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::worker::Worker;
use crate::clock;
use crate::connection::Connection;
use crate::error::Result;
use crate::http::Deadline;
use crate::install::{CleanupState, InstallId};
use crate::queue::{Reason, WakeUp};
use crate::store::{Sk, Store, attr, from_item, key, n, pk, s, unavailable};

/// Items given an end at once.
const WRITES: usize = 16;
/// Items read in one page.
const PAGE: i32 = 200;
/// A page is not begun with less time than this.
const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(3);
/// Prefixes of what belongs to connections that are over.
const REMAINS: [&str; 11] =
    ["RUN#", "PROBLEM#", "CUSTOMER#", "DAY#", "PROOF#", "OPENING#", "OBJECT#", "READS#", "ALERT#", "SUMMARY", "SETTINGS"];

impl Worker {
    /// Removes the Stripe connection of a removed installation at once, then gives everything of it an end.
    pub(super) async fn clean_up(&self, wake_up: &WakeUp, deadline: Deadline) -> Result<()> {
        let install = &wake_up.install;
        let (meta, connection) = self.store.meta_and_connection(install).await?;
        let Some(meta) = meta.filter(|meta| meta.cleanup_generation.as_deref() == Some(&wake_up.generation)) else { return Ok(()) };
        if meta.cleanup_state != Some(CleanupState::Pending) {
            return Ok(());
        }
        let present = meta.active_generation().map(str::to_owned);
        if let Some(old) = connection.as_ref().filter(|connection| present.as_deref() != Some(&connection.generation)) {
            self.store.remove_connection(install, old).await?;
        }
        self.store.remove_kept(install).await?;
        // What a present connection writes has its own id in its keys; everything else is over.
        let keep = connection.filter(|connection| present.as_deref() == Some(&connection.generation));
        let ttl = self.retention(clock::now());
        let mut after: Option<String> = None;
        loop {
            if deadline.remaining() < PAGE_NEEDS {
                let again = WakeUp { reason: Reason::Cleanup, ..wake_up.clone() };
                return self.queue.send(&again, &format!("cleanup:{}", clock::new_ulid())).await;
            }
            after = self.store.expire_page(install, keep.as_ref(), after.as_deref(), ttl).await?;
            if after.is_none() {
                break;
            }
        }
        self.store.cleaned_up(install, &wake_up.generation).await?;
        tracing::info!(%install, "cleaned up");
        Ok(())
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

    /// Deletes what reinstalls put aside: older connections with their sealed keys.
    async fn remove_kept(&self, install: &InstallId) -> Result<()> {
        for item in self.items(install, "CLEANUP#").await? {
            let old: Connection = from_item(item)?;
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(key(install, &Sk::Cleanup(&old.generation))))
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
        }
        Ok(())
    }

    /// Gives a page of items their end; answers where the next page begins.
    async fn expire_page(&self, install: &InstallId, keep: Option<&Connection>, after: Option<&str>, ttl: i64) -> Result<Option<String>> {
        let start = after.map(|sk| std::collections::HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))]));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .projection_expression("sk")
            .expression_attribute_values(":pk", s(pk(install)))
            .limit(PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let sks: Vec<String> =
            answer.items.unwrap_or_default().iter().filter_map(|item| item.get(attr::SK)?.as_s().ok().cloned()).collect();
        let over: Vec<&String> = sks.iter().filter(|sk| is_over(sk, keep)).collect();
        for part in over.chunks(WRITES) {
            futures::future::try_join_all(part.iter().map(|sk| self.expire(install, sk, ttl))).await?;
        }
        Ok(sks.into_iter().next_back().filter(|_| more))
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

    async fn cleaned_up(&self, install: &InstallId, generation: &str) -> Result<()> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression("SET cleanup_state = :done")
            .condition_expression("cleanup_generation = :generation")
            .expression_attribute_values(":done", s("done"))
            .expression_attribute_values(":generation", s(generation))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Notes that another run was asked for while one is open; answers whether it is open still.
    pub(super) async fn ask_again(&self, install: &InstallId, connection: &Connection, open: ulid::Ulid) -> Result<bool> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET again = :yes")
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
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET ledger_id = :ledger")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":ledger", s(ledger_id))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}
