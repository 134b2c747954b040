//! Install events: every generation of them, once, twice, late, at the same time, and wrong.

use futures::future::try_join_all;
use it::aws::text;
use it::platform::{fresh, fresh_key, token_of, with, without};
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::{Value, json};

#[tokio::test]
async fn every_generation_of_the_payloads_lives_a_whole_life() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    for payload in ["newest", "seed", "beta"] {
        let made =
            sandbox.call("POST", "/cloud/install", Some(json!({"payload": payload, "permissions": ["data:read", "alerts:read"]}))).await?;
        assert_eq!((made["callback_status"].as_u64(), made["status"].as_str()), (Some(200), Some("active")), "{payload}: {made}");
        let id = made["installed_app_id"].as_str().unwrap_or_default();
        let meta = aws.item(id, "META").await?.unwrap_or_default();
        // Older platforms name an organization and the newest does not; the beta names no prefix of the key.
        let organization = if payload == "newest" { "" } else { made["organization_id"].as_str().unwrap_or_default() };
        assert_eq!(text(&meta, "organization_id"), organization, "{payload}");
        let (prefix, key) = (text(&meta, "api_key_prefix"), made["api_key"].as_str().unwrap_or_default());
        assert!(prefix.len() >= 8 && prefix.len() < key.len() / 2 && key.starts_with(prefix), "{payload}: {prefix}");

        let launched = sandbox.call("POST", &format!("/cloud/installs/{id}/launch"), Some(json!({"payload": payload}))).await?;
        let token = token_of(launched["portal_url"].as_str().unwrap_or_default())?;
        let bearer = stack.bearer(&token).await?;
        let overview = stack.portal_call(&bearer, "GET", "/overview", None).await?.json();
        assert_eq!(overview["install"]["instance_id"], made["instance_id"], "{payload}");
        assert_eq!(overview["install"]["granted_permissions"], json!(["data:read", "alerts:read"]), "{payload}");

        let removed = sandbox.call("POST", &format!("/cloud/installs/{id}/uninstall"), Some(json!({"payload": payload}))).await?;
        assert_eq!(removed["callback_status"], 200, "{payload}: {removed}");
        stack.portal_call(&bearer, "GET", "/overview", None).await?.refused(401, "session_over")?;
        let again = sandbox.call("POST", &format!("/cloud/installs/{id}/launch"), Some(json!({"payload": payload}))).await?;
        assert_eq!(again["callback_status"], 409, "{payload}: {again}");
    }
    Ok(())
}

#[tokio::test]
async fn the_same_delivery_again_changes_nothing_and_a_new_key_takes_over_within_seconds() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let (install, portal) = stack.opened(json!({})).await?;
    let id = install.installed_app_id.clone();
    let installed = aws.item(&id, "META").await?.unwrap_or_default();
    let first = install.api_key.clone().unwrap_or_default();
    let again = json!({"installed_app_id": id, "app_id": text(&installed, "app_id"), "instance_id": install.instance_id, "api_key": first,
        "granted_permissions": ["data:read"], "idempotency_key": format!("install:{id}")});
    stack.callback(&again).await?.taken()?;
    assert_eq!(aws.item(&id, "META").await?.as_ref(), Some(&installed), "a duplicate");

    // A key that the platform never handed out takes the place of none that works.
    let junk = with(&again, "api_key", json!(fresh_key()));
    stack.callback(&junk).await?.taken()?;
    portal.ok("GET", "/overview", None).await?;
    let meta = aws.item(&id, "META").await?.unwrap_or_default();
    assert_eq!(meta["sealed_key"], installed["sealed_key"]);

    // The platform hands out another key and revokes the old one: it is the same installation, with what is granted now.
    let new = json!({"installed_app_id": id, "instance_id": install.instance_id, "permissions": ["data:read"]});
    assert_eq!(sandbox.install_like(new).await?.status, "active");
    let replaced = |meta: Option<&it::aws::Item>| meta.is_some_and(|meta| meta["sealed_key"] != installed["sealed_key"]);
    let meta = aws.until(&id, "META", replaced).await?.unwrap_or_default();
    assert_eq!(text(&meta, "generation"), text(&installed, "generation"));
    let overview = portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview["install"]["granted_permissions"], json!(["data:read"]), "the session goes on, with what is granted now");

    // A late duplicate of an older delivery does not bring its revoked key back.
    stack.callback(&again).await?.taken()?;
    stack.callback(&junk).await?.taken()?;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(aws.item(&id, "META").await?.map(|meta| meta["sealed_key"].clone()), Some(meta["sealed_key"].clone()));
    Ok(())
}

#[tokio::test]
async fn a_replay_cannot_revive_a_removed_install_and_a_new_key_can() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let (ids, first, second) = (Ids::fresh(), fresh_key(), fresh_key());
    stack.callback(&ids.installed(&first)).await?.taken()?;
    let before = aws.item(&ids.install, "META").await?.unwrap_or_default();
    stack.callback(&ids.uninstalled()).await?.taken()?;
    let removed = aws.until(&ids.install, "META", |meta| meta.is_some_and(|meta| text(meta, "cleanup_state") == "done")).await?;
    stack.callback(&ids.installed(&first)).await?.taken()?;
    assert_eq!(aws.item(&ids.install, "META").await?, removed, "a replay after the uninstall");
    stack.generate(&ids.launch()).await?.refused(409, "inactive")?;

    stack.callback(&ids.installed(&second)).await?.taken()?;
    let after = aws.item(&ids.install, "META").await?.unwrap_or_default();
    assert_eq!(text(&after, "status"), "active");
    assert_ne!(text(&after, "generation"), text(&before, "generation"), "a reinstall is a new generation");
    for old in [&first, &second] {
        stack.callback(&ids.installed(old)).await?.taken()?;
        let now = aws.item(&ids.install, "META").await?.unwrap_or_default();
        assert_eq!((&now["sealed_key"], &now["generation"]), (&after["sealed_key"], &after["generation"]), "keys seen before are known");
    }
    Ok(())
}

#[tokio::test]
async fn deliveries_at_the_same_time_make_one_installation() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let same = Ids::fresh();
    let key = fresh_key();
    let event = same.installed(&key);
    let answers = try_join_all((0..8).map(|_| stack.callback(&event))).await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&same.install, "META").await?;
    stack.callback(&event).await?.taken()?;
    assert_eq!(aws.item(&same.install, "META").await?, meta, "eight duplicates at once were one install");

    // Eight keys at once: whichever came first is in force, and the others wait.
    let other = Ids::fresh();
    let keys: Vec<String> = (0..8).map(|_| fresh_key()).collect();
    let answers = try_join_all(keys.iter().map(|key| async { stack.callback(&other.installed(key)).await })).await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&other.install, "META").await?;
    let waiting = meta.as_ref().and_then(|meta| meta.get("candidates")?.as_l().ok()).map_or(0, Vec::len);
    assert_eq!(waiting, keys.len() - 1);
    for key in &keys {
        stack.callback(&other.installed(key)).await?.taken()?;
    }
    let sealed = |meta: Option<it::aws::Item>| meta.and_then(|meta| meta.get("sealed_key").cloned());
    assert_eq!(sealed(aws.item(&other.install, "META").await?), sealed(meta));

    // An install and an uninstall at once end as one or the other, whole.
    let torn = Ids::fresh();
    stack.callback(&torn.installed(&fresh_key())).await?.taken()?;
    let (removed, delivered) = (torn.uninstalled(), torn.installed(&fresh_key()));
    let answers = try_join_all([&removed, &delivered, &removed].map(|event| stack.callback(event))).await?;
    answers.iter().try_for_each(Answer::taken)?;
    let meta = aws.item(&torn.install, "META").await?.unwrap_or_default();
    let active = text(&meta, "status") == "active";
    assert_eq!((meta.contains_key("sealed_key"), meta.contains_key("generation")), (active, active), "{meta:?}");
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
    // The organization is compared where both sides have one; it is learnt from the event whose key is in force.
    let ids = Ids::fresh();
    let named = |organization: &str| with(&ids.installed(&fresh_key()), "organization_id", json!(organization));
    stack.callback(&named("org_ours")).await?.taken()?;
    let learnt = aws.item(&ids.install, "META").await?;
    assert_eq!(learnt.as_ref().map(|meta| text(meta, "organization_id")), Some("org_ours"));
    stack.callback(&named("org_other")).await?.refused(403, "mismatch")?;
    assert_eq!(aws.item(&ids.install, "META").await?, learnt);
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    let kept = aws.item(&ids.install, "META").await?.unwrap_or_default();
    assert_eq!(text(&kept, "organization_id"), "org_ours", "an event without an organization does not forget it");
    Ok(())
}

#[tokio::test]
async fn what_is_malformed_is_refused_by_the_name_of_its_field() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    let good = ids.installed(&fresh_key());
    let gone = |names: &[&str]| without(&good, names);
    let cases = [
        (with(&good, "idempotency_key", json!("install:instapp_other")), "idempotency_key"),
        (with(&good, "idempotency_key", json!(format!("upgrade:{}", ids.install))), "idempotency_key"),
        (gone(&["idempotency_key"]), "idempotency_key"),
        (with(&good, "installed_app_id", json!("../META")), "installed_app_id"),
        (gone(&["installed_app_id"]), "installed_app_id"),
        (with(&good, "app_id", json!(7)), "app_id"),
        (gone(&["app_id"]), "app_id"),
        (with(&good, "instance_id", json!("two words")), "instance_id"),
        (with(&good, "organization_id", json!("two words")), "organization_id"),
        (gone(&["api_key"]), "api_key"),
        (with(&good, "api_key", json!("blnk_test_\r\ninjected: header")), "api_key"),
        (with(&good, "granted_permissions", json!("data:read")), "granted_permissions"),
        (with(&ids.uninstalled(), "uninstalled_at", json!("yesterday")), "uninstalled_at"),
    ];
    for (event, field) in cases {
        let problem = stack.callback(&event).await?.refused(400, "bad_request")?;
        assert_eq!(problem["field"], field, "{event}");
        assert!(!problem.to_string().contains("blnk_test_"), "a refusal never repeats a key: {problem}");
    }
    for body in ["", "[]", "{", "null", "{\"installed_app_id\": \"\u{0}\"}"] {
        let sent = stack.http.post(&stack.callback).header("content-type", "application/json").body(body);
        Answer::to(sent).await?.refused(400, "bad_request")?;
    }
    // A header that names another event than the body.
    let contradicting = stack.http.post(&stack.callback).header("idempotency-key", format!("uninstall:{}", ids.install)).json(&good);
    assert_eq!(Answer::to(contradicting).await?.refused(400, "bad_request")?["field"], "idempotency_key");

    let padded = |to: usize| with(&good, "padding", json!("x".repeat(to)));
    let overhead = padded(0).to_string().len();
    stack.callback(&padded(64 * 1024 + 1 - overhead)).await?.refused(413, "too_large")?;
    assert_eq!(aws.partition(&ids.install).await?.len(), 0, "nothing of all this was stored");
    stack.callback(&padded(64 * 1024 - overhead)).await?.taken()
}

#[tokio::test]
async fn a_wrong_registration_key_finds_nothing_and_probes_have_no_effect() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    let event = ids.installed(&fresh_key());
    let registered = it::stack::variable("REGISTRATION_KEY")?;
    let swapped = registered.chars().rev().collect::<String>();
    for (url, body) in [(&stack.callback, &event), (&stack.portal_generator, &ids.launch())] {
        let base = url.strip_suffix(&registered).unwrap_or_default();
        for wrong in [swapped.as_str(), &registered[1..], &format!("{registered}0"), "x"] {
            let problem = Answer::to(stack.http.post(format!("{base}{wrong}")).json(body)).await?.refused(404, "not_found")?;
            assert!(!problem.to_string().contains(wrong) || wrong == "x", "{problem}");
        }
        // The platform probes both URLs when they are registered.
        for probed in [url.clone(), format!("{base}{swapped}")] {
            for method in ["GET", "HEAD"] {
                let answer = Answer::to(stack.http.request(method.parse()?, &probed).json(body)).await?;
                assert_eq!(answer.status, 200, "{method}");
                assert!(method == "GET" || answer.text.is_empty());
                assert!(answer.json().get("portal_url").is_none_or(Value::is_null));
            }
        }
    }
    assert_eq!(aws.partition(&ids.install).await?.len(), 0);
    Ok(())
}
