//! `ACTIVITY`: the audit trail.

use aws_sdk_dynamodb::types::TransactWriteItem;
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::platform::store::span::Span;
use crate::platform::table::attribute::{Item, attr, s, to_attr};
use crate::platform::table::item::{known_item, to_item};
use crate::platform::table::keys::{Sk, pk};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::{Store, unavailable};

/// The maximum number of entries in a page.
pub const MAX_ACTIVITY_PAGE: i32 = 100;

/// The maximum number of entries that one read examines.
pub(crate) const MAX_ACTIVITY_LOOKED_AT: i32 = 500;

/// The audit trail: `ACTIVITY`.
#[derive(Debug, Clone, Copy)]
pub struct ActivityRepository<'s> {
    store: &'s Store,
}

impl Store {
    /// The audit trail: `ACTIVITY`.
    #[must_use]
    pub const fn activity(&self) -> ActivityRepository<'_> {
        ActivityRepository { store: self }
    }
}

/// An entry of the audit trail and its id.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Its id.
    pub id: Ulid,
    /// Its content.
    pub activity: Activity,
}

/// A page of the trail.
#[derive(Debug)]
pub(crate) struct ActivityPage {
    /// Newest first.
    pub(crate) entries: Vec<AuditEntry>,
    /// Where the next page begins.
    pub(crate) next: Option<Ulid>,
}

impl ActivityRepository<'_> {
    /// The operation that writes an entry, for use in a transaction.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Internal`].
    pub fn put(self, install: &InstallId, id: Ulid, entry: &Activity) -> Result<TransactWriteItem> {
        self.store.put(to_item(install, &Sk::Activity(id), entry)?)
    }

    /// A page of the entries of a span, newest first, in one read. A filter is applied after the
    /// read, so there may be fewer than requested although more follow.
    pub(crate) async fn page(
        self,
        install: &InstallId,
        span: &Span,
        kind: Option<Kind>,
        limit: i32,
    ) -> Result<ActivityPage> {
        let Some((first, last)) = span.ids() else {
            return Ok(ActivityPage { entries: Vec::new(), next: None });
        };
        let limit = limit.clamp(1, MAX_ACTIVITY_LOOKED_AT);
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":first", s(Sk::Activity(first).to_string()))
            .expression_attribute_values(":last", s(Sk::Activity(last).to_string()))
            .scan_index_forward(false)
            .consistent_read(true);
        query = match kind {
            None => query.limit(limit),
            Some(kind) => query
                .limit(MAX_ACTIVITY_LOOKED_AT)
                .filter_expression("#kind = :kind")
                .expression_attribute_names("#kind", "kind")
                .expression_attribute_values(":kind", to_attr(&kind)?),
        };
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let mut next = answer.last_evaluated_key.as_ref().and_then(id_of);
        let mut entries = Vec::new();
        for item in answer.items.unwrap_or_default() {
            let Some(id) = id_of(&item) else { continue };
            entries.extend(known_item(item)?.map(|activity| AuditEntry { id, activity }));
        }
        let most = usize::try_from(limit).unwrap_or_default();
        if entries.len() > most {
            entries.truncate(most);
            next = entries.last().map(|entry| entry.id);
        }
        Ok(ActivityPage { entries, next })
    }
}

fn id_of(item: &Item) -> Option<Ulid> {
    item.get(attr::SK)?.as_s().ok()?.strip_prefix(ItemKind::Activity.prefix())?.parse().ok()
}
