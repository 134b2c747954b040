//! The page's files, built into the binary, and the headers they go out with.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Nothing but the page's own files, and frames, whose addresses the apps choose.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; \
     frame-src http: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Bytes of a hash that tell two versions of a file apart.
const TAG_BYTES: usize = 12;

const INDEX: &str = include_str!("page/index.html");

const FILES: [(&str, &str, &str); 22] = [
    ("base.css", CSS, include_str!("page/base.css")),
    ("shell.css", CSS, include_str!("page/shell.css")),
    ("parts.css", CSS, include_str!("page/parts.css")),
    ("tables.css", CSS, include_str!("page/tables.css")),
    ("explorer.css", CSS, include_str!("page/explorer.css")),
    ("icon.svg", SVG, include_str!("page/icon.svg")),
    ("app.js", JS, include_str!("page/app.js")),
    ("api.js", JS, include_str!("page/api.js")),
    ("dom.js", JS, include_str!("page/dom.js")),
    ("library.js", JS, include_str!("page/library.js")),
    ("dialogs.js", JS, include_str!("page/dialogs.js")),
    ("details.js", JS, include_str!("page/details.js")),
    ("faultform.js", JS, include_str!("page/faultform.js")),
    ("faults.js", JS, include_str!("page/faults.js")),
    ("filters.js", JS, include_str!("page/filters.js")),
    ("ledger.js", JS, include_str!("page/ledger.js")),
    ("lists.js", JS, include_str!("page/lists.js")),
    ("money.js", JS, include_str!("page/money.js")),
    ("portal.js", JS, include_str!("page/portal.js")),
    ("route.js", JS, include_str!("page/route.js")),
    ("stripe.js", JS, include_str!("page/stripe.js")),
    ("tables.js", JS, include_str!("page/tables.js")),
];

/// The pages, which are one document, and its files.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/", get(index))
        .route("/ledger", get(index))
        .route("/faults", get(index))
        .route("/assets/{name}", get(file))
}

async fn index(headers: HeaderMap) -> Response {
    answer(headers.get(header::IF_NONE_MATCH), HTML, INDEX)
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => answer(headers.get(header::IF_NONE_MATCH), kind, text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file, unless the browser has it: it asks each time, and files change with the binary alone.
fn answer(known: Option<&HeaderValue>, kind: &'static str, text: &'static str) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(text)[..TAG_BYTES]));
    let is_known = known.and_then(|known| known.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
    });
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, tag.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, text).into_response()
}
