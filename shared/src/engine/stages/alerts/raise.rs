//! Changes the alerts in Blnk to those that are wanted.

use ulid::Ulid;

use crate::engine::stages::alerts::wanted::{AlertDecision, AlertTarget, WantedAlert};
use crate::engine::suspects::Suspects;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::failing::Failing;
use crate::model::alert::{AlertItem, AlertState};
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::ledger::{LegKind, Owner, Reference};
use crate::model::suspect::record::CallKind;
use crate::model::time::Millis;
use crate::platform::blnk::alerts::RESOLVED;
use crate::platform::blnk::client::CALL_LIMITS;
use crate::platform::blnk::{BlnkClient, BlnkError, RefusalCode};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::alerts::Existing;
use crate::platform::table::attribute::n;
use crate::platform::table::keys::Sk;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, conditional};

/// Alerts that are raised, changed or resolved per run. The rest follows in the next run.
pub(crate) const MAX_CHANGES: usize = 20;

/// How long, in seconds, resolved alerts are kept.
pub(crate) const KEPT_SECONDS: i64 = 90 * 24 * 3600;

/// The alerts of one connection, and the ledger they are raised in.
pub(crate) struct Alerts<'a> {
    pub(crate) store: &'a Store,
    pub(crate) install: &'a InstallId,
    pub(crate) connection: Ulid,
    pub(crate) blnk: &'a BlnkClient,
    pub(crate) owner: &'a Owner,
    pub(crate) may_read: bool,
    pub(crate) deadline: Deadline,
    /// Within a run: the alerts whose calls fail.
    pub(crate) suspects: Option<&'a Suspects>,
}

impl Alerts<'_> {
    /// Raises, updates and resolves alerts. Returns only errors of the table.
    pub(crate) async fn bring_in_line(
        &self,
        existing: &Existing,
        judged: Vec<AlertDecision>,
    ) -> Result<()> {
        let mut changes = 0;
        for judgement in judged {
            if changes >= MAX_CHANGES || self.deadline.call_timeout(CALL_LIMITS).is_none() {
                return Ok(());
            }
            let id = match &judgement {
                AlertDecision::Wanted(wanted) => wanted.id.clone(),
                AlertDecision::Resolved(id, _) => id.clone(),
            };
            if self.suspects.is_some_and(|suspects| {
                suspects.standing(CallKind::Alert, &id) == SuspectStatus::Held
            }) {
                continue;
            }
            let alone = self.blnk.alone();
            let alerts = Alerts { blnk: &alone, ..*self };
            let done = match (judgement, existing.get(&id)) {
                (AlertDecision::Wanted(wanted), Some(alert))
                    if alert.state != AlertState::Resolved =>
                {
                    alerts.keep(&wanted, alert).await
                }
                (AlertDecision::Wanted(wanted), before) => alerts.raise(&wanted, before).await,
                (AlertDecision::Resolved(_, resolution), Some(alert)) => {
                    alerts.resolve(alert, &resolution).await
                }
                (AlertDecision::Resolved(..), None) => Ok(false),
            };
            match done {
                Ok(changed) => {
                    changes += usize::from(changed);
                    if let Some(suspects) = self.suspects.filter(|_| changed) {
                        suspects.succeeded(CallKind::Alert, &id).await?;
                    }
                }
                Err(AlertError::Table(error)) => return Err(error),
                Err(AlertError::Blnk(error)) => {
                    tracing::warn!(install = %self.install, alert = id, %error, "alert deferred");
                    changes += 1;
                    if let (Some(suspects), Some(failure)) =
                        (self.suspects, error.failure(alone.last_failure()))
                    {
                        suspects.failed(CallKind::Alert, &id, failure).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps an alert that is raised, or may be.
    async fn keep(
        &self,
        wanted: &WantedAlert,
        alert: &AlertItem,
    ) -> std::result::Result<bool, AlertError> {
        let alert = match (alert.state, &alert.anomaly_id) {
            (AlertState::Raising, None) => match self.look(alert).await? {
                AlertSearch::There(found) => found,
                AlertSearch::NotThere => return self.raise(wanted, Some(alert)).await,
                AlertSearch::Later => return Ok(false),
            },
            _ => alert.clone(),
        };
        let description = described(wanted, &alert.mark);
        if alert.title == wanted.title && alert.description == description {
            return Ok(false);
        }
        let Some(id) = &alert.anomaly_id else { return Ok(false) };
        if !self.blnk.change_alert(id, &wanted.title, &description, None, self.deadline).await? {
            if self.may_read && self.blnk.find_alert(&alert.mark, self.deadline).await?.is_some() {
                // The list shows the alert, so the not-found answer came from an intermediary.
                return Ok(false);
            }
            // Someone removed the alert while its cause persists.
            return self.raise(wanted, Some(&alert)).await;
        }
        let changed = AlertItem {
            title: wanted.title.clone(),
            description,
            updated_at: after(&alert),
            ..alert.clone()
        };
        self.put(&changed, Some(&alert)).await?;
        Ok(true)
    }

    /// Raises an alert: first the intent, then the call.
    async fn raise(
        &self,
        wanted: &WantedAlert,
        before: Option<&AlertItem>,
    ) -> std::result::Result<bool, AlertError> {
        let Some(on) = self.subject(&wanted.target).await? else { return Ok(false) };
        let now = clock::now();
        let mark = format!("[stripe-sync {}]", clock::new_ulid());
        let longest = self.deadline.remaining();
        let intent = AlertItem {
            id: wanted.id.clone(),
            owner: Some(self.owner.to_string()),
            kind: wanted.kind,
            state: AlertState::Raising,
            anomaly_id: None,
            on,
            title: wanted.title.clone(),
            description: described(wanted, &mark),
            mark,
            settled_by: Millis(
                now.0.saturating_add(i64::try_from(longest.as_millis()).unwrap_or(i64::MAX)),
            ),
            raised_at: now,
            updated_at: before.map_or(now, after),
        };
        if !self.put(&intent, before).await? {
            return Ok(false);
        }
        match self
            .blnk
            .raise_alert(&intent.on, &intent.title, &intent.description, self.deadline)
            .await
        {
            Ok(made) => self.raised(&intent, made.anomaly_id).await.map(|_| true),
            Err(error) => {
                if !matches!(error, BlnkError::UnknownOutcome { .. }) {
                    // Nothing was created, so the next run need not wait.
                    let over = AlertItem {
                        settled_by: clock::now(),
                        updated_at: after(&intent),
                        ..intent.clone()
                    };
                    self.put(&over, Some(&intent)).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn raised(
        &self,
        intent: &AlertItem,
        anomaly_id: String,
    ) -> std::result::Result<AlertItem, AlertError> {
        let raised = AlertItem {
            state: AlertState::Raised,
            anomaly_id: Some(anomaly_id),
            updated_at: after(intent),
            ..intent.clone()
        };
        self.put(&raised, Some(intent)).await?;
        Ok(raised)
    }

    /// Searches for an alert whose creation got no answer.
    async fn look(&self, intent: &AlertItem) -> std::result::Result<AlertSearch, AlertError> {
        if clock::now() < intent.settled_by {
            return Ok(AlertSearch::Later);
        }
        if !self.may_read {
            // Two alerts are better than none.
            return Ok(AlertSearch::NotThere);
        }
        match self.blnk.find_alert(&intent.mark, self.deadline).await? {
            Some(found) => Ok(AlertSearch::There(self.raised(intent, found.anomaly_id).await?)),
            None => Ok(AlertSearch::NotThere),
        }
    }

    pub(crate) async fn resolve(
        &self,
        alert: &AlertItem,
        resolution: &str,
    ) -> std::result::Result<bool, AlertError> {
        let alert = match (alert.state, &alert.anomaly_id) {
            (AlertState::Resolved, _) => return Ok(false),
            (AlertState::Raising, None) => match self.look(alert).await? {
                AlertSearch::There(found) => found,
                AlertSearch::NotThere => alert.clone(),
                AlertSearch::Later => return Ok(false),
            },
            _ => alert.clone(),
        };
        let title = format!("Resolved: {}", alert.title);
        let description = format!("{resolution} {}", alert.description);
        if let Some(id) = &alert.anomaly_id {
            self.mark_resolved(id, &title, &description).await?;
        }
        let resolved =
            AlertItem { state: AlertState::Resolved, updated_at: after(&alert), ..alert.clone() };
        self.put(&resolved, Some(&alert)).await?;
        Ok(true)
    }

    /// Sets an alert to the resolved status. An organization may need that status created first. If
    /// it accepts none, only the text says that the alert is resolved.
    async fn mark_resolved(
        &self,
        id: &str,
        title: &str,
        description: &str,
    ) -> std::result::Result<(), AlertError> {
        for attempt in 0..2 {
            match self
                .blnk
                .change_alert(id, title, description, Some(RESOLVED), self.deadline)
                .await
            {
                Ok(_) => return Ok(()),
                Err(BlnkError::Refused { code, .. }) if is_about_status(code) => {
                    if attempt == 0
                        && self.blnk.ensure_resolved_status(self.deadline).await.is_err()
                    {
                        break;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.blnk.change_alert(id, title, description, None, self.deadline).await?;
        Ok(())
    }

    /// The ledger id of the entry or balance that an alert is put on.
    async fn subject(
        &self,
        target: &AlertTarget,
    ) -> std::result::Result<Option<String>, AlertError> {
        let reference = target
            .transaction
            .as_deref()
            .and_then(|id| Reference::new(self.owner, id, LegKind::Amount).ok());
        if let Some(reference) = reference {
            let found = self
                .blnk
                .transactions_by_reference(&[reference.to_string()], self.deadline)
                .await?;
            if let Some(row) = found.into_iter().next() {
                return Ok(Some(row.transaction_id));
            }
        }
        let mut rows =
            self.blnk.balances_by_indicator(&[target.indicator.as_str()], self.deadline).await?;
        rows.sort_by(|one, other| one.currency.cmp(&other.currency));
        let at = rows
            .iter()
            .position(|row| Some(&row.currency) == target.currency.as_ref())
            .unwrap_or(0);
        Ok(rows.into_iter().nth(at).map(|row| row.balance_id))
    }

    /// Stores an alert if it is unchanged since it was read. Returns whether it was stored.
    async fn put(
        &self,
        alert: &AlertItem,
        before: Option<&AlertItem>,
    ) -> std::result::Result<bool, AlertError> {
        let ttl =
            (alert.state == AlertState::Resolved).then(|| clock::now().seconds() + KEPT_SECONDS);
        let rewrite =
            Rewrite::of(self.install, &Sk::Alert(self.connection, &alert.id), alert, ttl)?;
        let put = rewrite.request(&self.store.client, &self.store.table);
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("updated_at = :before")
                .expression_attribute_values(":before", n(before.updated_at.0)),
        };
        Ok(conditional(put.send().await)?.is_some())
    }
}

/// The result of the search for an unanswered alert.
pub(crate) enum AlertSearch {
    There(AlertItem),
    NotThere,
    /// The call may still be in progress.
    Later,
}

/// The error of an alert change.
pub(crate) enum AlertError {
    Table(crate::model::error::Error),
    Blnk(BlnkError),
}

impl From<crate::model::error::Error> for AlertError {
    fn from(error: crate::model::error::Error) -> Self {
        Self::Table(error)
    }
}

impl From<BlnkError> for AlertError {
    fn from(error: BlnkError) -> Self {
        Self::Blnk(error)
    }
}

pub(crate) fn is_about_status(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::Validation
            | RefusalCode::Unrecognized
            | RefusalCode::NotFound
            | RefusalCode::Conflict
    )
}

pub(crate) fn described(wanted: &WantedAlert, mark: &str) -> String {
    format!("{} {mark}", wanted.description)
}

/// The time of a change. It is later than the one before, whatever the clock says.
pub(crate) fn after(before: &AlertItem) -> Millis {
    Millis(clock::now().0.max(before.updated_at.0 + 1))
}
