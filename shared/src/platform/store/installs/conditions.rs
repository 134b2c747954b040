//! Operations on the install record for use in other transactions.

use aws_sdk_dynamodb::types::{
    ConditionCheck, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::install::{LaunchEvent, Meta};
use crate::platform::store::installs::record::{InstallRepository, mismatch};
use crate::platform::table::attribute::{Item, n, s};
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key};

impl InstallRepository<'_> {
    /// The condition for a launch of this event, as an operation in a transaction.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn launchable(self, event: &LaunchEvent) -> Result<TransactWriteItem> {
        let mut condition =
            "#status = :active AND app_id = :app AND instance_id = :instance".to_owned();
        let mut check = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":app", s(&event.app_id))
            .expression_attribute_values(":instance", s(&event.instance_id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(organization) = &event.organization_id {
            condition.push_str(
                " AND (attribute_not_exists(organization_id) OR organization_id = :organization)",
            );
            check = check.expression_attribute_values(":organization", s(organization));
        }
        let check = check.condition_expression(condition).build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Why a launch was refused, from the record that refused it.
    ///
    /// # Errors
    /// Always: the error is the result.
    pub fn launch_refused(event: &LaunchEvent, item: Option<Item>) -> Error {
        let stored: Meta = match item.map(from_item).transpose() {
            Ok(Some(stored)) => stored,
            Ok(None) => return Error::NotFound,
            Err(error) => return error,
        };
        if !stored.is_of(
            Some(&event.app_id),
            Some(&event.instance_id),
            event.organization_id.as_deref(),
        ) {
            return mismatch();
        }
        Error::conflict("inactive", "The app is no longer installed.")
    }

    /// The condition that an install is active in a generation. It is part of every transaction
    /// that stores a key or creates a run.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn active_in(self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .condition_expression("#status = :active AND generation = :generation")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":generation", s(generation))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

impl InstallRepository<'_> {
    /// The operation that requests a clean-up of what an active installation has put aside. Refused
    /// when the install is not active in this generation, or when another generation's clean-up is
    /// pending.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn clean_up_in(self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression(
                "SET cleanup_generation = :generation, cleanup_state = :pending ADD \
                    cleanup_round :one",
            )
            .condition_expression(
                "#status = :active AND generation = :generation AND \
                    (attribute_not_exists(cleanup_state) OR cleanup_state <> :pending OR \
                    cleanup_generation = :generation)",
            )
            .expression_attribute_values(":pending", s("pending"));
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    /// The operation that gives more work to a pending clean-up of the generation `pending`.
    /// Refused when the install is not active in its generation, or when that clean-up has ended:
    /// no worker would process what is set aside.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn clean_up_more_in(
        self,
        install: &InstallId,
        generation: &str,
        pending: &str,
    ) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression("ADD cleanup_round :one")
            .condition_expression(
                "#status = :active AND generation = :generation AND cleanup_state = :pending AND \
                 cleanup_generation = :cleaned",
            )
            .expression_attribute_values(":pending", s("pending"))
            .expression_attribute_values(":cleaned", s(pending));
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    /// The operation with which an active installation puts aside what an older one has left, whose
    /// clean-up has not ended yet. Refused when the install is not active in this generation.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_aside_in(self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression("ADD cleanup_round :one")
            .condition_expression("#status = :active AND generation = :generation");
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    fn more_to_clean_up(
        self,
        install: &InstallId,
        generation: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":generation", s(generation))
            .expression_attribute_values(":one", n(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}
