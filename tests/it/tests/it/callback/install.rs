//! Install events: in every format, repeated, late, concurrent, and malformed.

use futures::future::try_join_all;
use it::aws::text;
use it::platform::{fresh, fresh_key, token_of, with, without};
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::json;

#[tokio::test]
async fn every_payload_format_installs_launches_and_uninstalls() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    for payload in ["newest", "seed", "beta"] {
        let made = sandbox
            .call(
                "POST",
                "/cloud/install",
                Some(json!({"payload": payload, "permissions": ["data:read", "alerts:read"]})),
            )
            .await?;
        assert_eq!(
            (made["callback_status"].as_u64(), made["status"].as_str()),
            (Some(200), Some("active")),
            "{payload}: {made}"
        );
        let id = made["installed_app_id"].as_str().unwrap_or_default();
        let meta = aws.item(id, "META").await?.unwrap_or_default();
        // Older platforms send an organization and the newest does not; the beta sends no prefix of
        // the key.
        let organization = if payload == "newest" {
            ""
        } else {
            made["organization_id"].as_str().unwrap_or_default()
        };
        assert_eq!(text(&meta, "organization_id"), organization, "{payload}");
        let (prefix, key) =
            (text(&meta, "api_key_prefix"), made["api_key"].as_str().unwrap_or_default());
        assert!(
            prefix.len() >= 8 && prefix.len() < key.len() / 2 && key.starts_with(prefix),
            "{payload}: {prefix}"
        );

        let launched = sandbox
            .call(
                "POST",
                &format!("/cloud/installs/{id}/launch"),
                Some(json!({"payload": payload})),
            )
            .await?;
        let token = token_of(launched["portal_url"].as_str().unwrap_or_default())?;
        let bearer = stack.bearer(&token).await?;
        let overview = stack.portal_call(&bearer, "GET", "/overview", None).await?.json();
        assert_eq!(overview["install"]["instance_id"], made["instance_id"], "{payload}");
        assert_eq!(
            overview["install"]["granted_permissions"],
            json!(["data:read", "alerts:read"]),
            "{payload}"
        );

        let removed = sandbox
            .call(
                "POST",
                &format!("/cloud/installs/{id}/uninstall"),
                Some(json!({"payload": payload})),
            )
            .await?;
        assert_eq!(removed["callback_status"], 200, "{payload}: {removed}");
        stack.portal_call(&bearer, "GET", "/overview", None).await?.refused(401, "session_over")?;
        let again = sandbox
            .call(
                "POST",
                &format!("/cloud/installs/{id}/launch"),
                Some(json!({"payload": payload})),
            )
            .await?;
        assert_eq!(again["callback_status"], 409, "{payload}: {again}");
    }
    Ok(())
}

#[tokio::test]
async fn a_repeated_delivery_changes_nothing_and_a_new_key_takes_over_within_seconds() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let (install, portal) = stack.opened(json!({})).await?;
    let id = install.installed_app_id.clone();
    let installed = aws.item(&id, "META").await?.unwrap_or_default();
    let first = install.api_key.clone().unwrap_or_default();
    let again = json!({"installed_app_id": id, "app_id": text(&installed, "app_id"),
        "instance_id": install.instance_id, "api_key": first,
        "granted_permissions": ["data:read"], "idempotency_key": format!("install:{id}")});
    stack.callback(&again).await?.taken()?;
    assert_eq!(aws.item(&id, "META").await?.as_ref(), Some(&installed), "a duplicate");

    // A key that the platform never issued does not replace one that works.
    let junk = with(&again, "api_key", json!(fresh_key()));
    stack.callback(&junk).await?.taken()?;
    portal.ok("GET", "/overview", None).await?;
    let meta = aws.item(&id, "META").await?.unwrap_or_default();
    assert_eq!(meta["sealed_key"], installed["sealed_key"]);

    // The platform issues another key and revokes the old one: the installation stays, with the new
    // permissions.
    let new = json!({"installed_app_id": id, "instance_id": install.instance_id,
        "permissions": ["data:read"]});
    assert_eq!(sandbox.install_like(new).await?.status, "active");
    let replaced = |meta: Option<&it::aws::Item>| {
        meta.is_some_and(|meta| meta["sealed_key"] != installed["sealed_key"])
    };
    let meta = aws.until(&id, "META", replaced).await?.unwrap_or_default();
    assert_eq!(text(&meta, "generation"), text(&installed, "generation"));
    let overview = portal.ok("GET", "/overview", None).await?;
    assert_eq!(
        overview["install"]["granted_permissions"],
        json!(["data:read"]),
        "the session continues with the new permissions"
    );

    // A late duplicate of an older delivery does not bring its revoked key back.
    stack.callback(&again).await?.taken()?;
    stack.callback(&junk).await?.taken()?;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(
        aws.item(&id, "META").await?.map(|meta| meta["sealed_key"].clone()),
        Some(meta["sealed_key"].clone())
    );
    Ok(())
}

#[tokio::test]
async fn a_removed_install_is_not_revived_by_a_replay_but_by_a_new_key() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let (ids, first, second) = (Ids::fresh(), fresh_key(), fresh_key());
    stack.callback(&ids.installed(&first)).await?.taken()?;
    let before = aws.item(&ids.install, "META").await?.unwrap_or_default();
    stack.callback(&ids.uninstalled()).await?.taken()?;
    let removed = aws
        .until(&ids.install, "META", |meta| {
            meta.is_some_and(|meta| text(meta, "cleanup_state") == "done")
        })
        .await?;
    stack.callback(&ids.installed(&first)).await?.taken()?;
    assert_eq!(aws.item(&ids.install, "META").await?, removed, "a replay after the uninstall");
    stack.generate(&ids.launch()).await?.refused(409, "inactive")?;

    stack.callback(&ids.installed(&second)).await?.taken()?;
    let after = aws.item(&ids.install, "META").await?.unwrap_or_default();
    assert_eq!(text(&after, "status"), "active");
    assert_ne!(
        text(&after, "generation"),
        text(&before, "generation"),
        "a reinstall is a new generation"
    );
    for old in [&first, &second] {
        stack.callback(&ids.installed(old)).await?.taken()?;
        let now = aws.item(&ids.install, "META").await?.unwrap_or_default();
        assert_eq!(
            (&now["sealed_key"], &now["generation"]),
            (&after["sealed_key"], &after["generation"]),
            "keys seen before are remembered"
        );
    }
    Ok(())
}

#[tokio::test]
async fn concurrent_deliveries_make_one_installation() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let same = Ids::fresh();
    let key = fresh_key();
    let event = same.installed(&key);
    let answers = try_join_all((0..8).map(|_| stack.callback(&event))).await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&same.install, "META").await?;
    stack.callback(&event).await?.taken()?;
    assert_eq!(
        aws.item(&same.install, "META").await?,
        meta,
        "eight duplicates at once were one install"
    );

    // Eight keys at once: the first is in force, and the others are candidates.
    let other = Ids::fresh();
    let keys: Vec<String> = (0..8).map(|_| fresh_key()).collect();
    let answers =
        try_join_all(keys.iter().map(|key| async { stack.callback(&other.installed(key)).await }))
            .await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&other.install, "META").await?;
    let waiting =
        meta.as_ref().and_then(|meta| meta.get("candidates")?.as_l().ok()).map_or(0, Vec::len);
    assert_eq!(waiting, keys.len() - 1);
    for key in &keys {
        stack.callback(&other.installed(key)).await?.taken()?;
    }
    let sealed =
        |meta: Option<it::aws::Item>| meta.and_then(|meta| meta.get("sealed_key").cloned());
    assert_eq!(sealed(aws.item(&other.install, "META").await?), sealed(meta));

    // A concurrent install and uninstall end as one or the other, never as a mix.
    let torn = Ids::fresh();
    stack.callback(&torn.installed(&fresh_key())).await?.taken()?;
    let (removed, delivered) = (torn.uninstalled(), torn.installed(&fresh_key()));
    let answers =
        try_join_all([&removed, &delivered, &removed].map(|event| stack.callback(event))).await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&torn.install, "META").await?.unwrap_or_default();
    let active = text(&meta, "status") == "active";
    assert_eq!(
        (meta.contains_key("sealed_key"), meta.contains_key("generation")),
        (active, active),
        "{meta:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_install_of_another_app_instance_or_organization_is_refused() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    let before = aws.item(&ids.install, "META").await?;
    for name in ["app_id", "instance_id"] {
        let event = with(&ids.installed(&fresh_key()), name, json!(fresh("other")));
        stack.callback(&event).await?.refused(403, "mismatch")?;
        assert_eq!(aws.item(&ids.install, "META").await?, before, "{name}");
    }
    // The organization is compared when both sides have one. It is stored from the event whose key
    // is in force.
    let ids = Ids::fresh();
    let named = |organization: &str| {
        with(&ids.installed(&fresh_key()), "organization_id", json!(organization))
    };
    stack.callback(&named("org_ours")).await?.taken()?;
    let stored = aws.item(&ids.install, "META").await?;
    assert_eq!(stored.as_ref().map(|meta| text(meta, "organization_id")), Some("org_ours"));
    stack.callback(&named("org_other")).await?.refused(403, "mismatch")?;
    assert_eq!(aws.item(&ids.install, "META").await?, stored);
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    let kept = aws.item(&ids.install, "META").await?.unwrap_or_default();
    assert_eq!(
        text(&kept, "organization_id"),
        "org_ours",
        "an event without an organization keeps the stored one"
    );
    Ok(())
}

#[tokio::test]
async fn a_malformed_event_is_refused_with_the_name_of_the_field() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    let good = ids.installed(&fresh_key());
    let lacking = |names: &[&str]| without(&good, names);
    let cases = [
        (with(&good, "idempotency_key", json!("install:instapp_other")), "idempotency_key"),
        (
            with(&good, "idempotency_key", json!(format!("upgrade:{}", ids.install))),
            "idempotency_key",
        ),
        (lacking(&["idempotency_key"]), "idempotency_key"),
        (with(&good, "installed_app_id", json!("../META")), "installed_app_id"),
        (lacking(&["installed_app_id"]), "installed_app_id"),
        (with(&good, "app_id", json!(7)), "app_id"),
        (lacking(&["app_id"]), "app_id"),
        (with(&good, "instance_id", json!("two words")), "instance_id"),
        (with(&good, "organization_id", json!("two words")), "organization_id"),
        (lacking(&["api_key"]), "api_key"),
        (with(&good, "api_key", json!("blnk_test_\r\ninjected: header")), "api_key"),
        (with(&good, "granted_permissions", json!("data:read")), "granted_permissions"),
        (with(&ids.uninstalled(), "uninstalled_at", json!("yesterday")), "uninstalled_at"),
    ];
    for (event, field) in cases {
        let problem = stack.callback(&event).await?.refused(400, "bad_request")?;
        assert_eq!(problem["field"], field, "{event}");
        assert!(
            !problem.to_string().contains("blnk_test_"),
            "a refusal never repeats a key: {problem}"
        );
    }
    for body in ["", "[]", "{", "null", "{\"installed_app_id\": \"\u{0}\"}"] {
        let sent =
            stack.http.post(&stack.callback).header("content-type", "application/json").body(body);
        Answer::to(sent).await?.refused(400, "bad_request")?;
    }
    // A header that names a different event than the body.
    let contradicting = stack
        .http
        .post(&stack.callback)
        .header("idempotency-key", format!("uninstall:{}", ids.install))
        .json(&good);
    assert_eq!(
        Answer::to(contradicting).await?.refused(400, "bad_request")?["field"],
        "idempotency_key"
    );

    let padded = |to: usize| with(&good, "padding", json!("x".repeat(to)));
    let overhead = padded(0).to_string().len();
    stack.callback(&padded(64 * 1024 + 1 - overhead)).await?.refused(413, "too_large")?;
    assert_eq!(aws.partition(&ids.install).await?.len(), 0, "nothing of this is stored");
    stack.callback(&padded(64 * 1024 - overhead)).await?.taken()
}
