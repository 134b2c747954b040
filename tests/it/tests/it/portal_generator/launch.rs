//! Launches: a new portal URL for an installed app, and a refusal for everything else.

use it::aws::{sort_keys, text};
use it::platform::{fresh, fresh_key, token_of, with, without};
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::{Value, json};

#[tokio::test]
async fn each_launch_gets_its_own_url_at_the_deployments_address() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    let mut launch = ids.launch();
    launch["organization_id"] = json!("org_first_seen");
    launch["user_id"] = json!("user_ada");
    let origin = it::stack::variable("PORTAL_ORIGIN")?;
    let mut tokens = Vec::new();
    for host in ["evil.example", "evil.example:443"] {
        // The deployment decides where a token is sent, never the request.
        let sent = stack
            .http
            .post(&stack.portal_generator)
            .header("x-forwarded-host", host)
            .header("forwarded", format!("host={host}"));
        let answer = Answer::to(sent.json(&launch)).await?;
        answer.taken()?;
        let url = answer.json()["portal_url"].as_str().unwrap_or_default().to_owned();
        assert!(url.starts_with(&format!("{origin}/portal?token=")), "{url}");
        assert_eq!(answer.header("cache-control"), "no-store");
        tokens.push(token_of(&url)?);
    }
    assert_ne!(tokens[0], tokens[1]);
    let items = aws.partition(&ids.install).await?;
    let launches: Vec<&str> = items
        .iter()
        .filter(|item| text(item, "kind") == "launched")
        .map(|item| text(item, "subject"))
        .collect();
    assert_eq!(launches, ["user_ada", "user_ada"], "the user is stored for the audit");
    assert!(
        items.iter().filter(|item| text(item, "sk") != "META").all(|item| item.contains_key("ttl")),
        "and expires"
    );
    assert!(!format!("{items:?}").contains(&tokens[0]), "a token is not stored");
    Ok(())
}

#[tokio::test]
async fn a_launch_that_is_not_allowed_is_refused_without_a_url() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let (ids, removed, unknown) = (Ids::fresh(), Ids::fresh(), Ids::fresh());
    for known in [&ids, &removed] {
        stack
            .callback(&with(&known.installed(&fresh_key()), "organization_id", json!("org_ours")))
            .await?
            .taken()?;
    }
    stack.callback(&removed.uninstalled()).await?.taken()?;
    let wrong = |name: &str| with(&ids.launch(), name, json!(fresh("other")));
    let cases = [
        (unknown.launch(), 404, "not_found"),
        (removed.launch(), 409, "inactive"),
        (with(&removed.launch(), "app_id", json!("app_other")), 403, "mismatch"),
        (wrong("app_id"), 403, "mismatch"),
        (wrong("instance_id"), 403, "mismatch"),
        (wrong("organization_id"), 403, "mismatch"),
        (without(&ids.launch(), &["instance_id"]), 400, "bad_request"),
        (with(&ids.launch(), "installed_app_id", json!("a#b")), 400, "bad_request"),
        (with(&ids.launch(), "user_id", json!({"name": "ada"})), 400, "bad_request"),
        (with(&ids.launch(), "padding", json!("x".repeat(64 * 1024))), 413, "too_large"),
    ];
    for (launch, status, code) in cases {
        let problem = stack.generate(&launch).await?.refused(status, code)?;
        let refusal = problem.to_string();
        assert!(
            problem.get("portal_url").is_none()
                && !refusal.contains("token")
                && !refusal.contains("://"),
            "{refusal}"
        );
    }
    for install in [&ids, &removed, &unknown] {
        let left = sort_keys(&aws.partition(&install.install).await?);
        assert!(
            !left.iter().any(|sk| sk.starts_with("LAUNCH#") || sk.starts_with("ACTIVITY#")),
            "a refused launch stores nothing: {left:?}"
        );
    }
    // The same install can be launched with its organization, and without one.
    for organization in [json!("org_ours"), Value::Null] {
        stack.generate(&with(&ids.launch(), "organization_id", organization)).await?.taken()?;
    }
    Ok(())
}
