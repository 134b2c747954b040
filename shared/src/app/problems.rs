//! A person's actions on problems: retry, dismiss, reopen.

use crate::app::connect::connector::require;
use crate::app::runs::{Call, Runs, StartedRun, connection};
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::ledger::RuleNames;
use crate::model::problem::code::ProblemCode;
use crate::model::run::request::Scope;
use crate::model::session::{Portal, session_over};
use crate::model::time::Millis;
use crate::platform::store::problems::actions::{ActedOn, Audit, MAX_ACTED_ON, ProblemAction};

/// What acting on problems needs.
#[derive(Debug, Clone, Copy)]
pub struct Problems<'a> {
    /// The table, and the runs that retry.
    pub runs: Runs<'a>,
}

/// Which problems to retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetrySelection {
    /// These, by their ids.
    Named(Vec<String>),
    /// All open ones of a kind, by its code.
    Kind(ProblemCode),
}

/// Which problems to dismiss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DismissSelection {
    /// These, by their ids.
    Named(Vec<String>),
    /// All open ones about movements with these names that no rule covered.
    Unrecognised(RuleNames),
}

/// The result of a change.
#[derive(Debug)]
pub struct ActionResult {
    /// Problems that were changed.
    pub changed: u64,
    /// The number of problems that had changed in the meantime and were not touched.
    pub left_alone: u64,
    /// More of the kind are open.
    pub more: bool,
    /// The number of open problems after the change.
    pub open: u64,
    /// The run that was requested.
    pub run: Option<StartedRun>,
}

impl Problems<'_> {
    /// Retries problems: marks them, and requests a run that reads their records again.
    ///
    /// # Errors [`Error::Forbidden`] without `data:read` and `data:write`, [`Error::Conflict`] when
    /// nothing is connected or every problem has changed since it was displayed,
    /// [`Error::Unauthorized`] when the session is over, [`Error::Unavailable`].
    pub async fn retry(
        &self,
        portal: &Portal,
        which: RetrySelection,
        call: Call,
    ) -> Result<ActionResult> {
        require(portal, Permission::DataRead)?;
        require(portal, Permission::DataWrite)?;
        let present = connection(portal)?;
        let (ids, more, subject) = match which {
            RetrySelection::Named(ids) => {
                let subject = subject(&ids);
                (ids, false, subject)
            }
            RetrySelection::Kind(code) => {
                let (ids, more) = self
                    .runs
                    .store
                    .problems()
                    .to_retry(&portal.install, present.connection, &code)
                    .await?;
                (ids, more, code.as_str().to_owned())
            }
        };
        let done = self.act(portal, &ids, &ProblemAction::Retry, &subject, call.now).await?;
        // The marks are written first: a run created now finds them, or else the next one does.
        let run = if done.changed.is_empty() {
            None
        } else {
            Some(self.runs.sync(portal, Scope::New, call).await?)
        };
        let open = portal.summary.as_ref().map_or(0, |summary| summary.open_problems);
        Ok(ActionResult { more, run, ..changed(&done, open) })
    }

    /// Dismisses or reopens problems.
    ///
    /// # Errors [`Error::Conflict`] when nothing is connected or every problem has changed since it
    /// was displayed, [`Error::Unauthorized`] when the session is over, [`Error::Unavailable`].
    pub async fn settle(
        &self,
        portal: &Portal,
        ids: &[String],
        action: &ProblemAction,
        now: Millis,
    ) -> Result<ActionResult> {
        let done = self.act(portal, ids, action, &subject(ids), now).await?;
        let open = self
            .runs
            .store
            .problems()
            .recount(&portal.install, connection(portal)?.connection)
            .await?;
        Ok(changed(&done, open))
    }

    /// Dismisses problems for one reason. One call changes a limited number of them.
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub async fn dismiss(
        &self,
        portal: &Portal,
        which: DismissSelection,
        reason: String,
        now: Millis,
    ) -> Result<ActionResult> {
        let (ids, more) = match which {
            DismissSelection::Named(ids) => (ids, false),
            DismissSelection::Unrecognised(names) => {
                let (store, connection) = (self.runs.store, connection(portal)?.connection);
                let problems = store.problems();
                problems.open_under(&portal.install, connection, &names, MAX_ACTED_ON).await?
            }
        };
        let changed = self.settle(portal, &ids, &ProblemAction::Dismiss(reason), now).await?;
        Ok(ActionResult { more, ..changed })
    }

    async fn act(
        &self,
        portal: &Portal,
        ids: &[String],
        action: &ProblemAction,
        subject: &str,
        now: Millis,
    ) -> Result<ActedOn> {
        let present = connection(portal)?;
        let audit = Audit {
            now,
            launch: portal.launch,
            subject: subject.to_owned(),
            retention_seconds: self.runs.retention.seconds(),
        };
        let done =
            self.runs.store.problems().act(&portal.install, present, ids, action, &audit).await?;
        if done.over {
            return Err(session_over());
        }
        tracing::info!(install = %portal.install, subject, changed = done.changed.len(),
            refused = done.refused.len(), "problems changed");
        if done.changed.is_empty() && !done.refused.is_empty() {
            return Err(Error::conflict(
                "problem_changed",
                "This problem has changed since it was displayed. Reload it.",
            ));
        }
        Ok(done)
    }
}

fn changed(done: &ActedOn, open: u64) -> ActionResult {
    ActionResult {
        changed: done.changed.len() as u64,
        left_alone: done.refused.len() as u64,
        more: false,
        open,
        run: None,
    }
}

/// The subject in the audit trail.
fn subject(ids: &[String]) -> String {
    match ids {
        [one] => one.clone(),
        many => format!(
            "{} and {} more",
            many.first().map_or("", String::as_str),
            many.len().saturating_sub(1)
        ),
    }
}
