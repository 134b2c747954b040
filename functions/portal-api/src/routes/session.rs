//! Opening a session.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State as Extract};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use secrecy::ExposeSecret as _;
use stripe_sync::model::error::Error;
use stripe_sync::model::origin::web_origin;
use stripe_sync::model::session::RedemptionId;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, Failure, ProblemDetails};

use crate::dto::session::{Session, SessionRequest};
use crate::extract::{BearerToken, ValidJson};
use crate::state::State;

/// Exchanges a launch token for a session.
#[utoipa::path(post, path = "/portal/api/session", request_body = SessionRequest, security(()),
    responses(
        (status = 200, body = Session), (status = 401, body = ProblemDetails),
        (status = 410, body = ProblemDetails)))]
pub(crate) async fn open_session(
    Extract(state): Extract<Arc<State>>,
    _: PortalsPage,
    ValidJson(request): ValidJson<SessionRequest>,
) -> ApiResult<Json<Session>> {
    let redemption = request.redemption_id.as_deref().map(RedemptionId::parse).transpose()?;
    let redeemed = state
        .sessions()
        .open(&request.token, redemption.as_ref(), clock::new_ulid(), clock::now())
        .await?;
    Ok(Json(Session::of(redeemed)))
}

/// Exchanges a session's bearer for one that lives longer. The page asks for it while it is used,
/// and only where the deployment allows sessions that live longer than one bearer.
#[utoipa::path(post, path = "/portal/api/session/renew", responses(
    (status = 200, body = Session), (status = 401, body = ProblemDetails),
    (status = 403, body = ProblemDetails), (status = 410, body = ProblemDetails)))]
pub(crate) async fn renew_session(
    Extract(state): Extract<Arc<State>>,
    _: PortalsPage,
    BearerToken(bearer): BearerToken,
) -> ApiResult<Json<Session>> {
    let renewed = state.sessions().renew(bearer.expose_secret(), clock::now()).await?;
    Ok(Json(Session::of(renewed)))
}

/// A request from the portal's own page. Others are refused before their body is read.
pub(crate) struct PortalsPage;

impl FromRequestParts<Arc<State>> for PortalsPage {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Failure> {
        same_origin(&parts.headers, &state.public_base_url)?;
        Ok(Self)
    }
}

/// A browser sends the origin of a request: only the portal's own page may redeem a token.
fn same_origin(headers: &HeaderMap, public_base_url: &str) -> Result<(), Error> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let site_ok = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    // Compared as origins, not as texts: the configured host may be in upper case, and the URL may
    // name the default port.
    let own = web_origin(public_base_url).ok();
    let origin_ok =
        text("origin").is_none_or(|origin| own.is_some() && web_origin(origin).ok() == own);
    if site_ok && origin_ok {
        Ok(())
    } else {
        Err(Error::forbidden("cross_origin", "Only the portal's own page opens a session."))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn an_origin_is_compared_as_an_origin() {
        let from = |origin: &'static str| {
            HeaderMap::from_iter([(header::ORIGIN, header::HeaderValue::from_static(origin))])
        };
        for base in [
            "https://sync.example.com",
            "https://Sync.Example.com",
            "https://sync.example.com:443",
            "HTTPS://SYNC.EXAMPLE.COM",
        ] {
            assert!(same_origin(&from("https://sync.example.com"), base).is_ok(), "{base}");
            assert!(
                same_origin(&HeaderMap::new(), base).is_ok(),
                "{base}: a browser that tells nothing"
            );
            for other in [
                "http://sync.example.com",
                "https://sync.example.com:8443",
                "https://sync.example.com.evil.example",
                "null",
                "",
                "x",
            ] {
                assert!(same_origin(&from(other), base).is_err(), "{base} {other}");
            }
        }
        assert!(
            same_origin(&from("null"), "nothing").is_err(),
            "what is no origin is not the same as what is none"
        );
    }
}
