//! Which keys the checks take.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use conformance::Target;

/// What a Core answers to a key with all scopes (`*:*`), as a real one does.
async fn core_with_scopes() -> String {
    let same = r#"{"errors":"source: source and destination cannot be the same balance."}"#;
    let unknown = r#"{"error":"Unknown resource type","error_detail":{"code":"AUTH_UNKNOWN_RESOURCE","message":"Unknown resource type"}}"#;
    let router = Router::new()
        .route("/transactions", post(async move || (StatusCode::BAD_REQUEST, same)))
        .fallback(get(async move || (StatusCode::FORBIDDEN, unknown)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_key_with_scopes_is_refused_before_any_check_runs() {
    let url = core_with_scopes().await;
    let refused = Target::new(&url, "blnk_test_scoped", None).await.unwrap_err();
    assert_eq!(
        refused,
        format!("{url} takes the key as one with scopes: the server's secret key is needed")
    );
}
