//! Certificates in the table, `PROOF`, newest first.

pub(crate) mod stored;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::certificate::Certificate;
use crate::model::certificate::kept::StoredCertificate;
use crate::model::certificate::thinning::Reached;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::store::certificates::stored::{bytes, from_stored, is_known, name, to_stored};
use crate::platform::table::attribute::{Item, attr, n, s};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::sort_key;
use crate::platform::table::{Store, unavailable};

/// The maximum number of certificates in a page.
pub const MAX_CERTIFICATES_PAGE: i32 = 50;

/// The number of certificates that a run processes: their writes and its checkpoint are one
/// transaction.
pub(crate) const SEGMENT: i32 = 100;

/// A stored certificate of any layout. `None` when only a newer version knows its layout.
///
/// # Errors [`Error::Internal`] when the item is not a certificate.
pub fn kept_in(item: Item) -> Result<Option<StoredCertificate>> {
    from_stored(item)
}

/// A sealed certificate as an item.
///
/// # Errors
/// [`Error::Internal`] when it does not verify.
pub fn item_of(install: &InstallId, connection: Ulid, certificate: &Certificate) -> Result<Item> {
    to_stored(install, &Sk::Proof(connection, certificate.id), certificate)
}

/// Consecutive certificates of the chain.
#[derive(Debug, Default)]
pub(crate) struct ChainSegment {
    /// Oldest first.
    pub(crate) certificates: Vec<StoredCertificate>,
    /// Those of them that hold attributes of a newer version.
    pub(crate) of_newer: BTreeSet<Ulid>,
    /// Where the segment ends, if more follow.
    pub(crate) more: Option<Ulid>,
}

/// A page of certificates.
#[derive(Debug)]
pub struct CertificatePage {
    /// Newest first.
    pub certificates: Vec<StoredCertificate>,
    /// Where the next page begins.
    pub next: Option<Ulid>,
}

/// Certificates: `PROOF`.
#[derive(Debug, Clone, Copy)]
pub struct CertificateRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Certificates: `PROOF`.
    #[must_use]
    pub const fn certificates(&self) -> CertificateRepository<'_> {
        CertificateRepository { store: self }
    }
}

impl CertificateRepository<'_> {
    /// The certificates of a connection, newest first.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn page(
        self,
        install: &InstallId,
        connection: Ulid,
        before: Option<Ulid>,
        limit: i32,
    ) -> Result<CertificatePage> {
        let mut query = self
            .store
            .query(install, &ItemKind::Proof.of_connection(connection))
            .scan_index_forward(false)
            .limit(limit.clamp(1, MAX_CERTIFICATES_PAGE));
        if let Some(before) = before {
            query =
                query.set_exclusive_start_key(Some(key(install, &Sk::Proof(connection, before))));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let items = answer.items.unwrap_or_default().into_iter();
        let known = items.filter_map(|item| from_stored(item).transpose());
        let certificates = known.collect::<Result<Vec<StoredCertificate>>>()?;
        let next = certificates.last().map(StoredCertificate::id).filter(|_| more);
        Ok(CertificatePage { certificates, next })
    }

    /// One certificate.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn get(
        self,
        install: &InstallId,
        connection: Ulid,
        id: Ulid,
    ) -> Result<Option<StoredCertificate>> {
        let sk = Sk::Proof(connection, id);
        let item = self.store.get(install, &sk).await?;
        item.map_or(Ok(None), from_stored)
    }
}

impl CertificateRepository<'_> {
    /// The operation that stores a new certificate.
    pub(crate) fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        certificate: &Certificate,
    ) -> Result<TransactWriteItem> {
        self.store.put(item_of(install, connection, certificate)?)
    }

    /// The certificates from the last decided one on, and before an instant: one page.
    pub(crate) async fn segment(
        self,
        install: &InstallId,
        connection: Ulid,
        reached: Reached,
        before: Millis,
    ) -> Result<ChainSegment> {
        let end = Ulid::from_parts(u64::try_from(before.0).unwrap_or_default(), 0);
        let answer = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(
                ":from",
                s(Sk::Proof(connection, reached.after).to_string()),
            )
            .expression_attribute_values(":to", s(Sk::Proof(connection, end).to_string()))
            .consistent_read(true)
            .limit(SEGMENT)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.as_ref().and_then(|last| id_in(sort_key(last)));
        let mut segment = ChainSegment { more, ..ChainSegment::default() };
        for item in answer.items.unwrap_or_default() {
            let known = is_known(&item);
            let sk = sort_key(&item).to_owned();
            match from_stored(item) {
                Ok(Some(kept)) => {
                    segment.of_newer.extend(Some(kept.id()).filter(|_| !known));
                    segment.certificates.push(kept);
                }
                Ok(None) => {}
                // It fails the one who reads it. A run need not.
                Err(error) => {
                    tracing::warn!(%sk, cause = %error.chain(), "a certificate cannot be read");
                }
            }
        }
        Ok(segment)
    }

    /// The operation that thins a whole certificate: its text is removed, its line stays.
    pub(crate) fn thin(
        self,
        install: &InstallId,
        connection: Ulid,
        certificate: &Certificate,
    ) -> Result<TransactWriteItem> {
        let hash = certificate.hash.as_deref().unwrap_or_default();
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Proof(connection, certificate.id))))
            .update_expression("SET #thinned = :yes REMOVE #text")
            .condition_expression("#schema = :schema AND #hash = :hash AND attribute_exists(#text)")
            .expression_attribute_names("#thinned", name::THINNED)
            .expression_attribute_names("#text", name::TEXT)
            .expression_attribute_names("#hash", name::HASH)
            .expression_attribute_names("#schema", attr::SCHEMA)
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .expression_attribute_values(":hash", bytes(hash)?)
            .expression_attribute_values(":schema", n(ItemKind::Proof.schema()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn id_in(sk: &str) -> Option<Ulid> {
    sk.rsplit('#').next()?.parse().ok()
}
