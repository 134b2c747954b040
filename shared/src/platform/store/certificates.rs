//! Certificates in the table, `PROOF`, newest first.

use ulid::Ulid;

use crate::model::certificate::Certificate;
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::platform::store::attribute::s;
use crate::platform::store::item::{known_item, known_items};
use crate::platform::store::keys::{ItemKind, Sk, key, pk};
use crate::platform::store::{Store, unavailable};

/// The maximum number of certificates in a page.
pub const MAX_CERTIFICATES_PAGE: i32 = 50;

/// A page of certificates.
#[derive(Debug)]
pub struct CertificatePage {
    /// Newest first.
    pub certificates: Vec<Certificate>,
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
    pub async fn page(self, install: &InstallId, connection: Ulid, before: Option<Ulid>, limit: i32) -> Result<CertificatePage> {
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(ItemKind::Proof.of_connection(connection)))
            .scan_index_forward(false)
            .limit(limit.clamp(1, MAX_CERTIFICATES_PAGE));
        if let Some(before) = before {
            query = query.set_exclusive_start_key(Some(key(install, &Sk::Proof(connection, before))));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let certificates: Vec<Certificate> = known_items(answer.items.unwrap_or_default())?;
        let next = certificates.last().map(|certificate| certificate.id).filter(|_| more);
        Ok(CertificatePage { certificates, next })
    }

    /// One certificate.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn get(self, install: &InstallId, connection: Ulid, id: Ulid) -> Result<Option<Certificate>> {
        let sk = Sk::Proof(connection, id);
        let answer =
            self.store.client.get_item().table_name(&self.store.table).set_key(Some(key(install, &sk))).consistent_read(true).send().await;
        let item = answer.map_err(|error| unavailable(error.into_service_error()))?.item;
        item.map_or(Ok(None), known_item)
    }
}
