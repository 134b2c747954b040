//! Problems, and a person's actions on them.

use serde::{Deserialize, Serialize};
use stripe_sync::app::problems::{ActionResult, DismissSelection, RetrySelection};
use stripe_sync::model::error::Error;
use stripe_sync::model::problem::action::RecommendedAction;
use stripe_sync::model::problem::code::ProblemCode;
use stripe_sync::model::problem::item::{ProblemItem, ProblemState, SubjectKind};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::store::problems::actions::MAX_ACTED_ON;
use stripe_sync::platform::store::problems::reads::{Kinds, ProblemFilter};
use utoipa::{IntoParams, ToSchema};

use crate::dto::account_rules::MovementNames;
use crate::dto::format::{exponent, minor};
use crate::dto::runs::RunSummary;

/// The longest id of a problem: what it is about, and a word. A longer one fits no key of the
/// table.
const MAX_PROBLEM_ID: usize = 512;
/// The longest code of a kind of problems.
const MAX_CODE: usize = 64;
/// The longest reason for dismissing problems, characters.
const MAX_REASON: usize = 500;
/// Problems named in one call; a whole kind can be retried without naming them.
const MAX_NAMED: usize = 50;

/// Something that could not be posted, read, matched or classified.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    id: String,
    kind: SubjectKind,
    /// The id of its subject.
    subject: String,
    /// The subject, if it is a Stripe id.
    #[schema(required)]
    stripe_id: Option<String>,
    code: String,
    cause: String,
    /// The recommended action.
    action: RecommendedAction,
    /// The recommended action as a text.
    advice: &'static str,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    /// The references of the ledger entries concerned, whether or not the entries exist.
    entry_references: Vec<String>,
    /// The ids of existing ledger entries.
    entry_ids: Vec<String>,
    state: ProblemState,
    /// The number of syncs that found it.
    attempts: u64,
    first_seen: String,
    last_seen: String,
    /// The sync that found it last.
    run_id: String,
    /// Whether a retry was requested and has not happened yet.
    retry_requested: bool,
    #[schema(required)]
    resolved_at: Option<String>,
    /// The sync that found it resolved.
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
    /// The value of `before` that requests the next page. Absent on the last page.
    #[schema(required)]
    pub(crate) next: Option<String>,
}

/// The problems of one code.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemKind {
    code: String,
    /// The recommended action for problems of this kind.
    action: RecommendedAction,
    open: u64,
    resolved: u64,
    dismissed: u64,
}

/// The problems by kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemKinds {
    pub(crate) kinds: Vec<ProblemKind>,
    /// Whether all problems were counted. Otherwise there are more.
    pub(crate) complete: bool,
}

/// The problems to retry: by id, or all open ones of a code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RetryRequest {
    /// The ids of the problems.
    #[serde(default)]
    ids: Vec<String>,
    /// The code of the problems.
    #[serde(default)]
    code: Option<String>,
}

/// The problems to dismiss: by id, or all open ones about movements with the same names that the
/// app has no rule for.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DismissRequest {
    /// The ids of the problems.
    #[serde(default)]
    ids: Vec<String>,
    /// The names of movements in suspense.
    #[serde(default)]
    unrecognised: Option<MovementNames>,
    /// The reason, for the audit trail.
    reason: String,
}

/// The dismissed problems to reopen.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReopenRequest {
    ids: Vec<String>,
}

/// The result of a change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemsChanged {
    /// The number of problems changed.
    changed: u64,
    /// The number of problems that had changed in the meantime and were not touched.
    left_alone: u64,
    /// Whether more of the kind are open. Repeat the request for the rest.
    more: bool,
    /// The number of open problems after the change.
    open: u64,
    /// The open sync.
    #[schema(required)]
    run: Option<RunSummary>,
    /// Whether this call started the sync. Otherwise a sync was already open, and the one after it
    /// retries.
    created: bool,
}

/// Which page of the problems.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProblemsQuery {
    /// The state; all states if absent.
    state: Option<ProblemState>,
    /// The code.
    code: Option<String>,
    /// The `next` of the previous page.
    pub(crate) before: Option<String>,
    /// The maximum number of problems in the page.
    pub(crate) limit: Option<i32>,
}

impl Problem {
    pub(crate) fn of(item: ProblemItem) -> Self {
        let (action, advice) = RecommendedAction::of(&item.code);
        let at_stripe = matches!(item.kind, SubjectKind::Record | SubjectKind::Object);
        Self {
            stripe_id: at_stripe.then(|| item.subject.clone()),
            id: item.id,
            kind: item.kind,
            subject: item.subject,
            code: item.code.as_str().to_owned(),
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
            if rows.last().is_none_or(|row| row.code != code.as_str()) {
                let action = RecommendedAction::of(&code).0;
                let code = code.as_str().to_owned();
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
            return Err(Error::field("before", "`before` is not a valid `next` cursor."));
        }
        if self.code.as_ref().is_some_and(|code| code.len() > MAX_CODE) {
            return Err(Error::field("code", "`code` is not the code of a problem."));
        }
        let code = self.code.clone().map(ProblemCode::from);
        Ok(ProblemFilter { state: self.state, code, unmarked: false })
    }
}

impl RetryRequest {
    pub(crate) fn which(self) -> Result<RetrySelection, Error> {
        match (self.code, self.ids.is_empty()) {
            (Some(code), true) if !code.is_empty() && code.len() <= MAX_CODE => {
                Ok(RetrySelection::Kind(code.into()))
            }
            (None, false) => Ok(RetrySelection::Named(named(self.ids)?)),
            _ => Err(Error::field("ids", "Name either `ids` or a `code`.")),
        }
    }
}

impl DismissRequest {
    /// Which problems, and the reason.
    pub(crate) fn checked(self) -> Result<(DismissSelection, String), Error> {
        let reason = self.reason.trim();
        let is_odd = |character: char| character.is_control() && character != '\n';
        if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(is_odd) {
            return Err(Error::field(
                "reason",
                format!("Give a reason of at most {MAX_REASON} characters."),
            ));
        }
        let reason = reason.to_owned();
        let which = match (self.unrecognised, self.ids.is_empty()) {
            (Some(names), true) => DismissSelection::Unrecognised(names.checked()?),
            (Some(_), false) => {
                return Err(Error::field("ids", "Name either `ids` or `unrecognised`."));
            }
            (None, _) => DismissSelection::Named(named(self.ids)?),
        };
        Ok((which, reason))
    }
}

impl ReopenRequest {
    pub(crate) fn checked(self) -> Result<Vec<String>, Error> {
        named(self.ids)
    }
}

impl ProblemsChanged {
    pub(crate) fn of(changed: &ActionResult) -> Self {
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
    if ids.is_empty()
        || ids.len() > MAX_NAMED
        || ids.iter().any(|id| id.is_empty() || id.len() > MAX_PROBLEM_ID)
    {
        return Err(Error::field("ids", format!("Name 1 to {MAX_NAMED} ids of problems.")));
    }
    Ok(ids)
}

/// An id in a path. An invalid id is not found.
pub(crate) fn problem_id(text: &str) -> Result<&str, Error> {
    if text.is_empty() || text.len() > MAX_PROBLEM_ID { Err(Error::NotFound) } else { Ok(text) }
}
