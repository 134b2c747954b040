//! Problems, and what a person does about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use stripe_sync::app::connect::connector::require;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::money::Currency;
use stripe_sync::model::problem::action::Action;
use stripe_sync::model::problem::item::{ProblemItem, ProblemState, SubjectKind};
use stripe_sync::model::run::Run;
use stripe_sync::model::session::{Portal, session_over};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::problems::actions::{ActedOn, Audit, MAX_ACTED_ON, ProblemAction};
use stripe_sync::platform::store::problems::reads::{MAX_PROBLEMS_PAGE, ProblemFilter};
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::{IntoParams, ToSchema};

use crate::api::{Asked, Authenticated, DEFAULT_PAGE, ask_for_run, connection, json_body};
use crate::dto::{RunSummary, minor};
use crate::handler::State;

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
struct Problem {
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
    problems: Vec<Problem>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    next: Option<String>,
}

/// A kind of problems.
#[derive(Serialize, ToSchema)]
struct ProblemKind {
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
    kinds: Vec<ProblemKind>,
    /// Whether all problems were counted; otherwise there are more than these.
    complete: bool,
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

impl Problem {
    fn of(item: ProblemItem) -> Self {
        let exponent = item.currency.as_deref().and_then(|code| code.parse().ok()).map_or(2, Currency::exponent);
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
            currency: item.currency,
            exponent,
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
    fn of(kinds: stripe_sync::platform::store::problems::reads::Kinds) -> Self {
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

/// Which page of the problems.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProblemsQuery {
    /// In which state; all, when it is not named.
    state: Option<ProblemState>,
    /// Of which code.
    code: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// Problems in the page.
    limit: Option<i32>,
}

/// What could not be posted, read, matched or understood.
#[utoipa::path(get, path = "/portal/api/problems", operation_id = "problems", params(ProblemsQuery), responses(
    (status = 200, body = ProblemPage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Asked(query): Asked<ProblemsQuery>,
) -> ApiResult<Json<ProblemPage>> {
    let Some(connection) = &portal.connection else { return Ok(Json(ProblemPage { problems: Vec::new(), next: None })) };
    if query.before.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_PROBLEM_ID) {
        return Err(Error::field("before", "is not the next of a page").into());
    }
    if query.code.as_ref().is_some_and(|code| code.len() > MAX_CODE) {
        return Err(Error::field("code", "is not the code of a kind").into());
    }
    let filter = ProblemFilter { state: query.state, code: query.code, unmarked: false };
    let limit = query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PROBLEMS_PAGE);
    let page =
        state.connector.store.problems().page(&portal.install, connection.connection, &filter, query.before.as_deref(), limit).await?;
    Ok(Json(ProblemPage { problems: page.problems.into_iter().map(Problem::of).collect(), next: page.next }))
}

/// Which kinds of problems there are, and how many of each.
#[utoipa::path(get, path = "/portal/api/problems/kinds", operation_id = "problem_kinds", responses(
    (status = 200, body = ProblemKinds), (status = 401, body = ProblemDetails)))]
pub(crate) async fn kinds(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<ProblemKinds>> {
    let Some(connection) = &portal.connection else { return Ok(Json(ProblemKinds { kinds: Vec::new(), complete: true })) };
    Ok(Json(ProblemKinds::of(state.connector.store.problems().kinds(&portal.install, connection.connection).await?)))
}

/// Tries again: the next sync reads the records anew, wherever in the history they lie, and posts what is missing of them.
#[utoipa::path(post, path = "/portal/api/problems/retry", operation_id = "retry_problems", request_body = RetryRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn retry(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult<Json<ProblemsChanged>> {
    require(&portal, Permission::DataRead)?;
    require(&portal, Permission::DataWrite)?;
    let request: RetryRequest = json_body(body).await?;
    let connection = connection(&portal)?;
    let (ids, more, subject) = match (&request.code, request.ids.is_empty()) {
        (Some(code), true) if !code.is_empty() && code.len() <= MAX_CODE => {
            let (ids, more) = state.connector.store.problems().to_retry(&portal.install, connection.connection, code).await?;
            (ids, more, code.clone())
        }
        (None, false) => (named(&request.ids)?, false, subject(&request.ids)),
        _ => return Err(Error::field("ids", "either ids or a code must be named").into()),
    };
    let steered = steer(&state, &portal, &ids, &ProblemAction::Retry, &subject).await?;
    // The marks are written first: a run made now finds them, and if none is made, the next one does.
    let run = if steered.changed.is_empty() { None } else { Some(ask_for_run(&state, &portal, Scope::New).await?) };
    let open = portal.summary.as_ref().map_or(0, |summary| summary.open_problems);
    Ok(Json(changed(&steered, more, open, run.as_ref())))
}

/// Says that problems may stay as they are, and why. A difference that they make stays a difference.
#[utoipa::path(post, path = "/portal/api/problems/dismiss", operation_id = "dismiss_problems", request_body = DismissRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn dismiss(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult<Json<ProblemsChanged>> {
    let request: DismissRequest = json_body(body).await?;
    let reason = request.reason.trim();
    if reason.is_empty()
        || reason.chars().count() > MAX_REASON
        || reason.chars().any(|character| character.is_control() && character != '\n')
    {
        return Err(Error::field("reason", format!("say why, in at most {MAX_REASON} characters")).into());
    }
    let ids = named(&request.ids)?;
    settle(&state, &portal, &ids, &ProblemAction::Dismiss(reason.to_owned())).await
}

/// Opens dismissed problems again.
#[utoipa::path(post, path = "/portal/api/problems/reopen", operation_id = "reopen_problems", request_body = ReopenRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn reopen(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult<Json<ProblemsChanged>> {
    let request: ReopenRequest = json_body(body).await?;
    let ids = named(&request.ids)?;
    settle(&state, &portal, &ids, &ProblemAction::Reopen).await
}

async fn settle(state: &State, portal: &Portal, ids: &[String], what: &ProblemAction) -> ApiResult<Json<ProblemsChanged>> {
    let connection = connection(portal)?;
    let steered = steer(state, portal, ids, what, &subject(ids)).await?;
    let open = state.connector.store.problems().recount(&portal.install, connection.connection).await?;
    Ok(Json(changed(&steered, false, open, None)))
}

async fn steer(state: &State, portal: &Portal, ids: &[String], what: &ProblemAction, subject: &str) -> ApiResult<ActedOn> {
    let connection = connection(portal)?;
    let trail = Audit { now: clock::now(), launch: portal.launch, retention_seconds: state.limits.retention_days * 86_400 };
    let steered = state.connector.store.problems().act(&portal.install, connection, ids, what, (&trail, subject)).await?;
    if steered.over {
        return Err(session_over().into());
    }
    tracing::info!(install = %portal.install, subject, changed = steered.changed.len(), refused = steered.refused.len(), "problems changed");
    if steered.changed.is_empty() && !steered.refused.is_empty() {
        return Err(Error::conflict("problem_changed", "This problem is not what it was when it was shown. Look again.").into());
    }
    Ok(steered)
}

fn changed(steered: &ActedOn, more: bool, open: u64, asked: Option<&(Run, bool)>) -> ProblemsChanged {
    ProblemsChanged {
        changed: steered.changed.len() as u64,
        left_alone: steered.refused.len() as u64,
        more,
        open,
        run: asked.map(|(run, _)| RunSummary::of(run)),
        created: asked.is_some_and(|(_, created)| *created),
    }
}

/// The ids of a request, if they can be ids.
fn named(ids: &[String]) -> Result<Vec<String>, Error> {
    const { assert!(MAX_NAMED <= MAX_ACTED_ON) };
    if ids.is_empty() || ids.len() > MAX_NAMED || ids.iter().any(|id| id.is_empty() || id.len() > MAX_PROBLEM_ID) {
        return Err(Error::field("ids", format!("1 to {MAX_NAMED} ids of problems must be named")));
    }
    Ok(ids.to_vec())
}

/// What the audit trail says it was about.
fn subject(ids: &[String]) -> String {
    match ids {
        [one] => one.clone(),
        many => format!("{} and {} more", many.first().map_or("", String::as_str), many.len().saturating_sub(1)),
    }
}
