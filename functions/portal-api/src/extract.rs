//! What a request holds, checked once for every route: its session, its query, its body, ids in its
//! path.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use stripe_sync::app::connect::connector::require;
use stripe_sync::app::session::no_session;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::ledger::day_from;
use stripe_sync::model::session::Portal;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{Failure, read_body};
use ulid::Ulid;

use crate::state::State;

/// The largest body of a request.
const MAX_BODY: usize = 8 * 1024;

/// Items in a page, unless the request sets a limit.
const DEFAULT_PAGE: i32 = 20;

/// The session behind a call: verified, and its install read again.
pub(crate) struct Authenticated(pub(crate) Portal);

impl FromRequestParts<Arc<State>> for Authenticated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Failure> {
        let BearerToken(bearer) = BearerToken::from_request_parts(parts, state).await?;
        Ok(Self(state.sessions().portal(bearer.expose_secret(), clock::now()).await?))
    }
}

/// The bearer of a request, not yet verified.
pub(crate) struct BearerToken(pub(crate) SecretString);

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer =
            header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(no_session)?;
        Ok(Self(SecretString::from(bearer)))
    }
}

/// A session whose install grants `data:read`. A session without it is refused before the body is
/// read.
pub(crate) struct Reader(pub(crate) Portal);

impl FromRequestParts<Arc<State>> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Failure> {
        let Authenticated(portal) = Authenticated::from_request_parts(parts, state).await?;
        require(&portal, Permission::DataRead)?;
        Ok(Self(portal))
    }
}

/// A session whose install grants `data:write`. A session without it is refused before the body is
/// read.
pub(crate) struct Writer(pub(crate) Portal);

impl FromRequestParts<Arc<State>> for Writer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Failure> {
        let Authenticated(portal) = Authenticated::from_request_parts(parts, state).await?;
        require(&portal, Permission::DataWrite)?;
        Ok(Self(portal))
    }
}

/// A JSON object of a type. A refusal names the position of the error and quotes nothing.
pub(crate) struct ValidJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ValidJson<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let bytes = read_body(request.into_body(), MAX_BODY).await?;
        // An array would pass for an object whose fields all have defaults.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::BadRequest {
                field: None,
                detail: "The body is not a JSON object.".to_owned(),
            }
            .into());
        }
        let read = serde_json::from_slice(&bytes).map_err(|error| {
            // The position only: the text of an error may quote a key.
            Error::BadRequest {
                field: None,
                detail: format!(
                    "The body is invalid (line {}, column {}).",
                    error.line(),
                    error.column()
                ),
            }
        });
        Ok(Self(read?))
    }
}

/// A query string. An invalid one is refused as a problem document.
pub(crate) struct ValidQuery<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        // What was sent is not repeated: it may be anything.
        let refused =
            || Error::BadRequest { field: None, detail: "The query is invalid.".to_owned() };
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(query)| Self(query))
            .map_err(|_| refused().into())
    }
}

/// An id in a path. An invalid id is not found.
pub(crate) fn parse_id(text: &str) -> Result<Ulid, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// The `next` of the page before, where pages are named by ids.
pub(crate) fn page_start(before: Option<&str>) -> Result<Option<Ulid>, Error> {
    before
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::field("before", "`before` is not a valid `next` cursor."))
}

/// Items in a page, of at most so many.
pub(crate) fn page_size(wanted: Option<i32>, most: i32) -> i32 {
    wanted.unwrap_or(DEFAULT_PAGE).clamp(1, most)
}

/// UTC days, both included: their midnights, Unix seconds.
pub(crate) fn utc_days(
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<i64>, Option<i64>), Error> {
    let day = |name: &'static str, text: Option<&str>| {
        let read = |text| {
            day_from(text).ok_or_else(|| {
                Error::field(name, format!("`{name}` is not a UTC day, `yyyy-mm-dd`."))
            })
        };
        text.map(read).transpose()
    };
    let (from, to) = (day("from", from)?, day("to", to)?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Error::field("to", "`to` is before `from`."));
    }
    Ok((from, to))
}
