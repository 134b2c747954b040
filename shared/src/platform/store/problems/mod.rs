//! Problems as a run writes them: found, found again, gone.

pub mod actions;
pub(crate) mod known;
pub mod reads;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::money::Sum;
use crate::model::problem::ProblemReport;
use crate::model::problem::item::ProblemState;
use crate::model::time::Millis;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::{Store, unavailable};

/// How often a problem is read again when a person and a run change it at the same time.
const MAX_LOOKS: u32 = 4;

/// `SET` of attributes, with placeholders made from their names.
#[derive(Default)]
struct Assignments {
    text: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Assignments {
    fn set(&mut self, name: &str, value: AttributeValue) {
        self.text.push(format!("#{name} = :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":{name}"), value);
    }
}

/// The attributes written each time a problem is found. Values from an earlier time that are
/// missing this time are kept.
fn described(report: &ProblemReport) -> Result<Assignments> {
    let mut assignments = Assignments::default();
    assignments.set("id", s(&report.id));
    assignments.set("kind", to_attr(&report.kind)?);
    assignments.set("subject", s(&report.subject));
    assignments.set("code", s(report.code.as_str()));
    assignments.set("cause", s(&report.cause));
    assignments.set("fingerprint", s(report.fingerprint()));
    if let (Some(amount), Some(currency)) = (report.amount, &report.currency) {
        assignments.set("amount", to_attr(&Sum(amount))?);
        assignments.set("currency", s(currency));
    }
    if !report.references.is_empty() {
        assignments.set("entry_references", to_attr(&report.references)?);
    }
    if !report.entry_ids.is_empty() {
        assignments.set("entry_ids", to_attr(&report.entry_ids)?);
    }
    if let Some(suspect) = &report.suspect {
        assignments.set("suspect", s(suspect));
    }
    if let Some(missing) = &report.missing {
        assignments.set("missing", to_attr(missing)?);
    }
    if let Some(names) = &report.names {
        assignments.set("names", to_attr(names)?);
    }
    if let Some(hole) = &report.hole {
        assignments.set("hole", to_attr(hole)?);
    }
    Ok(assignments)
}

/// Problems: `PROBLEM`.
#[derive(Debug, Clone, Copy)]
pub struct ProblemRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Problems: `PROBLEM`.
    #[must_use]
    pub const fn problems(&self) -> ProblemRepository<'_> {
        ProblemRepository { store: self }
    }
}

impl ProblemRepository<'_> {
    /// Records a problem. A problem found again is counted, not duplicated (`first` says whether
    /// this run finds it for the first time). A dismissed one stays dismissed while its cause is
    /// the same. Returns its current state.
    pub(crate) async fn record(
        self,
        install: &InstallId,
        connection: Ulid,
        run: Ulid,
        report: &ProblemReport,
        now: Millis,
        first: bool,
    ) -> Result<ProblemState> {
        for _ in 0..MAX_LOOKS {
            let mut assignments = described(report)?;
            assignments.set(attr::SCHEMA, n(ItemKind::Problem.schema()));
            assignments.set("state", to_attr(&ProblemState::Open)?);
            assignments.set("last_seen", n(now.0));
            assignments.set("run", s(run.to_string()));
            let sent = self
                .store
                .client
                .update_item()
                .table_name(&self.store.table)
                .set_key(Some(key(install, &Sk::Problem(connection, &report.id))))
                .update_expression(format!(
                    "SET {}, first_seen = if_not_exists(first_seen, :last_seen) \
                        REMOVE resolved_at, resolved_by, dismissed_at, dismissed_by, reason, #ttl{} \
                        ADD attempts :attempts",
                    assignments.text.join(", "),
                    // It now fails in another way, if at all.
                    if report.suspect.is_none() { ", suspect" } else { "" }
                ))
                .condition_expression(
                    "attribute_not_exists(#state) OR #state <> :dismissed OR \
                        #fingerprint <> :fingerprint",
                )
                .set_expression_attribute_names(Some(assignments.names))
                .expression_attribute_names("#ttl", attr::TTL)
                .set_expression_attribute_values(Some(assignments.values))
                .expression_attribute_values(":attempts", n(i64::from(first)))
                .expression_attribute_values(":dismissed", to_attr(&ProblemState::Dismissed)?)
                .send()
                .await;
            if conditional(sent)?.is_some() {
                return Ok(ProblemState::Open);
            }
            if self.count_dismissed(install, connection, run, report, now, first).await? {
                return Ok(ProblemState::Dismissed);
            }
        }
        Err(unavailable("a problem kept changing while it was recorded"))
    }

    /// Counts a dismissed problem that was found again unchanged. Returns whether it is still
    /// dismissed.
    async fn count_dismissed(
        self,
        install: &InstallId,
        connection: Ulid,
        run: Ulid,
        report: &ProblemReport,
        now: Millis,
        first: bool,
    ) -> Result<bool> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Problem(connection, &report.id))))
            .update_expression("SET last_seen = :now, run = :run ADD attempts :attempts")
            .condition_expression("#state = :dismissed AND fingerprint = :fingerprint")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":run", s(run.to_string()))
            .expression_attribute_values(":attempts", n(i64::from(first)))
            .expression_attribute_values(":dismissed", to_attr(&ProblemState::Dismissed)?)
            .expression_attribute_values(":fingerprint", s(report.fingerprint()))
            .send()
            .await;
        Ok(conditional(sent)?.is_some())
    }

    /// Records that a run found the cause of a problem gone. A resolved problem is kept until `ttl`
    /// (Unix seconds).
    pub(crate) async fn resolve(
        self,
        install: &InstallId,
        connection: Ulid,
        run: Ulid,
        id: &str,
        now: Millis,
        ttl: i64,
    ) -> Result<()> {
        self.change(
            install,
            connection,
            id,
            "SET #state = :to, resolved_at = :now, resolved_by = :run, #ttl = :ttl REMOVE \
             retry_requested",
            "(#state = :open OR #state = :dismissed)",
            |update| {
                Ok(update
                    .expression_attribute_names("#state", "state")
                    .expression_attribute_names("#ttl", attr::TTL)
                    .expression_attribute_values(":to", to_attr(&ProblemState::Resolved)?)
                    .expression_attribute_values(":open", to_attr(&ProblemState::Open)?)
                    .expression_attribute_values(":dismissed", to_attr(&ProblemState::Dismissed)?)
                    .expression_attribute_values(":now", n(now.0))
                    .expression_attribute_values(":run", s(run.to_string()))
                    .expression_attribute_values(":ttl", n(ttl)))
            },
        )
        .await
    }

    /// Removes the mark of a finished retry. A retry requested since stays.
    pub(crate) async fn unmark(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
        mark: Millis,
    ) -> Result<()> {
        self.change(
            install,
            connection,
            id,
            "REMOVE retry_requested",
            "retry_requested = :mark",
            |update| Ok(update.expression_attribute_values(":mark", n(mark.0))),
        )
        .await
    }

    /// An update of a problem. Does nothing if the problem changed meanwhile.
    async fn change(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
        update: &str,
        condition: &str,
        with: impl FnOnce(
            aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
        ) -> Result<
            aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
        >,
    ) -> Result<()> {
        let built = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Problem(connection, id))))
            .update_expression(update)
            .condition_expression(condition);
        let sent = with(built)?.send().await;
        conditional(sent).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
