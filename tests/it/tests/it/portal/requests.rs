//! Requests that the API refuses before it reads anything.

use it::{Stack, Step};
use serde_json::json;

#[tokio::test]
async fn a_request_that_cannot_be_parsed_is_refused_without_repeating_it() -> Step {
    let stack = Stack::from_environment()?;
    let (_, portal) = stack.opened(json!({})).await?;
    for query in [
        "/runs?filter=rk_test_pasted",
        "/runs?limit=rk_test_pasted",
        "/problems?limit=rk_test_pasted",
    ] {
        let answer = stack.portal_call(portal.bearer(), "GET", query, None).await?;
        answer.refused(400, "bad_request")?;
        assert!(!answer.text.contains("pasted"), "{}", answer.text);
    }
    for path in ["/runs/not-an-id", "/rk_test_pasted"] {
        stack.portal_call(portal.bearer(), "GET", path, None).await?.refused(404, "not_found")?;
    }
    let large = json!({"key": "x".repeat(9000)});
    stack
        .portal_call(portal.bearer(), "POST", "/stripe", Some(large))
        .await?
        .refused(413, "too_large")
        .map(drop)
}
