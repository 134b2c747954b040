//! `/v1/*`: Stripe's API.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use axum::routing::get;

use super::API_VERSION;
use super::account::Stripe;
use super::auth::Caller;
use super::balance;
use super::error::Failure;
use super::expand::{self, Expand, Node};
use super::json;
use super::params::Params;
use super::render::View;
use super::resource::Resource;
use super::store::Unrenderable;
use super::webhook;
use crate::faults::UNSEEN_HEADER;

/// A permission that the control API gives to nobody.
const NOBODYS_PERMISSION: &str = "issuing_transaction_read";
/// Length of `2026-07-29`, with which every version name begins.
const VERSION_DATE: usize = 10;
/// Room for a page without expansions.
const PAGE_BYTES: usize = 64 * 1024;

/// The routes of the Stripe API.
pub fn router(stripe: Arc<Stripe>) -> Router {
    let mut router = Router::new()
        .route("/v1/balance", get(balance_handler))
        .route("/v1/account", get(account_handler));
    for resource in Resource::ALL {
        let list = move |State(stripe): State<Arc<Stripe>>, headers: HeaderMap, uri: Uri| async move {
            let unseen = headers.contains_key(UNSEEN_HEADER);
            answer(&stripe, &headers, |caller, out| {
                list(&stripe, caller, resource, (&uri, unseen), out)
            })
        };
        let retrieve = move |State(stripe): State<Arc<Stripe>>,
                             Path(id): Path<String>,
                             headers: HeaderMap,
                             uri: Uri| async move {
            let unseen = headers.contains_key(UNSEEN_HEADER);
            answer(&stripe, &headers, |caller, out| {
                retrieve(&stripe, caller, resource, (&id, unseen), &uri, out)
            })
        };
        router = router
            .route(resource.path(), get(list))
            .route(&format!("{}/{{id}}", resource.path()), get(retrieve));
    }
    let unknown = |State(stripe): State<Arc<Stripe>>,
                   method: Method,
                   headers: HeaderMap,
                   uri: Uri| async move {
        answer(&stripe, &headers, |_, _| Err(Failure::no_route(method.as_str(), uri.path())))
    };
    router
        .merge(webhook::router())
        .method_not_allowed_fallback(unknown)
        .fallback(unknown)
        .with_state(stripe)
}

async fn balance_handler(
    State(stripe): State<Arc<Stripe>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        single(caller, &uri, "balance_read", Node::Balance)?;
        view(&stripe, caller, |view| {
            balance::render(view.store, view.now_ms, out);
        })
    })
}

async fn account_handler(
    State(stripe): State<Arc<Stripe>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    answer(&stripe, &headers, |caller, out| {
        single(caller, &uri, "accounts_kyc_basic_read", Node::Account)?;
        view(&stripe, caller, |view| view.account(out))
    })
}

/// Lets a caller in, writes the body, and adds what every response has.
pub(super) fn answer(
    stripe: &Stripe,
    headers: &HeaderMap,
    write: impl FnOnce(&Caller, &mut String) -> Result<(), Failure>,
) -> Response<Body> {
    let request = stripe.request_id();
    let mut out = String::with_capacity(PAGE_BYTES);
    let caller = Caller::of(stripe, headers);
    let mode = caller.as_ref().map_or("test", |caller| caller.key.mode.name());
    let version = version(headers);
    let written = caller.and_then(|caller| {
        version.as_ref().map_err(|bad| bad_version(bad))?;
        let account = stripe.account(&caller.key.account, Some(caller.key.mode));
        if account.is_some_and(|account| !account.admit(stripe.now_ms())) {
            return Err(Failure::rate_limit());
        }
        write(&caller, &mut out)
    });
    let mut response = match written {
        Ok(()) => Response::builder()
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(out))
            .unwrap_or_default(),
        Err(failure) => failure.response(&request, mode, stripe.now_ms() / 1000),
    };
    let mut header = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    header("request-id", &request);
    header("stripe-version", version.as_deref().unwrap_or(API_VERSION));
    response
}

/// The version asked for, or the account's default; the error is a name that cannot be one.
fn version(headers: &HeaderMap) -> Result<String, String> {
    let Some(value) = headers.get("stripe-version") else {
        return Ok(API_VERSION.to_owned());
    };
    let value = value.to_str().unwrap_or_default();
    let date = value.get(..VERSION_DATE).unwrap_or_default();
    if date.parse::<jiff::civil::Date>().is_ok() {
        Ok(value.to_owned())
    } else {
        Err(value.to_owned())
    }
}

fn bad_version(value: &str) -> Failure {
    Failure {
        message: format!("Invalid Stripe API version: {value}"),
        ..Failure::invalid_request()
    }
}

/// Runs `write` on the caller's account at this moment.
fn view(stripe: &Stripe, caller: &Caller, write: impl FnOnce(&View<'_>)) -> Result<(), Failure> {
    let account = stripe.account(&caller.key.account, Some(caller.key.mode));
    let Some(account) = account else {
        return Err(Failure::no_key());
    };
    let store = account.read();
    let view = View { store: &store, now_ms: stripe.now_ms() };
    write(&view);
    Ok(())
}

pub(super) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Failure> {
    let query = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(pairs) = query
        .map_err(|error| Failure { message: error.to_string(), ..Failure::invalid_request() })?;
    Ok(pairs)
}

/// Checks a request that is not about a list: the permission, the parameters, and the permissions
/// that its expansions need.
fn single(caller: &Caller, uri: &Uri, permission: &str, root: Node) -> Result<Expand, Failure> {
    caller.require(permission)?;
    let params = Params::parse(pairs(uri)?, None)?;
    let (expand, permissions) = expand::parse(&params.expand, root, false)?;
    permissions.into_iter().try_for_each(|permission| caller.require(permission))?;
    Ok(expand)
}

fn retrieve(
    stripe: &Stripe,
    caller: &Caller,
    resource: Resource,
    named: (&str, bool),
    uri: &Uri,
    out: &mut String,
) -> Result<(), Failure> {
    let (id, unseen) = named;
    let expand = single(caller, uri, resource.permission(), resource.node())?;
    let expanded = uri.query().is_some_and(|query| query.contains("expand"));
    let (mut found, mut failed) = (false, Ok(()));
    view(stripe, caller, |view| {
        let unrenderable = view.store.settings.unrenderable.get(id).filter(|_| !unseen);
        if unrenderable.is_some_and(|when| *when == Unrenderable::Forbidden && expanded) {
            failed = Err(caller.lacks(NOBODYS_PERMISSION));
        } else if unrenderable.is_some_and(|when| {
            *when == Unrenderable::Always || (*when == Unrenderable::Expanded && expanded)
        }) {
            failed = Err(Failure::unrenderable());
        } else if let Some((kind, n)) = resource.find(view, id) {
            view.object(out, kind, n, &expand);
            found = true;
        }
    })?;
    failed?;
    if found {
        return Ok(());
    }
    let (noun, param) = (resource.noun(), resource.param());
    Err(Failure::missing(StatusCode::NOT_FOUND, noun, id, param))
}

/// Why a page cannot be written, if it cannot because of one of its objects.
fn unwritten(
    caller: &Caller,
    view: &View<'_>,
    resource: Resource,
    page: &[u32],
    expanded: bool,
) -> Option<Failure> {
    let on_page = |id: &str| resource.find(view, id).is_some_and(|(_, n)| page.contains(&n));
    let needs_expansion =
        |when: Unrenderable| matches!(when, Unrenderable::Expanded | Unrenderable::Forbidden);
    let mut failing = view
        .store
        .settings
        .unrenderable
        .iter()
        .filter(|(id, when)| (expanded || !needs_expansion(**when)) && on_page(id));
    let (_, when) = failing.next()?;
    Some(if *when == Unrenderable::Forbidden {
        caller.lacks(NOBODYS_PERMISSION)
    } else {
        Failure::unrenderable()
    })
}

fn list(
    stripe: &Stripe,
    caller: &Caller,
    resource: Resource,
    asked: (&Uri, bool),
    out: &mut String,
) -> Result<(), Failure> {
    let (uri, unseen) = asked;
    caller.require(resource.permission())?;
    let params = Params::parse(pairs(uri)?, Some(resource.filters()))?;
    let (expand, permissions) = expand::parse(&params.expand, resource.node(), true)?;
    permissions.into_iter().try_for_each(|permission| caller.require(permission))?;
    let mut failed = Ok(());
    view(stripe, caller, |view| match resource.page(view, &params) {
        Ok((page, more)) => {
            match unwritten(caller, view, resource, &page, !params.expand.is_empty())
                .filter(|_| !unseen)
            {
                Some(failure) => failed = Err(failure),
                None => json::object(out, |o| {
                    o.str("object", "list");
                    o.with("data", |out| {
                        json::array(out, page, |out, n| {
                            view.object(out, resource.kind(view, n), n, &expand);
                        });
                    });
                    o.bool("has_more", more);
                    o.str("url", resource.path());
                }),
            }
        }
        Err(failure) => failed = Err(failure),
    })?;
    failed
}
