//! Reads of problems: by a person, page by page; by a worker, all unresolved ones; and counts.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::ledger::RuleNames;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::explained::ExplainedAll;
use crate::model::problem::item::{ProblemItem, ProblemState, UnrecognisedNames};
use crate::model::problem::tally::OpenProblems;
use crate::model::problem::unrecognised::UnrecognisedTally;
use crate::platform::store::problems::ProblemRepository;
use crate::platform::store::problems::known::{
    KnownProblem, KnownProblems, ProblemTotals, keeps_cause,
};
use crate::platform::table::attribute::{Item, attr, s, to_attr};
use crate::platform::table::item::{known_item, known_items};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::{conditional, unavailable};

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
    pub code: Option<ProblemCode>,
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
    pub counts: BTreeMap<(ProblemCode, ProblemState), u64>,
    /// Whether all problems were counted.
    pub complete: bool,
}

/// The sort key prefix of a connection's problems.
fn prefix(connection: Ulid) -> String {
    ItemKind::Problem.of_connection(connection)
}

impl ProblemRepository<'_> {
    /// Reads one problem, in whatever state.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn get(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
    ) -> Result<Option<ProblemItem>> {
        let item = self.store.get(install, &Sk::Problem(connection, id)).await?;
        item.map_or(Ok(None), known_item)
    }

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
        let mut query = self.store.query(install, &prefix(connection)).consistent_read(true);
        if let Some(state) = filter.state {
            conditions.push("#state = :state");
            query = query
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", to_attr(&state)?);
        }
        if let Some(code) = &filter.code {
            conditions.push("code = :code");
            query = query.expression_attribute_values(":code", s(code.as_str()));
        }
        if filter.unmarked {
            conditions.push("attribute_not_exists(retry_requested)");
        }
        query = if conditions.is_empty() {
            query.limit(limit)
        } else {
            query.limit(MAX_LOOKED_AT).filter_expression(conditions.join(" AND "))
        };
        if let Some(before) = before {
            query =
                query.set_exclusive_start_key(Some(key(install, &Sk::Problem(connection, before))));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let last = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| key.get(attr::SK)?.as_s().ok())
            .cloned();
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
            .query(install, &prefix(connection))
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

    /// The unresolved problems, up to the number that a worker keeps in memory, and the totals of
    /// all of them.
    pub(crate) async fn known(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<(KnownProblems, ProblemTotals)> {
        let mut known = KnownProblems::new();
        let mut totals = ProblemTotals::beginning();
        let mut start = None;
        loop {
            let (items, after) = self.unresolved(install, connection, start, false).await?;
            items.iter().for_each(|item| totals.add(item));
            let room = MAX_KNOWN.saturating_sub(known.len());
            for item in items.into_iter().take(room) {
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
            if after.is_none() {
                return Ok((known, totals));
            }
            start = after;
        }
    }

    /// The totals of the unresolved problems.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub(crate) async fn totals(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<ProblemTotals> {
        let mut totals = ProblemTotals::beginning();
        let mut start = None;
        loop {
            let (items, after) = self.unresolved(install, connection, start, false).await?;
            items.iter().for_each(|item| totals.add(item));
            if after.is_none() {
                return Ok(totals);
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
        self.totals(install, connection).await.map(|totals| totals.explained)
    }

    /// The unresolved problems of records, by record: one read for each of them, all at once.
    pub(crate) async fn of_records(
        self,
        install: &InstallId,
        connection: Ulid,
        records: &[&str],
    ) -> Result<HashMap<String, Vec<ProblemItem>>> {
        let reads = records.iter().map(|record| async move {
            let beginning = Sk::Problem(connection, &format!("{record}:")).to_string();
            let items = self.store.items(install, &beginning).await?;
            let mut problems: Vec<ProblemItem> = known_items(items)?;
            problems.retain(|problem| problem.state != ProblemState::Resolved);
            Ok(((*record).to_owned(), problems))
        });
        futures::future::try_join_all(reads).await.map(|all| all.into_iter().collect())
    }

    /// The movements in the suspense account by Stripe's names, and whether all were counted.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn unrecognised(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<(UnrecognisedTally, bool)> {
        let mut tally = UnrecognisedTally::default();
        let mut counted = 0;
        let mut before: Option<String> = None;
        loop {
            let code = Some(ProblemCode::UnknownType);
            let filter = ProblemFilter { code, ..ProblemFilter::default() };
            let page =
                self.filtered(install, connection, &filter, before.as_deref(), MAX_LOOKED_AT);
            let page = page.await?;
            counted += page.problems.len();
            let held = page.problems.iter().filter(|it| it.state != ProblemState::Resolved);
            held.for_each(|problem| tally.add(problem));
            before = page.next;
            if before.is_none() || counted >= MAX_KNOWN {
                return Ok((tally, before.is_none()));
            }
        }
    }

    /// The ids of open problems about movements with these names that no rule covered, at most
    /// `most`, and whether there are more.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn open_under(
        self,
        install: &InstallId,
        connection: Ulid,
        names: &RuleNames,
        most: usize,
    ) -> Result<(Vec<String>, bool)> {
        let filter = ProblemFilter {
            state: Some(ProblemState::Open),
            code: Some(ProblemCode::UnknownType),
            unmarked: false,
        };
        let mut ids: Vec<String> = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let page =
                self.filtered(install, connection, &filter, before.as_deref(), MAX_LOOKED_AT);
            let page = page.await?;
            let is_under = |problem: &ProblemItem| {
                UnrecognisedNames::of(problem).is_some_and(|of| of.is_about(names))
            };
            let found = page.problems.into_iter().filter(is_under).map(|problem| problem.id);
            ids.extend(found);
            before = page.next;
            if ids.len() > most {
                ids.truncate(most);
                return Ok((ids, true));
            }
            if before.is_none() {
                return Ok((ids, false));
            }
        }
    }

    /// The open problems of a connection, counted by kind.
    pub(crate) async fn open(self, install: &InstallId, connection: Ulid) -> Result<OpenProblems> {
        self.totals(install, connection).await.map(|totals| totals.open)
    }

    /// Updates the counts of open problems in the summary, after a person changed some.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn recount(self, install: &InstallId, connection: Ulid) -> Result<u64> {
        let open = self.open(install, connection).await?;
        let count = open.count();
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Summary)))
            .update_expression("SET open_problems = :count, open_kinds = :kinds")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":count", AttributeValue::N(count.to_string()))
            .expression_attribute_values(":kinds", to_attr(&open.kinds())?)
            .send()
            .await;
        conditional(sent).map(|_| count)
    }
}
