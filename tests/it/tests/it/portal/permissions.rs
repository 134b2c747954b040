//! Installs with some permissions only: what a missing one forbids is refused and never tried.

use std::time::Duration;

use it::{Stack, Step};
use serde_json::{Value, json};

/// A small run.
const LIMIT: Duration = Duration::from_secs(40);

#[tokio::test]
async fn without_write_permission_nothing_is_posted_and_no_approval_is_accepted() -> Step {
    let stack = Stack::from_environment()?;
    let sandbox = stack.sandbox();
    let stripe = sandbox.stripe_account(31, 20).await?;
    let (install, portal) = stack.opened(json!({"permissions": ["data:read"]})).await?;
    portal.connect(&stripe.restricted_key).await?;
    let run = portal.finished(&portal.sync("new").await?, LIMIT, |_| {}).await?;
    assert_eq!((&run["read_only"], &run["entries_posted"]), (&json!(true), &json!(0)), "{run}");
    let approve = format!("/runs/{}/approve", run["id"].as_str().unwrap_or_default());
    let problem = stack
        .portal_call(portal.bearer(), "POST", &approve, Some(json!({"code": "fuse_size"})))
        .await?
        .refused(403, "permission_missing")?;
    assert!(
        problem["detail"].as_str().is_some_and(|detail| detail.contains("data:write")),
        "{problem}"
    );
    assert_eq!(sandbox.entries(&install.instance_id).await?, 0);
    let listed = portal.ok("GET", "/permissions", None).await?;
    let granted: Vec<(&str, bool)> = listed["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (one["scope"].as_str().unwrap_or_default(), one["granted"] == true))
        .collect();
    assert_eq!(
        granted,
        [
            ("data:read", true),
            ("data:write", false),
            ("alerts:read", false),
            ("alerts:write", false)
        ]
    );
    Ok(())
}

#[tokio::test]
async fn without_read_permission_nothing_is_connected_and_no_call_is_made() -> Step {
    let stack = Stack::from_environment()?;
    let sandbox = stack.sandbox();
    let stripe = sandbox.stripe_account(32, 20).await?;
    for permissions in [json!([]), json!(["data:write"]), json!(["future:scope"])] {
        let (install, portal) = stack.opened(json!({"permissions": permissions})).await?;
        let problem = stack
            .paste_key(&portal, &stripe.restricted_key)
            .await?
            .refused(403, "permission_missing")?;
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains("data:read")),
            "{problem}"
        );
        stack
            .portal_call(portal.bearer(), "POST", "/runs", Some(json!({"scope": "new"})))
            .await?
            .refused(403, "permission_missing")?;
        assert_eq!(portal.ok("GET", "/overview", None).await?["stripe"], Value::Null);
        assert_eq!(
            sandbox.calls(&format!("surface=cloud&instance={}", install.instance_id)).await?.len(),
            0
        );
    }
    assert_eq!(
        sandbox.calls(&format!("surface=stripe&account={}", stripe.account)).await?.len(),
        0
    );
    Ok(())
}
