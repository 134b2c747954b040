//! Uninstall events: minimal, repeated, late, and for unknown installs.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use it::aws::text;
use it::platform::{fresh, fresh_key, with, without};
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::json;
use stripe_sync::platform::clock;

#[tokio::test]
async fn an_uninstall_takes_effect_at_once_and_its_repetition_changes_nothing() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    let generation = aws
        .item(&ids.install, "META")
        .await?
        .map(|meta| text(&meta, "generation").to_owned())
        .unwrap_or_default();
    // The beta's format: only the id, and the event in a header.
    let bare = json!({"installed_app_id": ids.install});
    let sent = || {
        stack
            .http
            .post(&stack.callback)
            .header("idempotency-key", format!("uninstall:{}", ids.install))
            .json(&bare)
    };
    Answer::to(sent()).await?.taken()?;
    let meta = aws.item(&ids.install, "META").await?.unwrap_or_default();
    assert_eq!(
        (text(&meta, "status"), text(&meta, "cleanup_generation")),
        ("uninstalled", generation.as_str())
    );
    assert!(
        !meta.contains_key("sealed_key") && !meta.contains_key("generation"),
        "the key is gone with the answer: {meta:?}"
    );

    let done = |meta: Option<&it::aws::Item>| {
        meta.is_some_and(|meta| text(meta, "cleanup_state") == "done")
    };
    let cleaned = aws.until(&ids.install, "META", done).await?;
    for again in [sent(), stack.http.post(&stack.callback).json(&ids.uninstalled())] {
        Answer::to(again).await?.taken()?;
        assert_eq!(aws.item(&ids.install, "META").await?, cleaned);
    }
    // A clean-up whose message was lost is still pending: the platform's retry of the event sends
    // it again.
    let mut pending = cleaned.unwrap_or_default();
    pending.insert("cleanup_state".to_owned(), AttributeValue::S("pending".to_owned()));
    aws.put(pending).await?;
    Answer::to(sent()).await?.taken()?;
    aws.until(&ids.install, "META", done).await?;
    Ok(())
}

#[tokio::test]
async fn an_uninstall_of_another_installation_changes_nothing() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let unknown = Ids::fresh();
    stack.callback(&unknown.uninstalled()).await?.taken()?;
    assert_eq!(
        aws.partition(&unknown.install).await?.len(),
        0,
        "an uninstall of an unknown install stores nothing"
    );

    let ids = Ids::fresh();
    let event = with(&ids.installed(&fresh_key()), "organization_id", json!("org_ours"));
    stack.callback(&event).await?.taken()?;
    let before = aws.item(&ids.install, "META").await?;
    for name in ["app_id", "instance_id", "organization_id"] {
        stack
            .callback(&with(&ids.uninstalled(), name, json!(fresh("other"))))
            .await?
            .refused(403, "mismatch")?;
    }
    // An event of a former installation, delivered after the next one started.
    let ago = |seconds: i64| {
        with(
            &ids.uninstalled(),
            "uninstalled_at",
            json!(clock::now().plus_seconds(-seconds).rfc3339()),
        )
    };
    stack.callback(&ago(3600)).await?.taken()?;
    assert_eq!(aws.item(&ids.install, "META").await?, before);
    stack.bearer(&stack.token(&ids).await?).await?;

    // Dated shortly before the key came: it ends nothing at once. The platform did not issue this
    // key, so a minute later the install is removed.
    stack.callback(&ago(30)).await?.taken()?;
    stack.bearer(&stack.token(&ids).await?).await?;
    let removed = |meta: Option<&it::aws::Item>| {
        meta.is_some_and(|meta| text(meta, "status") == "uninstalled")
    };
    aws.until_within(Duration::from_secs(120), &ids.install, "META", removed).await?;
    stack.generate(&ids.launch()).await?.refused(409, "inactive")?;
    // Without a time, it counts as now.
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    stack
        .callback(&without(&ids.uninstalled(), &["uninstalled_at", "app_id", "instance_id"]))
        .await?
        .taken()?;
    stack.generate(&ids.launch()).await?.refused(409, "inactive")?;
    Ok(())
}
