//! The only place that turns a failure into an HTTP response (RFC 9457) and writes one log line for
//! each request.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::model::error::{Details, Error};
use crate::platform::clock;

/// The media type of every failure response.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A failure returned by a handler. [`observe`] turns it into the response.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The result of a handler.
pub type ApiResult<T = Response> = std::result::Result<T, Failure>;

/// The failure, carried to [`observe`] in the response's extensions.
#[derive(Debug, Clone)]
struct Carried(std::sync::Arc<Error>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status(&self.0);
        response.extensions_mut().insert(Carried(std::sync::Arc::new(self.0)));
        response
    }
}

/// A failure from the framework instead of a handler: a path that cannot be decoded, a response
/// that cannot be built.
fn of_the_framework(status: StatusCode) -> Option<Carried> {
    let error = match status {
        StatusCode::BAD_REQUEST => {
            Error::BadRequest { field: None, detail: "The path is invalid.".to_owned() }
        }
        StatusCode::INTERNAL_SERVER_ERROR => Error::internal("no response could be built"),
        _ => return None,
    };
    Some(Carried(std::sync::Arc::new(error)))
}

/// The HTTP status of a failure.
#[must_use]
pub const fn status(error: &Error) -> StatusCode {
    match error {
        Error::BadRequest { .. } => StatusCode::BAD_REQUEST,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
        Error::Gone { .. } => StatusCode::GONE,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unavailable { .. } | Error::NewerVersion(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn code(error: &Error) -> &'static str {
    match error {
        Error::BadRequest { .. } => "bad_request",
        Error::TooLarge { .. } => "too_large",
        Error::NotFound => "not_found",
        Error::MethodNotAllowed => "method_not_allowed",
        Error::Forbidden { code, .. }
        | Error::Unauthorized { code, .. }
        | Error::Gone { code, .. }
        | Error::Conflict { code, .. }
        | Error::Refused { code, .. } => code,
        Error::Unavailable { .. } | Error::NewerVersion(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    #[serde(rename = "type")]
    type_: &'static str,
    title: &'static str,
    status: u16,
    /// A sentence for people.
    detail: String,
    /// A stable word for programs.
    code: &'static str,
    /// Identifies the request in the logs.
    request_id: String,
    /// Additional members of some errors.
    #[serde(flatten)]
    more: Details,
}

/// Builds the problem document of a failure: safe to show, with the request id so that the log line
/// can be found.
#[must_use]
pub fn problem(error: &Error, request_id: &str) -> ProblemDetails {
    let status = status(error);
    ProblemDetails {
        type_: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: sentence(error.to_string()),
        code: code(error),
        request_id: request_id.to_owned(),
        more: match error {
            Error::BadRequest { field, .. } => Details { field: *field, ..Details::default() },
            Error::Conflict { more, .. } | Error::Refused { more, .. } => Details::clone(more),
            _ => Details::default(),
        },
    }
}

/// A message as a sentence: with a capital letter and a full stop. An id at its start is unchanged.
fn sentence(mut text: String) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    if word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// The id of a request, as returned to the caller.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Middleware around every route: one log line for each request (the route, never the path), and
/// failures as problem documents.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request
        .extensions()
        .get::<lambda_runtime::Context>()
        .map_or_else(|| clock::new_ulid().to_string(), |context| context.request_id.clone());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    if let Some(Carried(error)) = response
        .extensions_mut()
        .remove::<Carried>()
        .or_else(|| of_the_framework(response.status()))
    {
        let body = axum::Json(problem(&error, &id));
        let kept = response.status();
        response = (kept, [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))], body)
            .into_response();
        if kept.is_server_error() {
            tracing::error!(request = %id, status = kept.as_u16(), cause = %error.chain(),
                "request failed");
        } else {
            tracing::info!(request = %id, status = kept.as_u16(), cause = %error.chain(),
                "request refused");
        }
        if kept == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    tracing::info!(request = %id, %method, %route, status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX), "request answered");
    response
}

/// Reads a body up to a limit.
///
/// # Errors
/// [`Error::TooLarge`], or [`Error::BadRequest`] when the body cannot be read.
pub async fn read_body(body: Body, limit: usize) -> Result<axum::body::Bytes, Error> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        if std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"))
        {
            Error::TooLarge { limit }
        } else {
            Error::BadRequest { field: None, detail: "The body could not be read.".to_owned() }
        }
    })
}

/// The addresses from which the platform's routes may be called. Empty means anywhere.
#[derive(Debug, Clone, Default)]
pub struct AllowedCallers(Vec<ipnet::IpNet>);

impl AllowedCallers {
    /// Reads the addresses from the environment. Without any, every address is allowed.
    pub fn configured(env: &mut crate::platform::config::Environment) -> Self {
        const NAME: &str = "ALLOWED_CALLER_CIDRS";
        Self::parse(&env.optional(NAME).unwrap_or_default()).unwrap_or_else(|reason| {
            env.malformed(NAME, reason);
            Self::default()
        })
    }

    /// Parses a comma-separated list of CIDR blocks.
    ///
    /// # Errors
    /// The member that is not a CIDR block.
    pub fn parse(list: &str) -> Result<Self, String> {
        list.split(',')
            .map(str::trim)
            .filter(|block| !block.is_empty())
            .map(|block| block.parse().map_err(|_| format!("{block} is not a CIDR block")))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the caller of a request may use the route. The address is the one that the gateway
    /// saw, never a header.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn admit(&self, extensions: &axum::http::Extensions) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let source = match extensions.get::<lambda_http::request::RequestContext>() {
            Some(lambda_http::request::RequestContext::ApiGatewayV2(context)) => {
                context.http.source_ip.as_deref().and_then(|ip| ip.parse().ok())
            }
            _ => None,
        };
        match source {
            Some(ip) if self.0.iter().any(|block| block.contains::<&std::net::IpAddr>(&ip)) => {
                Ok(())
            }
            _ => Err(Error::forbidden(
                "caller_not_allowed",
                "Calls from this address are not allowed.",
            )),
        }
    }
}

/// The response to the platform's probes and to every accepted event.
#[must_use]
pub fn ok() -> Response {
    axum::Json(json!({"ok": true})).into_response()
}

/// The response for an unknown path.
pub async fn not_found() -> Response {
    Failure(Error::NotFound).into_response()
}

/// The response for a method that a route does not support.
pub async fn method_not_allowed() -> Response {
    Failure(Error::MethodNotAllowed).into_response()
}
