//! A person's actions on problems: retry, dismiss, reopen. Each is one transaction with its entry
//! in the audit trail, conditional on the install being active and the problem being unchanged.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::activity::{Activity, Kind};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::ProblemState;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::problems::ProblemRepository;
use crate::platform::store::problems::reads::ProblemFilter;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::{MAX_TRANSACTION, Transacted};

/// The maximum number of problems that one call changes.
pub const MAX_ACTED_ON: usize = 490;

/// The operations of a transaction that are not about a problem: the install, the connection and
/// the audit entry.
const BESIDE: usize = 3;

/// An action on problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemAction {
    /// The next run reads the record again and posts its missing entries.
    Retry,
    /// The problem is accepted as it is, for this reason.
    Dismiss(String),
    /// A dismissed problem becomes open again.
    Reopen,
}

/// Who acts, and when.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The time of the action.
    pub now: Millis,
    /// The portal launch.
    pub launch: Ulid,
    /// What the action was applied to: a problem, or a kind of them.
    pub subject: String,
    /// The retention of the audit entry, in seconds.
    pub retention_seconds: i64,
}

/// The result of an action.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ActedOn {
    /// The problems that were changed.
    pub changed: Vec<String>,
    /// The problems that do not exist, or are not in a state that allows the action.
    pub refused: Vec<String>,
    /// The installation is over, or the connection was replaced. Nothing more was changed.
    pub over: bool,
}

impl ProblemRepository<'_> {
    /// Applies an action to problems of a connection, at most [`MAX_ACTED_ON`] of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`]. Part of the action may then be done; a retry does the rest.
    pub async fn act(
        self,
        install: &InstallId,
        connection: &Connection,
        ids: &[String],
        what: &ProblemAction,
        audit: &Audit,
    ) -> Result<ActedOn> {
        let mut seen = HashSet::new();
        let ids: Vec<&String> =
            ids.iter().filter(|id| seen.insert(id.as_str())).take(MAX_ACTED_ON).collect();
        let mut done = ActedOn::default();
        for part in ids.chunks(MAX_TRANSACTION - BESIDE) {
            let mut part: Vec<&String> = part.to_vec();
            while !part.is_empty() && !done.over {
                match self
                    .store
                    .transact(self.acting(install, connection, &part, what, audit)?)
                    .await?
                {
                    Transacted::Done => {
                        done.changed.extend(part.drain(..).cloned());
                    }
                    Transacted::Refused(refusals)
                        if refusals.iter().any(|refusal| refusal.at < BESIDE) =>
                    {
                        done.over = true;
                    }
                    Transacted::Refused(refusals) => {
                        let out: HashSet<usize> =
                            refusals.iter().map(|refusal| refusal.at - BESIDE).collect();
                        let (refused, left): (Vec<_>, Vec<_>) =
                            part.iter().enumerate().partition(|(at, _)| out.contains(at));
                        done.refused.extend(refused.into_iter().map(|(_, id)| (*id).clone()));
                        part = left.into_iter().map(|(_, id)| *id).collect();
                    }
                }
            }
        }
        Ok(done)
    }

    fn acting(
        self,
        install: &InstallId,
        connection: &Connection,
        ids: &[&String],
        what: &ProblemAction,
        audit: &Audit,
    ) -> Result<Vec<TransactWriteItem>> {
        let (kind, from) = match what {
            ProblemAction::Retry => (Kind::ProblemRetried, ProblemState::Open),
            ProblemAction::Dismiss(_) => (Kind::ProblemDismissed, ProblemState::Open),
            ProblemAction::Reopen => (Kind::ProblemReopened, ProblemState::Dismissed),
        };
        let entry = Activity {
            kind,
            at: audit.now,
            launch_id: Some(audit.launch.to_string()),
            subject: Some(audit.subject.clone()),
            ttl: audit.now.seconds() + audit.retention_seconds,
        };
        let mut operations = vec![
            self.store.installs().active_in(install, &connection.generation)?,
            self.connected(install, connection.connection)?,
            self.store.activity().put(install, clock::new_ulid(), &entry)?,
        ];
        for id in ids {
            let update = Update::builder()
                .table_name(&self.store.table)
                .set_key(Some(key(install, &Sk::Problem(connection.connection, id))))
                .condition_expression("#state = :from")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":from", to_attr(&from)?);
            let update = match what {
                ProblemAction::Retry => update
                    .update_expression("SET retry_requested = :now")
                    .expression_attribute_values(":now", n(audit.now.0)),
                ProblemAction::Dismiss(reason) => update
                    .update_expression(
                        "SET #state = :to, dismissed_at = :now, dismissed_by = :launch, reason = \
                         :reason REMOVE retry_requested",
                    )
                    .expression_attribute_values(":to", to_attr(&ProblemState::Dismissed)?)
                    .expression_attribute_values(":now", n(audit.now.0))
                    .expression_attribute_values(":launch", s(audit.launch.to_string()))
                    .expression_attribute_values(":reason", s(reason)),
                ProblemAction::Reopen => update
                    .update_expression(
                        "SET #state = :to REMOVE dismissed_at, dismissed_by, reason, #ttl",
                    )
                    .expression_attribute_names("#ttl", attr::TTL)
                    .expression_attribute_values(":to", to_attr(&ProblemState::Open)?),
            };
            operations.push(
                TransactWriteItem::builder()
                    .update(update.build().map_err(Error::internal)?)
                    .build(),
            );
        }
        Ok(operations)
    }

    /// The condition that a connection is the current one, as an operation in a transaction.
    fn connected(self, install: &InstallId, connection: Ulid) -> Result<TransactWriteItem> {
        let check = aws_sdk_dynamodb::types::ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// The ids of open problems of a code without a requested retry, at most [`MAX_ACTED_ON`], and
    /// whether there are more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn to_retry(
        self,
        install: &InstallId,
        connection: Ulid,
        code: &ProblemCode,
    ) -> Result<(Vec<String>, bool)> {
        let filter = ProblemFilter {
            state: Some(ProblemState::Open),
            code: Some(code.clone()),
            unmarked: true,
        };
        let limit = i32::try_from(MAX_ACTED_ON).unwrap_or(i32::MAX);
        let mut ids: Vec<String> = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let page =
                self.filtered(install, connection, &filter, before.as_deref(), limit).await?;
            ids.extend(page.problems.into_iter().map(|problem| problem.id));
            if ids.len() >= MAX_ACTED_ON {
                let more = ids.len() > MAX_ACTED_ON || page.next.is_some();
                ids.truncate(MAX_ACTED_ON);
                return Ok((ids, more));
            }
            before = page.next;
            if before.is_none() {
                return Ok((ids, false));
            }
        }
    }
}
