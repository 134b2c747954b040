//! The pause of a run: one transaction.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use crate::model::connection::{Connection, Pause};
use crate::model::error::{Error, Result};
use crate::model::run::RunError;
use crate::platform::store::runs::{Fence, RunRepository, fenced};
use crate::platform::table::attribute::attr::ATTEMPTS_WITHOUT_PROGRESS;
use crate::platform::table::attribute::{n, s, to_attr};
use crate::platform::table::keys::{Sk, key};

impl RunRepository<'_> {
    /// Pauses a run until a person acts. It stays the open run. Nothing is written when the Stripe
    /// key was replaced since `connection` was read: the wake-up that came with the new key then
    /// continues the run.
    pub(crate) async fn pause(
        self,
        fence: &Fence,
        connection: &Connection,
        pause: &Pause,
    ) -> Result<bool> {
        let run = fenced(fence, Update::builder().table_name(&self.store.table))
            .update_expression(format!(
                "SET #state = :paused, #error = :error, {ATTEMPTS_WITHOUT_PROGRESS} = :zero \
                    REMOVE waiting"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(
                ":error",
                to_attr(&RunError { code: pause.code.clone(), text: pause.reason.clone() })?,
            )
            .expression_attribute_values(":zero", n(0))
            .build()
            .map_err(Error::internal)?;
        let connection = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Stripe)))
            .update_expression("SET paused = :paused")
            .condition_expression(
                "#connection = :connection AND current_run = :run AND sealed_key = :key",
            )
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(fence.connection.to_string()))
            .expression_attribute_values(":run", s(fence.run.to_string()))
            .expression_attribute_values(":key", to_attr(&connection.sealed_key)?)
            .expression_attribute_values(":paused", to_attr(pause)?)
            .build()
            .map_err(Error::internal)?;
        let operations = vec![
            TransactWriteItem::builder().update(run).build(),
            TransactWriteItem::builder().update(connection).build(),
        ];
        Ok(self.store.transact(operations).await?.done())
    }
}
