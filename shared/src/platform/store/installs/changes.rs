//! The changes that follow from key checks. Each is one transaction, conditional on the keys being
//! the ones that were checked.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::error::{Error, Result};
use crate::model::install::candidates::{Candidate, CandidateKey};
use crate::model::install::id::InstallId;
use crate::model::install::meta::{Meta, Status};
use crate::model::install::seen::SeenKey;
use crate::model::retention::Retention;
use crate::model::time::Millis;
use crate::platform::store::installs::edit::Edit;
use crate::platform::store::installs::record::{InstallRepository, begun, in_force};
use crate::platform::table::attribute::to_attr;
use crate::platform::table::keys::Sk;

/// The time and ids with which a key comes into force.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyChange {
    /// The current time.
    pub(crate) now: Millis,
    /// The id of the audit entry, and of the installation if a new one begins.
    pub(crate) id: Ulid,
    /// The retention of the audit trail.
    pub(crate) retention: Retention,
}

impl InstallRepository<'_> {
    /// Brings a candidate's key into force, with its grants: in the current installation, or in a
    /// new one if the last is over. Returns whether the keys were unchanged.
    pub(crate) async fn bring_into_force(
        self,
        install: &InstallId,
        meta: &Meta,
        candidate: &Candidate,
        key: &CandidateKey,
        change: KeyChange,
    ) -> Result<bool> {
        let others: Vec<&Candidate> =
            meta.candidates.iter().filter(|other| other.place != candidate.place).collect();
        let mut edit = in_force(Edit::of(meta), meta, key, candidate.arrived_at, change.now)?.put(
            "candidates",
            Some(&others).filter(|others| !others.is_empty()).map(to_attr).transpose()?,
        );
        if meta.status == Status::Uninstalled {
            edit = begun(edit, change.id, change.now);
        }
        let activity = Activity {
            kind: Kind::BlnkKeyReplaced,
            at: change.now,
            launch_id: None,
            subject: Some(key.api_key_prefix.clone()),
            ttl: change.retention.expiry(change.now),
        };
        let operations = vec![
            edit.build(self.store, install)?,
            self.delete_candidate(install, candidate.place)?,
            self.store.activity().put(install, change.id, &activity)?,
        ];
        Ok(self.store.transact(operations).await?.done())
    }

    /// Records that Blnk Cloud has refused these candidates. Without an installation left for them
    /// to wait for, they are removed. Returns whether the keys were unchanged.
    pub(crate) async fn refuse(
        self,
        install: &InstallId,
        meta: &Meta,
        refused: &[String],
        now: Millis,
    ) -> Result<bool> {
        let is_refused = |candidate: &Candidate| refused.contains(&candidate.fingerprint);
        let edit = Edit::of(meta);
        let operations = match meta.status {
            Status::Active => {
                let noted = |candidate: &Candidate| Candidate {
                    refused_at: candidate
                        .refused_at
                        .or(Some(now).filter(|_| is_refused(candidate))),
                    ..candidate.clone()
                };
                let noted: Vec<Candidate> = meta.candidates.iter().map(noted).collect();
                if noted == meta.candidates {
                    return Ok(true);
                }
                vec![edit.set("candidates", to_attr(&noted)?).build(self.store, install)?]
            }
            Status::Uninstalled => {
                let (over, waiting): (Vec<Candidate>, Vec<Candidate>) =
                    meta.candidates.iter().cloned().partition(is_refused);
                let known = over.iter().map(|over| {
                    (over.fingerprint.clone(), SeenKey { at: over.arrived_at, refused: false })
                });
                let edit = edit
                    .set("keys_seen", to_attr(&meta.known_with(known, None))?)
                    .put(
                        "candidates",
                        Some(&waiting)
                            .filter(|waiting| !waiting.is_empty())
                            .map(to_attr)
                            .transpose()?,
                    )
                    .remove(&["key_fingerprints"]);
                let mut operations = vec![edit.build(self.store, install)?];
                for candidate in &over {
                    operations.push(self.delete_candidate(install, candidate.place)?);
                }
                operations
            }
        };
        Ok(self.store.transact(operations).await?.done())
    }

    /// A late uninstall was not about this installation: it stays. Returns whether the keys were
    /// unchanged.
    pub(crate) async fn stays(self, install: &InstallId, meta: &Meta) -> Result<bool> {
        let edit = Edit::of(meta).remove(&["uninstall_pending"]);
        Ok(self.store.transact(vec![edit.build(self.store, install)?]).await?.done())
    }

    /// A late uninstall was about this installation: it is removed. Returns whether the keys were
    /// unchanged.
    pub(crate) async fn remove_late(
        self,
        install: &InstallId,
        meta: &Meta,
        at: Millis,
        now: Millis,
    ) -> Result<bool> {
        let (operations, _) = self.removal(install, meta, at, now)?;
        Ok(self.store.transact(operations).await?.done())
    }

    /// The operation that deletes a candidate's item.
    pub(crate) fn delete_candidate(
        self,
        install: &InstallId,
        place: u8,
    ) -> Result<TransactWriteItem> {
        let key = crate::platform::table::keys::key(install, &Sk::Key(place));
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
