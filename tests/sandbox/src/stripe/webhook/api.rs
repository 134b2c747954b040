//! `/v1/webhook_endpoints`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::routing::get;

use super::super::account::{Account, Mode, Stripe};
use super::super::api::{answer, pairs};
use super::super::auth::Caller;
use super::super::error::Failure;
use super::super::json;
use super::super::params::Params;
use super::{Endpoint, MAX_ENDPOINTS, TYPES, page};

const PATH: &str = "/v1/webhook_endpoints";
const READ: &str = "webhook_read";
const WRITE: &str = "webhook_write";
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The routes.
pub(in super::super) fn router() -> Router<Arc<Stripe>> {
    Router::new()
        .route(PATH, get(list).post(create))
        .route(&format!("{PATH}/{{id}}"), get(retrieve).post(update).delete(remove))
}

type Shared = State<Arc<Stripe>>;

async fn list(State(stripe): Shared, headers: HeaderMap, uri: Uri) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        let account = admitted(&stripe, caller, READ)?;
        let params = Params::parse(pairs(&uri)?, Some(&[]))?;
        let hooks = account.hooks();
        let (found, more) = page(&hooks, &params);
        json::object(out, |o| {
            o.str("object", "list");
            o.with("data", |out| {
                json::array(out, found, |out, endpoint| {
                    endpoint.render(out, is_live(&account), false);
                });
            });
            o.bool("has_more", more);
            o.str("url", PATH);
        });
        Ok(())
    })
}

async fn retrieve(
    State(stripe): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        let account = admitted(&stripe, caller, READ)?;
        account.hooks().find(&id).ok_or_else(|| missing(&id))?.render(
            out,
            is_live(&account),
            false,
        );
        Ok(())
    })
}

async fn create(State(stripe): Shared, headers: HeaderMap, body: String) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        let account = admitted(&stripe, caller, WRITE)?;
        let wanted = Wanted::parse(&body, &account)?;
        let (Some(url), Some(events)) = (wanted.url.clone(), wanted.enabled_events.clone()) else {
            let name = if wanted.url.is_none() { "url" } else { "enabled_events" };
            return Err(Failure::param(
                "parameter_missing",
                name,
                format!("Missing required param: {name}."),
            ));
        };
        let mut hooks = account.hooks();
        let key = headers
            .get(IDEMPOTENCY_KEY)
            .and_then(|key| key.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if let Some((request, made)) = hooks.answers.get(&key) {
            if *request != body {
                let message = format!(
                    "Keys for idempotent requests can only be used with the same parameters they \
                     were first used with. Try using a key other than '{key}' if you meant to \
                     execute a different request."
                );
                return Err(Failure { message, ..Failure::invalid_request() });
            }
            // What the first request led to, whatever has become of it since.
            made.render(out, is_live(&account), true);
            return Ok(());
        }
        if hooks.endpoints.len() >= MAX_ENDPOINTS {
            let message =
                format!("You have reached the maximum of {MAX_ENDPOINTS} webhook endpoints.");
            return Err(Failure { message, ..Failure::invalid_request() });
        }
        let endpoint = hooks.add(&account.info.account, &url, events, stripe.now_ms());
        wanted.apply(endpoint);
        let made = endpoint.clone();
        made.render(out, is_live(&account), true);
        if !key.is_empty() {
            hooks.answers.insert(key, (body, made));
        }
        Ok(())
    })
}

async fn update(
    State(stripe): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        let account = admitted(&stripe, caller, WRITE)?;
        let wanted = Wanted::parse(&body, &account)?;
        let mut hooks = account.hooks();
        let endpoint = hooks
            .endpoints
            .iter_mut()
            .find(|endpoint| endpoint.id == id)
            .ok_or_else(|| missing(&id))?;
        wanted.apply(endpoint);
        endpoint.render(out, is_live(&account), false);
        Ok(())
    })
}

async fn remove(
    State(stripe): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        let account = admitted(&stripe, caller, WRITE)?;
        let mut hooks = account.hooks();
        let at = hooks
            .endpoints
            .iter()
            .position(|endpoint| endpoint.id == id)
            .ok_or_else(|| missing(&id))?;
        hooks.endpoints.remove(at);
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "webhook_endpoint");
            o.bool("deleted", true);
        });
        Ok(())
    })
}

fn admitted(stripe: &Stripe, caller: &Caller, permission: &str) -> Result<Arc<Account>, Failure> {
    caller.require(permission)?;
    stripe.account(&caller.key.account, Some(caller.key.mode)).ok_or_else(Failure::no_key)
}

fn is_live(account: &Account) -> bool {
    account.info.mode == Mode::Live
}

fn missing(id: &str) -> Failure {
    Failure::missing(StatusCode::NOT_FOUND, "webhook endpoint", id, "webhook_endpoint")
}

/// The parameters of a creation or a change.
#[derive(Debug, Default)]
struct Wanted {
    url: Option<String>,
    enabled_events: Option<Vec<String>>,
    description: Option<String>,
    api_version: Option<String>,
    metadata: Vec<(String, String)>,
    disabled: Option<bool>,
}

impl Wanted {
    fn parse(form: &str, account: &Account) -> Result<Self, Failure> {
        // A form and a query are written alike.
        let uri: Uri = format!("/?{form}").parse().map_err(|_| Failure::invalid_request())?;
        let mut wanted = Self::default();
        for (key, value) in pairs(&uri)? {
            let (name, inner) = key
                .split_once('[')
                .map_or((key.as_str(), ""), |(name, rest)| (name, rest.trim_end_matches(']')));
            match name {
                "url" => wanted.url = Some(url(&value, account)?),
                "enabled_events" => {
                    wanted.enabled_events.get_or_insert_default().push(known_type(value)?);
                }
                "description" => wanted.description = Some(value),
                "api_version" => wanted.api_version = Some(value),
                "metadata" => wanted.metadata.push((inner.to_owned(), value)),
                "disabled" => wanted.disabled = Some(value == "true"),
                _ => {
                    return Err(Failure::param(
                        "parameter_unknown",
                        name,
                        format!("Received unknown parameter: {name}"),
                    ));
                }
            }
        }
        Ok(wanted)
    }

    fn apply(&self, endpoint: &mut Endpoint) {
        if let Some(url) = &self.url {
            endpoint.url.clone_from(url);
        }
        if let Some(events) = &self.enabled_events {
            endpoint.enabled_events.clone_from(events);
        }
        endpoint.description = self.description.clone().or(endpoint.description.take());
        endpoint.api_version = self.api_version.clone().or(endpoint.api_version.take());
        endpoint.disabled = self.disabled.unwrap_or(endpoint.disabled);
        for (name, value) in &self.metadata {
            endpoint.metadata.retain(|(known, _)| known != name);
            endpoint.metadata.push((name.clone(), value.clone()));
        }
    }
}

/// A URL as Stripe takes it: live mode wants HTTPS.
fn url(text: &str, account: &Account) -> Result<String, Failure> {
    let parsed = reqwest::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(parsed) = parsed else {
        return Err(Failure::param(
            "url_invalid",
            "url",
            "Invalid URL: An explicit scheme (such as https) must be provided.",
        ));
    };
    if is_live(account) && parsed.scheme() != "https" {
        return Err(Failure::param(
            "url_invalid",
            "url",
            "Invalid URL: URLs for live mode must begin with https.",
        ));
    }
    Ok(text.to_owned())
}

fn known_type(name: String) -> Result<String, Failure> {
    if name == "*" || TYPES.contains(&name.as_str()) {
        return Ok(name);
    }
    let message = format!(
        "Invalid enabled_events: must be one of {}, or *. '{name}' is none.",
        TYPES.join(", ")
    );
    Err(Failure { message, param: Some("enabled_events".to_owned()), ..Failure::invalid_request() })
}
