//! Problems, and what a person does about them.

use serde::{Deserialize, Serialize};
use stripe_sync::app::problems::{Changed, Which};
use stripe_sync::model::error::Error;
use stripe_sync::model::problem::action::Action;
use stripe_sync::model::problem::item::{ProblemItem, ProblemState, SubjectKind};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::store::problems::actions::MAX_ACTED_ON;
use stripe_sync::platform::store::problems::reads::{Kinds, ProblemFilter};
use utoipa::{IntoParams, ToSchema};

use crate::dto::format::{exponent, minor};
use crate::dto::runs::RunSummary;

/// The longest id of a problem: what it is about, and a word. A longer one fits no key of the table.
const MAX_PROBLEM_ID: usize = 512;
/// The longest code of a kind of problems.
const MAX_CODE: usize = 64;
/// The longest reason for dismissing problems, characters.
const MAX_REASON: usize = 500;
/// Problems named in one call; a whole kind can be retried without naming them.
const MAX_NAMED: usize = 50;

/// Something that could not be posted, read, matched or understood.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    id: String,
    kind: SubjectKind,
    /// The id of what it is about.
    subject: String,
    /// That, when it is an id of Stripe's.
    #[schema(required)]
    stripe_id: Option<String>,
    code: String,
    cause: String,
    /// The safe action.
    action: Action,
    /// The same in words.
    advice: &'static str,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    /// The references of the ledger entries concerned, whether they are there or not.
    entry_references: Vec<String>,
    /// The ids of entries that are in the ledger.
    entry_ids: Vec<String>,
    state: ProblemState,
    /// In how many syncs it was met.
    attempts: u64,
    first_seen: String,
    last_seen: String,
    /// The sync that met it last.
    run_id: String,
    /// Another try was asked for and not yet made.
    retry_requested: bool,
    #[schema(required)]
    resolved_at: Option<String>,
    /// The sync that found its cause gone.
    #[schema(required)]
    resolved_by: Option<String>,
    #[schema(required)]
    dismissed_at: Option<String>,
    /// Why it was dismissed.
    #[schema(required)]
    reason: Option<String>,
}

/// A page of problems.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemPage {
    pub(crate) problems: Vec<Problem>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    pub(crate) next: Option<String>,
}

/// A kind of problems.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemKind {
    code: String,
    /// The safe action for problems of this kind.
    action: Action,
    open: u64,
    resolved: u64,
    dismissed: u64,
}

/// The kinds of problems there are.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemKinds {
    pub(crate) kinds: Vec<ProblemKind>,
    /// Whether all problems were counted; otherwise there are more than these.
    pub(crate) complete: bool,
}

/// Which problems to try again: some, or all open ones of a kind.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RetryRequest {
    /// Ids.
    #[serde(default)]
    ids: Vec<String>,
    /// A code.
    #[serde(default)]
    code: Option<String>,
}

/// Which problems may stay as they are.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DismissRequest {
    ids: Vec<String>,
    /// For whoever looks later.
    reason: String,
}

/// Which dismissed problems are to be looked at again.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReopenRequest {
    ids: Vec<String>,
}

/// What was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemsChanged {
    /// Problems changed.
    changed: u64,
    /// Problems that had changed meanwhile and were left alone.
    left_alone: u64,
    /// More of the kind are open: ask again.
    more: bool,
    /// Open problems now.
    open: u64,
    /// The open sync.
    #[schema(required)]
    run: Option<RunSummary>,
    /// That sync was made to try again. Otherwise it was open already, and the one after it tries again.
    created: bool,
}

/// Which page of the problems.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProblemsQuery {
    /// In which state; all, when it is not named.
    state: Option<ProblemState>,
    /// Of which code.
    code: Option<String>,
    /// The `next` of the page before.
    pub(crate) before: Option<String>,
    /// Problems in the page.
    pub(crate) limit: Option<i32>,
}

impl Problem {
    pub(crate) fn of(item: ProblemItem) -> Self {
        let (action, advice) = Action::of(&item.code);
        let at_stripe = matches!(item.kind, SubjectKind::Record | SubjectKind::Object);
        Self {
            stripe_id: at_stripe.then(|| item.subject.clone()),
            id: item.id,
            kind: item.kind,
            subject: item.subject,
            code: item.code,
            cause: item.cause,
            action,
            advice,
            amount: item.amount.map(minor),
            exponent: item.currency.as_deref().map_or(2, exponent),
            currency: item.currency,
            entry_references: item.entry_references,
            entry_ids: item.entry_ids,
            state: item.state,
            attempts: item.attempts,
            first_seen: item.first_seen.rfc3339(),
            last_seen: item.last_seen.rfc3339(),
            run_id: item.run.to_string(),
            retry_requested: item.retry_requested.is_some(),
            resolved_at: item.resolved_at.map(Millis::rfc3339),
            resolved_by: item.resolved_by.map(|run| run.to_string()),
            dismissed_at: item.dismissed_at.map(Millis::rfc3339),
            reason: item.reason,
        }
    }
}

impl ProblemKinds {
    pub(crate) fn of(kinds: Kinds) -> Self {
        let mut rows: Vec<ProblemKind> = Vec::new();
        // By code, then by state: rows of one code follow each other.
        for ((code, state), count) in kinds.counts {
            if rows.last().is_none_or(|row| row.code != code) {
                let action = Action::of(&code).0;
                rows.push(ProblemKind { code, action, open: 0, resolved: 0, dismissed: 0 });
            }
            if let Some(row) = rows.last_mut() {
                match state {
                    ProblemState::Open => row.open = count,
                    ProblemState::Resolved => row.resolved = count,
                    ProblemState::Dismissed => row.dismissed = count,
                }
            }
        }
        Self { kinds: rows, complete: kinds.complete }
    }
}

impl ProblemsQuery {
    /// Which problems the page holds.
    pub(crate) fn filter(&self) -> Result<ProblemFilter, Error> {
        if self.before.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_PROBLEM_ID) {
            return Err(Error::field("before", "is not the next of a page"));
        }
        if self.code.as_ref().is_some_and(|code| code.len() > MAX_CODE) {
            return Err(Error::field("code", "is not the code of a kind"));
        }
        Ok(ProblemFilter { state: self.state, code: self.code.clone(), unmarked: false })
    }
}

impl RetryRequest {
    pub(crate) fn which(self) -> Result<Which, Error> {
        match (self.code, self.ids.is_empty()) {
            (Some(code), true) if !code.is_empty() && code.len() <= MAX_CODE => Ok(Which::Kind(code)),
            (None, false) => Ok(Which::Named(named(self.ids)?)),
            _ => Err(Error::field("ids", "either ids or a code must be named")),
        }
    }
}

impl DismissRequest {
    /// The ids and the reason.
    pub(crate) fn checked(self) -> Result<(Vec<String>, String), Error> {
        let reason = self.reason.trim();
        let is_odd = |character: char| character.is_control() && character != '\n';
        if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(is_odd) {
            return Err(Error::field("reason", format!("say why, in at most {MAX_REASON} characters")));
        }
        let reason = reason.to_owned();
        Ok((named(self.ids)?, reason))
    }
}

impl ReopenRequest {
    pub(crate) fn checked(self) -> Result<Vec<String>, Error> {
        named(self.ids)
    }
}

impl ProblemsChanged {
    pub(crate) fn of(changed: &Changed) -> Self {
        Self {
            changed: changed.changed,
            left_alone: changed.left_alone,
            more: changed.more,
            open: changed.open,
            run: changed.run.as_ref().map(|asked| RunSummary::of(&asked.run)),
            created: changed.run.as_ref().is_some_and(|asked| asked.created),
        }
    }
}

/// The ids of a request, if they can be ids.
fn named(ids: Vec<String>) -> Result<Vec<String>, Error> {
    const { assert!(MAX_NAMED <= MAX_ACTED_ON) };
    if ids.is_empty() || ids.len() > MAX_NAMED || ids.iter().any(|id| id.is_empty() || id.len() > MAX_PROBLEM_ID) {
        return Err(Error::field("ids", format!("1 to {MAX_NAMED} ids of problems must be named")));
    }
    Ok(ids)
}
