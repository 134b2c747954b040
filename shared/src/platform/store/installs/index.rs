//! All installs, page by page, over the sparse index `installs`: for the sweep.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::platform::store::installs::record::{INSTALLS_PARTITION, InstallRepository};
use crate::platform::table::attribute::{attr, s};
use crate::platform::table::keys::pk;
use crate::platform::table::unavailable;

/// Installs in a page of the index.
pub(crate) const PAGE: i32 = 50;

impl InstallRepository<'_> {
    /// A page of all installs in the order of their keys, and whether there are more.
    pub(crate) async fn page(self, after: Option<&InstallId>) -> Result<(Vec<InstallId>, bool)> {
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .index_name(INSTALLS_INDEX)
            .key_condition_expression(format!("{} = :all", attr::INSTALLS_PK))
            .expression_attribute_values(":all", s(INSTALLS_PARTITION))
            .projection_expression(attr::INSTALLS_SK)
            .limit(PAGE);
        if let Some(install) = after {
            query = query
                .key_condition_expression(format!(
                    "{} = :all AND {} > :after",
                    attr::INSTALLS_PK,
                    attr::INSTALLS_SK
                ))
                .expression_attribute_values(":after", s(pk(install)));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let id =
            |key: &AttributeValue| InstallId::parse(key.as_s().ok()?.strip_prefix("INSTALL#")?);
        Ok((
            answer
                .items
                .unwrap_or_default()
                .iter()
                .filter_map(|item| id(item.get(attr::INSTALLS_SK)?))
                .collect(),
            more,
        ))
    }
}

/// The sparse index over all installs.
pub(crate) const INSTALLS_INDEX: &str = "installs";
