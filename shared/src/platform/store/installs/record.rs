//! Install events in the table. A first install is one conditional write: nothing is read first, so
//! that of two concurrent deliveries only one wins. A refusal returns the stored record. Everything
//! else is decided on that record, and written on condition that the keys are unchanged.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::candidates::CandidateKey;
use crate::model::install::id::InstallId;
use crate::model::install::meta::{Delivered, LateUninstall, Meta, Status};
use crate::model::install::seen::{SeenKey, fingerprint};
use crate::model::install::{InstallEvent, candidates};
use crate::model::sealed::Sealed;
use crate::model::time::Millis;
use crate::platform::queue::wake_ups::KeyCheck;
use crate::platform::store::installs::edit::Edit;
use crate::platform::table::attribute::{Item, attr, n, s, to_attr};
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::{FailedCondition, Store, Transacted, unavailable};

/// The partition of the sparse index that lists every install for operators and sweeps.
pub(crate) const INSTALLS_PARTITION: &str = "INSTALLS";

/// Within this many seconds, the order of two events is uncertain: the keys decide.
pub(crate) const UNCERTAIN_SECONDS: i64 = 600;

/// How often an event is decided again because concurrent writes changed the keys.
pub(crate) const MAX_TRIES: u32 = 12;

/// A request to the worker to check which keys Blnk Cloud accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The installation.
    pub generation: String,
    /// The occasion: the queue drops a request that was made a moment ago.
    pub why: KeyCheck,
}

/// The result of an install event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallOutcome {
    /// A first install.
    New,
    /// A removed install came back: a new generation that inherits nothing. If it was removed a
    /// moment ago, the key is checked, because this may be an older event that arrived late.
    Reinstalled(Option<Ask>),
    /// An active install received a key that waits until the current one is refused: same
    /// generation, same connection.
    Candidate(Ask),
    /// A known key, early or late. Nothing changed.
    Duplicate,
}

pub(crate) fn refused_item(error: UpdateItemError) -> Result<Option<Item>> {
    match error {
        UpdateItemError::ConditionalCheckFailedException(failed) => {
            Ok(failed.item.filter(|item| !item.is_empty()))
        }
        other => Err(unavailable(other)),
    }
}

/// The stored record when a transaction was refused whose first operation changes the record.
pub(crate) fn refused_meta(refusals: Vec<FailedCondition>) -> Result<Meta> {
    let item =
        refusals.into_iter().find(|refusal| refusal.at == 0).and_then(|refusal| refusal.item);
    from_item(item.ok_or_else(|| Error::internal("the refused change returned no record"))?)
}

pub(crate) fn mismatch() -> Error {
    Error::forbidden("mismatch", "The ids do not belong to this install.")
}

pub(crate) fn busy() -> Error {
    Error::unavailable("the database", "too many concurrent changes to the keys of an install")
}

/// Installs: `META` and what goes with it.
#[derive(Debug, Clone, Copy)]
pub struct InstallRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Installs: `META` and what goes with it.
    #[must_use]
    pub const fn installs(&self) -> InstallRepository<'_> {
        InstallRepository { store: self }
    }
}

impl InstallRepository<'_> {
    /// Records an install event whose key is already encrypted. One write for a first install, two
    /// for anything else.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the id is known with other ids, [`Error::Unavailable`].
    pub async fn install(
        self,
        event: &InstallEvent,
        sealed: &Sealed,
        generation: Ulid,
        now: Millis,
    ) -> Result<InstallOutcome> {
        let print = fingerprint(&event.install, &event.api_key);
        let Some(mut meta) = self.install_first(event, sealed, generation, now, &print).await?
        else {
            return Ok(InstallOutcome::New);
        };
        for _ in 0..MAX_TRIES {
            if !meta.is_of(
                Some(&event.app_id),
                Some(&event.instance_id),
                event.organization_id.as_deref(),
            ) {
                return Err(mismatch());
            }
            let (operations, outcome) = match meta.status {
                Status::Uninstalled if meta.knows(&print) => return Ok(InstallOutcome::Duplicate),
                Status::Uninstalled => {
                    self.reinstall(event, sealed, &meta, generation, now, &print)?
                }
                Status::Active => match meta.delivered(&print) {
                    Delivered::Known => return Ok(InstallOutcome::Duplicate),
                    // The wake-up may have been lost: the platform's redelivery makes up for it.
                    Delivered::Waiting(since) => {
                        return Ok(InstallOutcome::Candidate(asks(&meta, &print, since)));
                    }
                    Delivered::New => self.wait(event, sealed, &meta, now, &print)?,
                },
            };
            match self.store.transact(operations).await? {
                Transacted::Done => return Ok(outcome),
                Transacted::Refused(refusals) => meta = refused_meta(refusals)?,
            }
        }
        Err(busy())
    }

    /// Writes a record if there is none. Returns the existing one otherwise.
    async fn install_first(
        self,
        event: &InstallEvent,
        sealed: &Sealed,
        generation: Ulid,
        now: Millis,
        print: &str,
    ) -> Result<Option<Meta>> {
        let seen = std::collections::BTreeMap::from([(print, SeenKey { at: now, refused: false })]);
        let mut set = format!(
            "SET #status = :active, app_id = :app, instance_id = :instance, api_key_prefix = \
                :prefix, sealed_key = :sealed, \
                granted_permissions = :scopes, generation = :generation, installed_at = :now, \
                key_installed_at = :now, key_arrived_at = :now, \
                key_fingerprint = :print, keys_seen = :seen, keys_version = :one, {} = :index, {} = \
                :pk",
            attr::INSTALLS_PK,
            attr::INSTALLS_SK
        );
        let mut update = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .condition_expression("attribute_not_exists(pk)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":app", s(&event.app_id))
            .expression_attribute_values(":instance", s(&event.instance_id))
            .expression_attribute_values(":prefix", s(&event.api_key_prefix))
            .expression_attribute_values(":sealed", to_attr(sealed)?)
            .expression_attribute_values(":scopes", to_attr(&event.granted_permissions)?)
            .expression_attribute_values(":generation", s(generation.to_string()))
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":print", s(print))
            .expression_attribute_values(":seen", to_attr(&seen)?)
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":index", s(INSTALLS_PARTITION))
            .expression_attribute_values(":pk", s(pk(&event.install)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(organization) = &event.organization_id {
            set.push_str(", organization_id = :organization");
            update = update.expression_attribute_values(":organization", s(organization));
        }
        match update.update_expression(set).send().await {
            Ok(_) => Ok(None),
            Err(error) => {
                let item = refused_item(error.into_service_error())?
                    .ok_or_else(|| Error::internal("the refused install has no item"))?;
                from_item(item).map(Some)
            }
        }
    }

    /// Reinstalls a removed install.
    fn reinstall(
        self,
        event: &InstallEvent,
        sealed: &Sealed,
        meta: &Meta,
        generation: Ulid,
        now: Millis,
        print: &str,
    ) -> Result<(Vec<TransactWriteItem>, InstallOutcome)> {
        let brought = CandidateKey {
            fingerprint: print.to_owned(),
            sealed_key: Some(sealed.clone()),
            api_key_prefix: event.api_key_prefix.clone(),
            organization_id: event.organization_id.clone(),
            granted_permissions: event.granted_permissions.clone(),
        };
        // This event may have overtaken the uninstall, or the other way round.
        let removed_lately =
            meta.uninstall_received_at.filter(|at| now < at.plus_seconds(UNCERTAIN_SECONDS));
        let late = removed_lately.map(|received_at| LateUninstall {
            at: meta.uninstalled_at.unwrap_or(received_at),
            received_at: now,
        });
        let edit = begun(in_force(Edit::of(meta), meta, &brought, now, now)?, generation, now)
            .put("uninstall_pending", late.as_ref().map(to_attr).transpose()?);
        let ask = late.map(|_| Ask {
            generation: generation.to_string(),
            why: KeyCheck::Delivered { fingerprint: print.to_owned(), at: now },
        });
        Ok((vec![edit.build(self.store, &event.install)?], InstallOutcome::Reinstalled(ask)))
    }

    /// Stores a key for an active install as a candidate.
    fn wait(
        self,
        event: &InstallEvent,
        sealed: &Sealed,
        meta: &Meta,
        now: Millis,
        print: &str,
    ) -> Result<(Vec<TransactWriteItem>, InstallOutcome)> {
        let mut waiting = meta.candidates.clone();
        let (place, leaves) = candidates::take_in(&mut waiting, print, now);
        let left =
            leaves.map(|left| (left.fingerprint, SeenKey { at: left.arrived_at, refused: true }));
        let edit = Edit::of(meta)
            .set("candidates", to_attr(&waiting)?)
            .set("keys_seen", to_attr(&meta.known_with(left, meta.key_fingerprint.as_deref()))?)
            .remove(&["key_fingerprints"]);
        let mut set = "SET fingerprint = :print, sealed_key = :sealed, api_key_prefix = :prefix, \
            granted_permissions = :scopes"
            .to_owned();
        let mut item = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&event.install, &Sk::Key(place))))
            .expression_attribute_values(":print", s(print))
            .expression_attribute_values(":sealed", to_attr(sealed)?)
            .expression_attribute_values(":prefix", s(&event.api_key_prefix))
            .expression_attribute_values(":scopes", to_attr(&event.granted_permissions)?);
        match &event.organization_id {
            Some(organization) => {
                set.push_str(", organization_id = :organization");
                item = item.expression_attribute_values(":organization", s(organization));
            }
            None => set.push_str(" REMOVE organization_id"),
        }
        let item = item.update_expression(set).build().map_err(Error::internal)?;
        let operations = vec![
            edit.build(self.store, &event.install)?,
            TransactWriteItem::builder().update(item).build(),
        ];
        Ok((operations, InstallOutcome::Candidate(asks(meta, print, now))))
    }

    /// The key in a candidate's item, if the item still belongs to that candidate.
    pub(crate) async fn candidate_key(
        self,
        install: &InstallId,
        place: u8,
        print: &str,
    ) -> Result<Option<CandidateKey>> {
        let sk = Sk::Key(place);
        let item = self.store.get(install, &sk).await?;
        let found: Option<CandidateKey> = item.map(from_item).transpose()?;
        Ok(found.filter(|found| found.fingerprint == print && found.sealed_key.is_some()))
    }
}

/// The key check after a key was delivered.
fn asks(meta: &Meta, print: &str, since: Millis) -> Ask {
    Ask {
        generation: meta.generation.clone().unwrap_or_default(),
        why: KeyCheck::Delivered { fingerprint: print.to_owned(), at: since },
    }
}

/// A change that brings a key into force.
pub(crate) fn in_force(
    edit: Edit,
    meta: &Meta,
    brought: &CandidateKey,
    arrived: Millis,
    now: Millis,
) -> Result<Edit> {
    let print = brought.fingerprint.as_str();
    // The previous key was refused, or its installation is over. From then on it is a known key.
    let refused = meta.status == Status::Active;
    let before = meta
        .key_fingerprint
        .clone()
        .map(|before| (before, SeenKey { at: meta.key_arrived(), refused }));
    let own = (print.to_owned(), SeenKey { at: arrived, refused: false });
    // A pause caused by a key ends once the current key is newer.
    let since = now.max(Millis(meta.key_installed_at.0.saturating_add(1)));
    let mut edit = edit
        .set("sealed_key", to_attr(&brought.sealed_key)?)
        .set("api_key_prefix", s(&brought.api_key_prefix))
        .set("granted_permissions", to_attr(&brought.granted_permissions)?)
        .set("key_installed_at", n(since.0))
        .set("key_arrived_at", n(arrived.0))
        .set("key_fingerprint", s(print))
        .set("keys_seen", to_attr(&meta.known_with(before.into_iter().chain([own]), Some(print)))?)
        .remove(&["key_fingerprints"]);
    if let Some(organization) = &brought.organization_id {
        edit = edit.set("organization_id", s(organization));
    }
    Ok(edit)
}

/// A change that begins an installation.
pub(crate) fn begun(edit: Edit, generation: Ulid, now: Millis) -> Edit {
    edit.set("#status", s("active"))
        .set("generation", s(generation.to_string()))
        .set("installed_at", n(now.0))
        .remove(&["uninstalled_at"])
}
