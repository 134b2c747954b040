//! Settings in the table, `SETTINGS`, replaced as a whole on the condition of their revision.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use ulid::Ulid;

use crate::model::activity::Activity;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::session::session_over;
use crate::model::settings::Settings;
use crate::platform::table::attribute::{s, to_attr};
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::Sk;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, Transacted};

/// Settings: `SETTINGS`.
#[derive(Debug, Clone, Copy)]
pub struct SettingsRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Settings: `SETTINGS`.
    #[must_use]
    pub const fn settings(&self) -> SettingsRepository<'_> {
        SettingsRepository { store: self }
    }
}

impl SettingsRepository<'_> {
    /// The settings of an installation.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn read(self, install: &InstallId, generation: &str) -> Result<Settings> {
        let item = self.store.get(install, &Sk::Settings).await?;
        Ok(Settings::of(item.map(from_item).transpose()?, generation))
    }

    /// Replaces the settings of the previous revision, with an entry in the audit trail. One
    /// transaction.
    ///
    /// # Errors Unauthorized when the installation is over, [`Error::Conflict`] when another change
    /// was faster, [`Error::Unavailable`].
    pub async fn put(
        self,
        install: &InstallId,
        settings: &Settings,
        activity: &Activity,
        id: Ulid,
    ) -> Result<()> {
        let before = settings.revision.saturating_sub(1);
        let generation = s(&settings.generation);
        let operation = TransactWriteItem::builder();
        let write = if before == 0 {
            // The settings of an earlier installation are replaced completely.
            let put = Put::builder()
                .table_name(&self.store.table)
                .set_item(Some(to_item(install, &Sk::Settings, settings)?))
                .condition_expression("attribute_not_exists(pk) OR generation <> :generation")
                .expression_attribute_values(":generation", generation);
            operation.put(put.build().map_err(Error::internal)?)
        } else {
            let update = Rewrite::of(install, &Sk::Settings, settings, None)?
                .update(&self.store.table)
                .condition_expression("generation = :generation AND revision = :before")
                .expression_attribute_values(":generation", generation)
                .expression_attribute_values(":before", to_attr(&before)?);
            operation.update(update.build().map_err(Error::internal)?)
        };
        let operations = vec![
            self.store.installs().active_in(install, &settings.generation)?,
            write.build(),
            self.store.activity().put(install, id, activity)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                Err(session_over())
            }
            Transacted::Refused(_) => Err(changed_meanwhile()),
        }
    }
}

/// The refusal of a change that is based on an older revision.
#[must_use]
pub fn changed_meanwhile() -> Error {
    Error::conflict("changed_meanwhile", "The settings were changed by someone else. Reload them.")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::settings::Interval;

    use crate::platform::table::attribute::Item;

    #[test]
    fn settings_of_another_installation_count_as_absent_and_what_was_never_stored_has_its_default()
    {
        let mut chosen = Settings {
            generation: "01A".into(),
            revision: 3,
            interval: Interval::Off,
            ..Settings::default()
        };
        chosen.ceilings.insert("JPY".parse().unwrap(), u64::MAX);
        let item: Item = serde_dynamo::to_item(&chosen).unwrap();
        let stored: Settings = from_item(item).unwrap();
        assert_eq!(Settings::of(Some(stored.clone()), "01A"), chosen);
        let other = Settings::of(Some(stored), "01B");
        assert_eq!(
            (other.generation.as_str(), other.revision, other.interval),
            ("01B", 0, Interval::Hourly),
            "a reinstall inherits nothing"
        );
        let sparse: Settings =
            from_item(Item::from([("generation".to_owned(), s("01A"))])).unwrap();
        assert!(
            sparse.personal_data.email && !sparse.match_by_email && sparse.start_date.is_none()
        );
    }
}
