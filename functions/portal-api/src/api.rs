//! The JSON API's routes, each described where it is answered.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Query, State as Extract};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use stripe_sync::app::connect::connector::{Moment, not_connected, require};
use stripe_sync::model::asked::{Scope, Trigger};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::origin::web_origin;
use stripe_sync::model::run::Run;
use stripe_sync::model::session::{Bearer, Launch, Portal, RedemptionId, session_over};
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::message::{Reason, WakeUp};
use stripe_sync::platform::store::runs::history::MAX_RUNS_PAGE;
use stripe_sync::platform::store::runs::{Request, Requested};
use stripe_sync::platform::web::{ApiResult, Failure, ProblemDetails, read_body};
use ulid::Ulid;
use utoipa::IntoParams;

use crate::dto::{
    ConnectRequest, Connected, Overview, Permissions, RunDetail, RunFilter, RunPage, RunRequest, RunStarted, RunSummary, Session,
    SessionRequest, StripeConnection, Tallies,
};
use crate::handler::State;

/// The largest body of a request.
const MAX_BODY: usize = 8 * 1024;
/// Runs or problems in a page, when the request does not say.
pub(crate) const DEFAULT_PAGE: i32 = 20;

/// The session behind a call: verified, and its install read anew.
pub(crate) struct Authenticated(pub(crate) Portal);

impl FromRequestParts<Arc<State>> for Authenticated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Failure> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Error::Unauthorized { code: "unauthorized", detail: "no session" })?;
        let secrets = state.session_secret.versions_for(|secrets| Bearer::is_signed(bearer, secrets)).await?;
        Ok(Self(state.connector.store.launches().portal(bearer, &secrets, clock::now()).await?))
    }
}

pub(crate) async fn json_body<T: DeserializeOwned>(body: axum::body::Body) -> Result<T, Error> {
    let bytes = read_body(body, MAX_BODY).await?;
    // An array would pass for an object whose fields all have defaults.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::BadRequest { field: None, detail: "the body is not a JSON object".to_owned() });
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        // The position only: the text of an error may quote a key.
        Error::BadRequest {
            field: None,
            detail: format!("the body is not what this route takes (line {}, column {})", error.line(), error.column()),
        }
    })
}

/// A query string, refused like everything else when it is not what the route takes.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        // What was sent is not repeated: it may be anything.
        let refused = || Error::BadRequest { field: None, detail: "the query is not what this route takes".to_owned() };
        Query::<T>::from_request_parts(parts, state).await.map(|Query(asked)| Self(asked)).map_err(|_| refused().into())
    }
}

pub(crate) fn parse_id(text: &str) -> Result<Ulid, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

pub(crate) fn connection(portal: &Portal) -> Result<&Connection, Error> {
    portal.connection.as_ref().ok_or_else(not_connected)
}

pub(crate) fn moment() -> Moment {
    Moment { now: clock::now(), connection: clock::new_ulid(), activity: clock::new_ulid(), webhook: clock::new_ulid() }
}

/// A browser tells where a request comes from: only the portal's own page may redeem a token there.
fn same_origin(headers: &HeaderMap, public_base_url: &str) -> Result<(), Error> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let site_ok = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    // Compared as origins, not as texts: a host may be configured in upper case, a port that goes without saying be said.
    let own = web_origin(public_base_url).ok();
    let origin_ok = text("origin").is_none_or(|origin| own.is_some() && web_origin(origin).ok() == own);
    if site_ok && origin_ok { Ok(()) } else { Err(Error::forbidden("cross_origin", "a session is only opened by the portal's own page")) }
}

/// Exchanges a launch token for a session.
#[utoipa::path(post, path = "/portal/api/session", request_body = SessionRequest, security(()), responses(
    (status = 200, body = Session), (status = 401, body = ProblemDetails), (status = 410, body = ProblemDetails)))]
pub(crate) async fn open_session(
    Extract(state): Extract<Arc<State>>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> ApiResult<Json<Session>> {
    same_origin(&headers, &state.public_base_url)?;
    let request: SessionRequest = json_body(body).await?;
    let again = request.redemption_id.as_deref().map(RedemptionId::parse).transpose()?;
    let secrets = state.session_secret.versions_for(|secrets| Launch::is_signed(&request.token, secrets)).await?;
    let (ids, now) = (clock::new_ulid(), clock::now());
    let redeemed = state.connector.store.launches().redeem(&request.token, &secrets, ids, now, &state.limits, again.as_ref()).await?;
    Ok(Json(Session { bearer: redeemed.bearer, expires_at: redeemed.expires_at.rfc3339(), launch_id: redeemed.launch.to_string() }))
}

/// What the first screen shows.
#[utoipa::path(get, path = "/portal/api/overview", responses((status = 200, body = Overview), (status = 401, body = ProblemDetails)))]
pub(crate) async fn overview(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<Overview>> {
    let freshness = state.freshness(&portal);
    let open = match portal.connection.as_ref().and_then(|connection| Some((connection.connection, connection.current_run?))) {
        Some((connection, open)) => state.connector.store.runs().get(&portal.install, connection, open).await?,
        None => None,
    };
    Ok(Json(Overview::of(&portal, state.dashboard_url.as_deref(), freshness, open.as_ref())))
}

/// The scopes granted, and what each is for.
#[utoipa::path(get, path = "/portal/api/permissions", responses((status = 200, body = Permissions), (status = 401, body = ProblemDetails)))]
pub(crate) async fn permissions(Authenticated(portal): Authenticated) -> ApiResult<Json<Permissions>> {
    Ok(Json(Permissions::of(&portal)))
}

/// Connects a Stripe account, or replaces its key.
#[utoipa::path(post, path = "/portal/api/stripe", request_body = ConnectRequest, responses(
    (status = 200, body = Connected), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn connect(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult<Json<Connected>> {
    let request: ConnectRequest = json_body(body).await?;
    let connected = state.connector.connect(&portal, &request.key, request.prefix.as_deref(), moment()).await?;
    tracing::info!(install = %portal.install, account = connected.connection.account_id, replaced = connected.replaced, "connected");
    state.settle_schedule(&portal).await;
    Ok(Json(Connected { stripe: StripeConnection::of(&connected.connection, &portal.meta), replaced: connected.replaced }))
}

/// Disconnects the Stripe account. What was posted stays in the ledger.
#[utoipa::path(delete, path = "/portal/api/stripe", responses((status = 204), (status = 409, body = ProblemDetails)))]
pub(crate) async fn disconnect(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult {
    state.connector.disconnect(&portal, moment()).await?;
    tracing::info!(install = %portal.install, "disconnected");
    state.settle_schedule(&portal).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Starts a sync, or wakes the run that is open. Without data:write it reads and compares, and posts nothing.
#[utoipa::path(post, path = "/portal/api/runs", request_body = RunRequest, responses(
    (status = 202, body = RunStarted), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn start_run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult {
    require(&portal, Permission::DataRead)?;
    let wanted: RunRequest = json_body(body).await?;
    let (run, created) = ask_for_run(&state, &portal, wanted.scope.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(RunStarted { run: RunSummary::of(&run), created })).into_response())
}

/// Makes a run and wakes a worker for it. While another one is open, a run will follow it; answers the run, and whether it was made.
pub(crate) async fn ask_for_run(state: &State, portal: &Portal, scope: Scope) -> ApiResult<(Run, bool)> {
    let connection = connection(portal)?;
    let store = &state.connector.store;
    let id = clock::new_ulid();
    let request = Request {
        id,
        trigger: Trigger::Manual,
        scope,
        now: clock::now(),
        launch: Some(portal.launch),
        retention_seconds: state.limits.retention_days * 86_400,
    };
    let (run, created) = match store.runs().request(&portal.install, connection, &request).await? {
        Requested::Created(run) => (*run, true),
        Requested::Open(open) => {
            if connection.paused.is_some() {
                store.runs().lift_pause(&portal.install, connection.connection).await?;
            }
            (
                store
                    .runs()
                    .get(&portal.install, connection.connection, open)
                    .await?
                    .ok_or_else(|| Error::internal("an open run that is gone"))?,
                false,
            )
        }
        Requested::Uninstalled => return Err(session_over().into()),
        Requested::Gone => return Err(Error::conflict("changed_meanwhile", "The connection was changed meanwhile. Look again.").into()),
    };
    // A run that rests or waits goes on, and that is all; a second click on a running one is a new request, and makes another run follow.
    let names_run = created || connection.paused.is_some() || run.waiting.is_some();
    let wake_up = WakeUp {
        install: portal.install.clone(),
        generation: portal.generation.clone(),
        reason: Reason::Manual,
        run: names_run.then(|| run.id.to_string()),
        at: Some(request.now),
    };
    state.connector.queue.send(&wake_up, &format!("manual:{id}")).await?;
    tracing::info!(install = %portal.install, run = %run.id, created, "run requested");
    Ok((run, created))
}

/// Which page of the history.
#[derive(serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsQuery {
    /// Which runs.
    #[serde(default)]
    filter: RunFilter,
    /// The `next` of the page before.
    before: Option<String>,
    /// Runs in the page.
    limit: Option<i32>,
}

/// The history, newest first.
#[utoipa::path(get, path = "/portal/api/runs", params(RunsQuery), responses((status = 200, body = RunPage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn runs(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Asked(query): Asked<RunsQuery>,
) -> ApiResult<Json<RunPage>> {
    let tallies = Tallies::of(&portal);
    let Some(connection) = &portal.connection else { return Ok(Json(RunPage { runs: Vec::new(), next: None, tallies })) };
    let before = query.before.as_deref().map(str::parse).transpose().map_err(|_| Error::field("before", "is not the next of a page"))?;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_RUNS_PAGE);
    let page = state.connector.store.runs().page(&portal.install, connection.connection, query.filter.states(), before, limit).await?;
    Ok(Json(RunPage { runs: page.runs.iter().map(RunSummary::of).collect(), next: page.next.map(|id| id.to_string()), tallies }))
}

/// One run, as it stands.
#[utoipa::path(get, path = "/portal/api/runs/{id}", params(("id" = String, Path)), responses((status = 200, body = RunDetail), (status = 404, body = ProblemDetails)))]
pub(crate) async fn run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult<Json<RunDetail>> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    let run = state.connector.store.runs().get(&portal.install, connection.connection, parse_id(&id)?).await?.ok_or(Error::NotFound)?;
    Ok(Json(RunDetail::of(&run)))
}

/// Asks a run to stop: it ends before its next page.
#[utoipa::path(post, path = "/portal/api/runs/{id}/stop", params(("id" = String, Path)), responses(
    (status = 202, body = RunSummary), (status = 404, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn stop_run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult {
    let connection = connection(&portal)?;
    let run = state.connector.store.runs().stop(&portal.install, connection.connection, parse_id(&id)?).await?;
    if connection.paused.is_some() {
        // Nobody works on a run that rests: the worker must be woken to end it.
        state.connector.store.runs().lift_pause(&portal.install, connection.connection).await?;
    }
    let wake_up = WakeUp {
        install: portal.install.clone(),
        generation: portal.generation.clone(),
        reason: Reason::Continue,
        run: Some(run.id.to_string()),
        at: None,
    };
    state.connector.queue.send(&wake_up, &format!("stop:{}", clock::new_ulid())).await?;
    tracing::info!(install = %portal.install, run = %run.id, "stop requested");
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_an_origin() {
        let from = |origin: &'static str| HeaderMap::from_iter([(header::ORIGIN, header::HeaderValue::from_static(origin))]);
        for base in ["https://sync.example.com", "https://Sync.Example.com", "https://sync.example.com:443", "HTTPS://SYNC.EXAMPLE.COM"] {
            assert!(same_origin(&from("https://sync.example.com"), base).is_ok(), "{base}");
            assert!(same_origin(&HeaderMap::new(), base).is_ok(), "{base}: a browser that tells nothing");
            for other in
                ["http://sync.example.com", "https://sync.example.com:8443", "https://sync.example.com.evil.example", "null", "", "x"]
            {
                assert!(same_origin(&from(other), base).is_err(), "{base} {other}");
            }
        }
        assert!(same_origin(&from("null"), "nothing").is_err(), "what is no origin is not the same as what is none");
    }
}
