//! Errors as Stripe words them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Response, StatusCode};

use super::json;

/// A refused request.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) param: Option<String>,
}

impl Failure {
    /// An empty `invalid_request_error`, status 400.
    pub(super) fn invalid_request() -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: None, message: String::new(), param: None }
    }

    /// A parameter that is wrong.
    pub(super) fn param(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            message: message.into(),
            param: Some(param.to_owned()),
            ..Self::invalid_request()
        }
    }

    /// No such object: 404 when it is the request's subject, 400 when it is a cursor or a filter.
    pub(super) fn missing(status: StatusCode, noun: &str, id: &str, param: &str) -> Self {
        Self { status, ..Self::param("resource_missing", param, format!("No such {noun}: '{id}'")) }
    }

    /// An object that cannot be written.
    pub(super) fn unrenderable() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: "An unknown error occurred".to_owned(),
            ..Self::invalid_request()
        }
    }

    /// No `Authorization` header.
    pub(super) fn no_key() -> Self {
        Self::unauthorized(
            None,
            "You did not provide an API key. You need to provide your API key in the Authorization \
                header, using Bearer auth \
                (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
                https://stripe.com/docs/api#authentication for details, or we \
             can help at https://support.stripe.com/."
                .to_owned(),
        )
    }

    /// A key nobody was given.
    pub(super) fn bad_key(masked: &str) -> Self {
        Self::unauthorized(None, format!("Invalid API Key provided: {masked}"))
    }

    /// A key that was deleted or rolled.
    pub(super) fn expired_key(masked: &str) -> Self {
        let message = format!("Expired API Key provided: {masked}");
        Self::unauthorized(Some("api_key_expired"), message)
    }

    /// A key for browsers.
    pub(super) fn publishable_key() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: Some("secret_key_required"),
            message:
                "This API call cannot be made with a publishable API key. Please use a secret \
                    API key. You can find a list of \
                      your API keys at https://dashboard.stripe.com/account/apikeys."
                    .to_owned(),
            param: None,
        }
    }

    /// `Stripe-Account` names an account that the key does not reach.
    pub(super) fn other_account(masked: &str, account: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: Some("account_invalid"),
            message: format!(
                "The provided key '{masked}' does not have access to account '{account}' (or that \
                    account does not exist). \
                 Application access may have been revoked."
            ),
            param: None,
        }
    }

    /// Too many requests.
    pub(super) fn rate_limit() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: Some("rate_limit"),
            message: "Request rate limit exceeded. You can learn more about rate limits here \
                https://stripe.com/docs/rate-limits."
                .to_owned(),
            param: None,
        }
    }

    /// No such route.
    pub(super) fn no_route(method: &str, path: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: format!(
                "Unrecognized request URL ({method}: {path}). If you are trying to list objects, \
                    remove the trailing slash. If you \
                    are trying to retrieve an object, make sure you passed a valid (non-empty) \
                    identifier in your code. Please see \
                 https://stripe.com/docs or we can help at https://support.stripe.com/."
            ),
            ..Self::invalid_request()
        }
    }

    fn unauthorized(code: Option<&'static str>, message: String) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, message, param: None }
    }

    /// The response, but for the headers that all responses have.
    pub(super) fn response(&self, request: &str, mode: &str, now: i64) -> Response<Body> {
        let mut body = String::new();
        json::object(&mut body, |o| {
            o.obj("error", |o| {
                if let Some(code) = self.code {
                    o.str("code", code);
                    let page = code.replace('_', "-");
                    o.str("doc_url", &format!("https://stripe.com/docs/error-codes/{page}"));
                }
                o.str("message", &self.message);
                if let Some(param) = &self.param {
                    o.str("param", param);
                }
                let unlogged = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
                if !unlogged.contains(&self.status) {
                    let mode = if mode == "test" { "test/" } else { "" };
                    let url = format!("https://dashboard.stripe.com/{mode}logs/{request}?t={now}");
                    o.str("request_log_url", &url);
                }
                o.str(
                    "type",
                    if self.status.is_server_error() {
                        "api_error"
                    } else {
                        "invalid_request_error"
                    },
                );
            });
        });
        let mut builder =
            Response::builder().status(self.status).header(CONTENT_TYPE, "application/json");
        if self.status == StatusCode::UNAUTHORIZED {
            builder = builder.header(WWW_AUTHENTICATE, "Bearer realm=\"Stripe\"");
        }
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            builder = builder.header("stripe-rate-limited-reason", "global-rate");
        }
        builder.body(Body::from(body)).unwrap_or_default()
    }
}
