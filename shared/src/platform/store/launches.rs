//! Launches and sessions in the table.

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::error::{Error, Result};
use crate::model::install::{LaunchEvent, Meta};
use crate::model::retention::Retention;
use crate::model::secret_versions::Versions;
use crate::model::session::portal::{
    Portal, Redeemed, SessionLimits, not_renewable, refused, session_over,
};
use crate::model::session::redemption::IDS;
use crate::model::session::{Bearer, Launch, RedemptionId};
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::store::installs::record::InstallRepository;
use crate::platform::table::attribute::{n, s};
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::{FailedCondition, Store, Transacted};

/// The seconds of a day, for retention.
pub(crate) const DAY_SECONDS: i64 = 86_400;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LaunchItem {
    created: Millis,
    redemptions: u32,
    ttl: i64,
}

/// Launches: `LAUNCH`.
#[derive(Debug, Clone, Copy)]
pub struct LaunchRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Launches: `LAUNCH`.
    #[must_use]
    pub const fn launches(&self) -> LaunchRepository<'_> {
        LaunchRepository { store: self }
    }
}

impl LaunchRepository<'_> {
    /// Records a launch if the install is active and the ids match, and returns it with its id. One
    /// transaction.
    ///
    /// # Errors
    /// Not found, forbidden or conflict, depending on the record; [`Error::Unavailable`].
    pub async fn record(
        self,
        event: &LaunchEvent,
        id: Ulid,
        now: Millis,
        retention: Retention,
    ) -> Result<Launch> {
        let item = LaunchItem { created: now, redemptions: 0, ttl: now.seconds() + DAY_SECONDS };
        let put = Put::builder()
            .table_name(&self.store.table)
            .set_item(Some(to_item(&event.install, &Sk::Launch(id), &item)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        let activity = Activity {
            kind: Kind::Launched,
            at: now,
            launch_id: Some(id.to_string()),
            subject: event.user_id.clone(),
            ttl: retention.expiry(now),
        };
        let operations = vec![
            self.store.installs().launchable(event)?,
            TransactWriteItem::builder().put(put).build(),
            self.store.activity().put(&event.install, id, &activity)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => Ok(Launch { install: event.install.clone(), id }),
            Transacted::Refused(refusals) => {
                match refusals.into_iter().find(|refusal| refusal.at == 0) {
                    Some(refusal) => Err(InstallRepository::launch_refused(event, refusal.item)),
                    None => Err(Error::internal("a launch id was used twice")),
                }
            }
        }
    }

    /// Exchanges a launch token for a bearer token, at most `limits.redemptions` times. A retry
    /// with the same id does not count. `audit_id` names the audit entry. One read and one
    /// transaction.
    ///
    /// # Errors
    /// Unauthorized when the token is not ours or the installation is over, gone when the token is
    /// expired or used up.
    pub async fn redeem(
        self,
        token: &str,
        secrets: &Versions,
        audit_id: Ulid,
        now: Millis,
        limits: &SessionLimits,
        id: Option<&RedemptionId>,
    ) -> Result<Redeemed> {
        let launch = Launch::verify(token, secrets, now).map_err(refused)?;
        let item = self.store.get(&launch.install, &Sk::Meta).await?;
        let meta: Meta = from_item(item.ok_or_else(session_over)?)?;
        let generation = meta.active_generation().ok_or_else(session_over)?.to_owned();
        if meta.installed_at.is_some_and(|at| crate::model::time::ulid_time(launch.id) < at) {
            return Err(session_over());
        }
        let activity = Activity {
            kind: Kind::Redeemed,
            at: now,
            launch_id: Some(launch.id.to_string()),
            subject: None,
            ttl: limits.retention.expiry(now),
        };
        let operations = vec![
            self.store.installs().active_in(&launch.install, &generation)?,
            self.count_redemption(&launch, limits.redemptions, id)?,
            self.store.activity().put(&launch.install, audit_id, &activity)?,
        ];
        match self.store.transact(operations).await? {
            Transacted::Done => {}
            Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                return Err(session_over());
            }
            Transacted::Refused(refusals) if id.is_some_and(|id| was_counted(id, &refusals)) => {}
            Transacted::Refused(_) => {
                return Err(Error::Gone {
                    code: "session_expired",
                    detail: "This launch was opened too often. Launch the app again from Blnk \
                        Cloud.",
                });
            }
        }
        let expires_at = now.plus_seconds(limits.session_minutes * 60);
        let opened_at = Some(now);
        let bearer = Bearer {
            install: launch.install,
            generation,
            launch: launch.id,
            expires_at,
            opened_at,
        };
        Ok(redeemed(&bearer, secrets, limits))
    }

    /// Exchanges a bearer token that has not expired for one that lives longer, within the longest
    /// life of a session. One read, strongly consistent: an uninstalled app's session is over.
    ///
    /// # Errors
    /// As [`Self::portal`]; forbidden when the session cannot be renewed.
    pub async fn renew(
        self,
        bearer: &str,
        secrets: &Versions,
        now: Millis,
        limits: &SessionLimits,
    ) -> Result<Redeemed> {
        let portal = self.portal(bearer, secrets, now).await?;
        let until = portal
            .opened_at
            .and_then(|opened| limits.renewable_until(opened))
            .filter(|until| *until > portal.expires_at)
            .ok_or_else(not_renewable)?;
        let longer = now.plus_seconds(limits.session_minutes * 60);
        let bearer = Bearer {
            install: portal.install,
            generation: portal.generation,
            launch: portal.launch,
            expires_at: longer.max(portal.expires_at).min(until),
            opened_at: portal.opened_at,
        };
        Ok(redeemed(&bearer, secrets, limits))
    }

    /// Loads the session of a bearer token: verified, then read once, strongly consistent.
    ///
    /// # Errors
    /// Unauthorized when the bearer token is not ours or its installation is over, gone when it is
    /// expired.
    pub async fn portal(self, bearer: &str, secrets: &Versions, now: Millis) -> Result<Portal> {
        let bearer = Bearer::verify(bearer, secrets, now).map_err(refused)?;
        let head = self.store.installs().head(&bearer.install).await?;
        let meta = head
            .meta
            .filter(|meta| meta.active_generation() == Some(&bearer.generation))
            .ok_or_else(session_over)?;
        let (connection, left_behind) = match head.connection {
            Some(connection) if connection.generation == bearer.generation => {
                (Some(connection), None)
            }
            other => (None, other),
        };
        let summary = head.summary.filter(|summary| {
            connection
                .as_ref()
                .is_some_and(|connection| connection.connection == summary.connection)
        });
        Ok(Portal {
            settings: Settings::of(head.settings, &bearer.generation),
            connection,
            left_behind,
            summary,
            install: bearer.install,
            meta,
            generation: bearer.generation,
            launch: bearer.launch,
            expires_at: bearer.expires_at,
            opened_at: bearer.opened_at,
        })
    }
}

impl LaunchRepository<'_> {
    /// The operation that counts a redemption, if one is left and its id was not counted before.
    pub(crate) fn count_redemption(
        self,
        launch: &Launch,
        max: i64,
        id: Option<&RedemptionId>,
    ) -> Result<TransactWriteItem> {
        let mut update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&launch.install, &Sk::Launch(launch.id))))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":max", n(max));
        update = match id {
            None => update
                .update_expression("ADD redemptions :one")
                .condition_expression("attribute_exists(pk) AND redemptions < :max"),
            Some(RedemptionId(id)) => update
                .update_expression(format!("ADD redemptions :one, {IDS} :ids"))
                .condition_expression(format!(
                    "attribute_exists(pk) AND redemptions < :max AND NOT contains({IDS}, :id)"
                ))
                .expression_attribute_values(":id", s(id))
                .expression_attribute_values(":ids", AttributeValue::Ss(vec![id.clone()]))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                ),
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }
}

fn redeemed(bearer: &Bearer, secrets: &Versions, limits: &SessionLimits) -> Redeemed {
    Redeemed {
        bearer: bearer.sign(secrets),
        expires_at: bearer.expires_at,
        launch: bearer.launch,
        renewable_until: bearer.opened_at.and_then(|opened| limits.renewable_until(opened)),
    }
}

/// Whether a refused redemption was already counted under this id, according to the launch's item
/// in the same transaction.
pub(crate) fn was_counted(id: &RedemptionId, refusals: &[FailedCondition]) -> bool {
    let items = refusals.iter().filter_map(|refusal| refusal.item.as_ref());
    let sets = items.filter_map(|item| item.get(IDS)).filter_map(|ids| ids.as_ss().ok());
    sets.flatten().any(|known| known == id.as_str())
}
