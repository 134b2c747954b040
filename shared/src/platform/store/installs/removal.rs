//! Uninstall events in the table. An ordinary one is one write, and from then on every session, run
//! and launch of the install is refused. One that may be about an earlier installation ends nothing
//! on its own.

use aws_sdk_dynamodb::types::{
    ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use crate::model::error::{Error, Result};
use crate::model::install::UninstallEvent;
use crate::model::install::candidates::Candidate;
use crate::model::install::id::InstallId;
use crate::model::install::meta::{CleanupState, LateUninstall, Meta, Status};
use crate::model::install::seen::SeenKey;
use crate::model::time::Millis;
use crate::platform::queue::wake_ups::KeyCheck;
use crate::platform::store::installs::edit::Edit;
use crate::platform::store::installs::record::{
    Ask, InstallRepository, MAX_TRIES, UNCERTAIN_SECONDS, busy, mismatch, refused_item,
    refused_meta,
};
use crate::platform::table::Transacted;
use crate::platform::table::attribute::attr::UNINSTALL_RECEIVED_AT;
use crate::platform::table::attribute::{n, s, to_attr};
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key};

/// The result of an uninstall event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UninstallOutcome {
    /// Removed now. This generation has to be cleaned up.
    Removed(String),
    /// Removed now, but a key was delivered long after the uninstall happened: if Blnk Cloud
    /// accepts it, it begins a new installation.
    Overtaken(String, Ask),
    /// Removed before. This generation may still have to be cleaned up.
    Already(Option<String>),
    /// It may be about the previous installation: the keys are checked, and the event ends nothing
    /// on its own.
    Late(Ask),
    /// Older than the current installation. Nothing changed.
    Stale,
    /// No such install. Nothing to do.
    Unknown,
}

/// What the date of an uninstall means for an active install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dated {
    /// After everything that is stored, or so long before a candidate that the candidate belongs to
    /// another installation.
    After,
    /// Shortly before a key was delivered.
    ShortlyBefore,
    /// Long before the current key was delivered.
    LongBefore,
}

fn dated(meta: &Meta, at: Millis) -> Dated {
    let shortly = |arrived: Millis| at < arrived && arrived <= at.plus_seconds(UNCERTAIN_SECONDS);
    if at < meta.key_arrived() {
        return if shortly(meta.key_arrived()) { Dated::ShortlyBefore } else { Dated::LongBefore };
    }
    if meta.candidates.iter().any(|candidate| shortly(candidate.arrived_at)) {
        Dated::ShortlyBefore
    } else {
        Dated::After
    }
}

impl InstallRepository<'_> {
    /// Records an uninstall event. One write, unless the install's keys require more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the sent ids do not match, [`Error::Unavailable`].
    pub async fn uninstall(self, event: &UninstallEvent, now: Millis) -> Result<UninstallOutcome> {
        let happened = event.happened(now);
        let mut meta = match self.uninstall_at_once(event, happened, now).await? {
            Ok(outcome) => return Ok(outcome),
            Err(meta) => *meta,
        };
        for _ in 0..MAX_TRIES {
            if !meta.is_of(
                event.app_id.as_deref(),
                event.instance_id.as_deref(),
                event.organization_id.as_deref(),
            ) {
                return Err(mismatch());
            }
            if meta.status == Status::Uninstalled {
                let pending = meta.cleanup_state == Some(CleanupState::Pending);
                return Ok(UninstallOutcome::Already(meta.cleanup_generation.filter(|_| pending)));
            }
            let generation = meta.generation.clone().unwrap_or_default();
            let (operations, outcome) = match dated(&meta, happened) {
                Dated::LongBefore => return Ok(UninstallOutcome::Stale),
                Dated::ShortlyBefore => {
                    // A repeated event is decided at the time at which the first one would have
                    // been.
                    let before = meta.uninstall_pending;
                    let received_at = before.map_or(now, |before| before.received_at);
                    let late = LateUninstall {
                        at: before.map_or(happened, |before| before.at.max(happened)),
                        received_at,
                    };
                    let edit = Edit::of(&meta).set("uninstall_pending", to_attr(&late)?);
                    let ask = Ask { generation, why: KeyCheck::Uninstall(received_at) };
                    (vec![edit.build(self.store, &event.install)?], UninstallOutcome::Late(ask))
                }
                Dated::After => {
                    let ask = Ask { generation: generation.clone(), why: KeyCheck::Uninstall(now) };
                    match self.removal(&event.install, &meta, happened, now)? {
                        (operations, true) => {
                            (operations, UninstallOutcome::Overtaken(generation, ask))
                        }
                        (operations, false) => (operations, UninstallOutcome::Removed(generation)),
                    }
                }
            };
            match self.store.transact(operations).await? {
                Transacted::Done => return Ok(outcome),
                Transacted::Refused(refusals) => meta = refused_meta(refusals)?,
            }
        }
        Err(busy())
    }

    /// The ordinary uninstall, for an install without candidates and after the delivery of its key:
    /// one write. Otherwise returns the record, if there is one.
    async fn uninstall_at_once(
        self,
        event: &UninstallEvent,
        happened: Millis,
        now: Millis,
    ) -> Result<std::result::Result<UninstallOutcome, Box<Meta>>> {
        let mut condition =
            "#status = :active AND key_installed_at <= :at AND attribute_not_exists(candidates)"
                .to_owned();
        let mut update = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":uninstalled", s("uninstalled"))
            .expression_attribute_values(":pending", s("pending"))
            .expression_attribute_values(":at", n(happened.0))
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, placeholder, value) in
            [("app_id", ":app", &event.app_id), ("instance_id", ":instance", &event.instance_id)]
        {
            if let Some(value) = value {
                condition.push_str(&format!(" AND {name} = {placeholder}"));
                update = update.expression_attribute_values(placeholder, s(value));
            }
        }
        if let Some(organization) = &event.organization_id {
            condition.push_str(
                " AND (attribute_not_exists(organization_id) OR organization_id = :organization)",
            );
            update = update.expression_attribute_values(":organization", s(organization));
        }
        let sent = update
            .update_expression(format!(
                "SET #status = :uninstalled, uninstalled_at = :at, {UNINSTALL_RECEIVED_AT} = :now, \
                    cleanup_generation = generation, cleanup_state = :pending \
                 ADD cleanup_round :one, keys_version :one \
                 REMOVE generation, sealed_key, installed_at, cleanup_settles_at, \
                 uninstall_pending, key_fingerprint"
            ))
            .condition_expression(condition)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let old: Meta = from_item(
                    answer
                        .attributes
                        .ok_or_else(|| Error::internal("the uninstall returned no old record"))?,
                )?;
                Ok(Ok(UninstallOutcome::Removed(old.generation.unwrap_or_default())))
            }
            Err(error) => match refused_item(error.into_service_error())? {
                Some(item) => Ok(Err(Box::new(from_item(item)?))),
                None => Ok(Ok(UninstallOutcome::Unknown)),
            },
        }
    }

    /// The operations that remove an installation, with the first of them on the record, and
    /// whether a key was delivered after the uninstall happened that may begin a new installation:
    /// that key is kept.
    pub(crate) fn removal(
        self,
        install: &InstallId,
        meta: &Meta,
        at: Millis,
        now: Millis,
    ) -> Result<(Vec<TransactWriteItem>, bool)> {
        let (later, over): (Vec<Candidate>, Vec<Candidate>) = meta
            .candidates
            .iter()
            .cloned()
            .partition(|candidate| candidate.refused_at.is_none() && candidate.arrived_at > at);
        let known = over.iter().map(|candidate| {
            (candidate.fingerprint.clone(), SeenKey { at: candidate.arrived_at, refused: false })
        });
        let edit = Edit::of(meta)
            .set("#status", s("uninstalled"))
            .set("uninstalled_at", n(at.0))
            .set(UNINSTALL_RECEIVED_AT, n(now.0))
            .copy("cleanup_generation", "generation")
            .set("cleanup_state", s("pending"))
            .set("keys_seen", to_attr(&meta.known_with(known, None))?)
            .put(
                "candidates",
                Some(&later).filter(|later| !later.is_empty()).map(to_attr).transpose()?,
            )
            .raise("cleanup_round")
            .remove(&[
                "generation",
                "sealed_key",
                "installed_at",
                "cleanup_settles_at",
                "uninstall_pending",
            ])
            .remove(&["key_fingerprint", "key_fingerprints"]);
        let mut operations = vec![edit.build(self.store, install)?];
        for candidate in &over {
            operations.push(self.without_key(install, candidate.place)?);
        }
        Ok((operations, !later.is_empty()))
    }

    /// The operation that removes the key from a candidate's item. The clean-up removes the rest of
    /// it.
    fn without_key(self, install: &InstallId, place: u8) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Key(place))))
            .update_expression("REMOVE sealed_key, fingerprint")
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
