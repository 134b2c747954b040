//! Reads of problems: by a person, page by page; by a worker, all unresolved ones; and counts.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use ulid::Ulid;

use crate::model::error::Result;
use crate::model::hole::UnreadableRange;
use crate::model::install::id::InstallId;
use crate::model::problem::code::RECORD_UNRENDERED;
use crate::model::problem::explained::ExplainedAll;
use crate::model::problem::item::{ProblemItem, ProblemState, SubjectKind};
use crate::model::time::Millis;
use crate::platform::store::attribute::{Item, attr, s, to_attr};
use crate::platform::store::item::known_items;
use crate::platform::store::keys::{ItemKind, Sk, key, pk};
use crate::platform::store::problems::ProblemRepository;
use crate::platform::store::unavailable;

/// The maximum number of problems in a page.
pub const MAX_PROBLEMS_PAGE: i32 = 50;

/// The maximum number of problems that one filtered read examines.
const MAX_LOOKED_AT: i32 = 500;

/// The maximum number of problems that a worker keeps in memory. Beyond it, a resolved problem is
/// found by retrying it.
const MAX_KNOWN: usize = 10_000;

/// Selects the problems of a list.
#[derive(Debug, Clone, Default)]
pub struct ProblemFilter {
    /// In this state.
    pub state: Option<ProblemState>,
    /// Of this code.
    pub code: Option<String>,
    /// Only those for which no retry was requested yet.
    pub unmarked: bool,
}

/// A page of problems.
#[derive(Debug)]
pub struct ProblemPage {
    /// In the order of their ids.
    pub problems: Vec<ProblemItem>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// How many problems there are of each code in each state.
#[derive(Debug, Default)]
pub struct Kinds {
    /// By code and state.
    pub counts: BTreeMap<(String, ProblemState), u64>,
    /// Whether all problems were counted.
    pub complete: bool,
}

/// An unresolved problem, as a worker keeps it in memory.
#[derive(Debug, Clone)]
pub(crate) struct KnownProblem {
    pub(crate) kind: SubjectKind,
    pub(crate) subject: String,
    pub(crate) code: String,
    pub(crate) run: Ulid,
    pub(crate) retry_requested: Option<Millis>,
    pub(crate) hole: Option<UnreadableRange>,
    pub(crate) suspect: Option<String>,
    /// The cause, if it names a call that is not repeated on every check.
    pub(crate) cause: Option<String>,
}

/// Whether a worker keeps the cause of problems with a code in memory.
pub(crate) fn keeps_cause(code: &str) -> bool {
    code == RECORD_UNRENDERED
}

/// The unresolved problems, by id.
pub(crate) type KnownProblems = HashMap<String, KnownProblem>;

/// The sort key prefix of a connection's problems.
fn prefix(connection: Ulid) -> String {
    ItemKind::Problem.of_connection(connection)
}

impl ProblemRepository<'_> {
    /// The problems of a connection that match a filter, a page at a time, in the order of their
    /// ids.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn page(
        self,
        install: &InstallId,
        connection: Ulid,
        filter: &ProblemFilter,
        before: Option<&str>,
        limit: i32,
    ) -> Result<ProblemPage> {
        let limit = limit.clamp(1, MAX_PROBLEMS_PAGE);
        self.filtered(install, connection, filter, before, limit).await
    }

    /// One read of problems. The filter is applied after the read, so it may return fewer than
    /// requested although more follow.
    pub(crate) async fn filtered(
        self,
        install: &InstallId,
        connection: Ulid,
        filter: &ProblemFilter,
        before: Option<&str>,
        limit: i32,
    ) -> Result<ProblemPage> {
        let mut conditions = Vec::new();
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix(connection)))
            .consistent_read(true);
        if let Some(state) = filter.state {
            conditions.push("#state = :state");
            query = query.expression_attribute_names("#state", "state").expression_attribute_values(":state", to_attr(&state)?);
        }
        if let Some(code) = &filter.code {
            conditions.push("code = :code");
            query = query.expression_attribute_values(":code", s(code));
        }
        if filter.unmarked {
            conditions.push("attribute_not_exists(retry_requested)");
        }
        query =
            if conditions.is_empty() { query.limit(limit) } else { query.limit(MAX_LOOKED_AT).filter_expression(conditions.join(" AND ")) };
        if let Some(before) = before {
            query = query.set_exclusive_start_key(Some(key(install, &Sk::Problem(connection, before))));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let last = answer.last_evaluated_key.as_ref().and_then(|key| key.get(attr::SK)?.as_s().ok()).cloned();
        let mut problems: Vec<ProblemItem> = known_items(answer.items.unwrap_or_default())?;
        let page = usize::try_from(limit).unwrap_or_default();
        if problems.len() > page {
            problems.truncate(page);
            let next = problems.last().map(|problem| problem.id.clone());
            return Ok(ProblemPage { problems, next });
        }
        let next = last.and_then(|sk| sk.strip_prefix(&prefix(connection)).map(str::to_owned));
        Ok(ProblemPage { problems, next })
    }

    /// The number of problems of each code in each state, as far as one read shows.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn kinds(self, install: &InstallId, connection: Ulid) -> Result<Kinds> {
        let (items, after) = self.unresolved(install, connection, None, true).await?;
        let mut kinds = Kinds { complete: after.is_none(), ..Kinds::default() };
        for item in items {
            *kinds.counts.entry((item.code, item.state)).or_default() += 1;
        }
        Ok(kinds)
    }

    /// A page of the problems (unresolved ones, unless all are requested), as large as DynamoDB
    /// makes it, and where the next begins.
    async fn unresolved(
        self,
        install: &InstallId,
        connection: Ulid,
        start: Option<Item>,
        all: bool,
    ) -> Result<(Vec<ProblemItem>, Option<Item>)> {
        let mut query = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix(connection)))
            .consistent_read(true)
            .set_exclusive_start_key(start);
        if !all {
            query = query
                .filter_expression("#state <> :resolved")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":resolved", to_attr(&ProblemState::Resolved)?);
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let items = known_items(answer.items.unwrap_or_default())?;
        Ok((items, answer.last_evaluated_key))
    }

    /// The unresolved problems, up to the number that a worker keeps in memory.
    pub(crate) async fn known(self, install: &InstallId, connection: Ulid) -> Result<KnownProblems> {
        let mut known = KnownProblems::new();
        let mut start = None;
        loop {
            let (items, after) = self.unresolved(install, connection, start, false).await?;
            for item in items {
                let problem = KnownProblem {
                    cause: Some(item.cause).filter(|_| keeps_cause(&item.code)),
                    kind: item.kind,
                    subject: item.subject,
                    code: item.code,
                    run: item.run,
                    retry_requested: item.retry_requested,
                    hole: item.hole,
                    suspect: item.suspect,
                };
                known.insert(item.id, problem);
            }
            if after.is_none() || known.len() >= MAX_KNOWN {
                return Ok(known);
            }
            start = after;
        }
    }

    /// What problems explain of the differences between the expected and the actual ledger, open
    /// and dismissed separately.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn explained(self, install: &InstallId, connection: Ulid) -> Result<ExplainedAll> {
        let mut explained = ExplainedAll::default();
        let mut start = None;
        loop {
            let (items, after) = self.unresolved(install, connection, start, false).await?;
            items.iter().for_each(|item| explained.add(item));
            if after.is_none() {
                return Ok(explained);
            }
            start = after;
        }
    }

    /// The number of open problems of a connection.
    pub(crate) async fn count(self, install: &InstallId, connection: Ulid) -> Result<u64> {
        let mut count = 0;
        let mut start = None;
        loop {
            let answer = self
                .store
                .client
                .query()
                .table_name(&self.store.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .filter_expression("#state = :open")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":pk", s(pk(install)))
                .expression_attribute_values(":prefix", s(prefix(connection)))
                .expression_attribute_values(":open", to_attr(&ProblemState::Open)?)
                .select(aws_sdk_dynamodb::types::Select::Count)
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            count += u64::try_from(answer.count).unwrap_or_default();
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    /// Updates the number of open problems on the overview, after a person changed some.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn recount(self, install: &InstallId, connection: Ulid) -> Result<u64> {
        let count = self.count(install, connection).await?;
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("SET open_problems = :count")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":count", AttributeValue::N(count.to_string()))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(count),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// The known problems about our records, by the records' ids.
pub(crate) fn ours<'k>(known: &'k KnownProblems, records: &HashSet<&str>) -> Vec<&'k String> {
    let about = known.iter().filter(|(_, problem)| problem.kind == SubjectKind::Record && records.contains(problem.subject.as_str()));
    about.map(|(id, _)| id).collect()
}
