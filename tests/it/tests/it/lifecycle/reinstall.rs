//! A reinstall inherits nothing from the former installation.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use it::aws::{Item, sort_keys, text};
use it::{Aws, Stack, Step};
use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::queue::message::{Reason, WakeUp};

/// A small sync and its proof.
const LIMIT: Duration = Duration::from_secs(40);

fn cleaned(meta: Option<&Item>) -> bool {
    meta.is_some_and(|meta| text(meta, "cleanup_state") == "done")
}

/// What a clean-up leaves: no key and no connection, and nothing without an expiry.
fn assert_only_history_is_left(left: &[Item]) {
    for item in left {
        let sk = text(item, "sk");
        assert!(sk != "STRIPE" && !sk.starts_with("CLEANUP#"), "{sk} is left");
        assert!(sk == "META" || item.contains_key("ttl"), "{sk} does not expire");
        assert!(!format!("{item:?}").contains("wrapped_key"), "{sk} still holds a key");
    }
    assert!(
        sort_keys(left).iter().any(|sk| sk.starts_with("RUN#")),
        "the history stays for the audit, and expires"
    );
}

/// The overview of an install that never had a connection.
fn assert_new(overview: &Value) {
    for (path, empty) in [
        ("/stripe", Value::Null),
        ("/last_run", Value::Null),
        ("/last_proof", Value::Null),
        ("/tallies/all", json!(0)),
        ("/open_problems", json!(0)),
    ] {
        assert_eq!(overview.pointer(path), Some(&empty), "{path}: {overview}");
    }
}

#[tokio::test]
async fn a_reinstall_sees_nothing_of_the_removed_installation() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let stripe = sandbox.stripe_account(41, 60).await?;
    let (install, portal) = stack.opened(json!({})).await?;
    let id = install.installed_app_id.clone();
    portal.connect(&stripe.restricted_key).await?;
    let old_run = portal.sync("new").await?;
    let run = portal.finished(&old_run, LIMIT, |_| {}).await?;
    assert_eq!(run["verdict"], "match", "{run}");
    assert_eq!(portal.ok("GET", "/overview", None).await?["tallies"]["completed"], 1);
    let (entries, old) = (
        sandbox.entries(&install.instance_id).await?,
        aws.item(&id, "STRIPE").await?.unwrap_or_default(),
    );

    assert_eq!(sandbox.uninstall(&id).await?["callback_status"], 200);
    aws.until(&id, "META", cleaned).await?;
    assert_only_history_is_left(&aws.partition(&id).await?);

    let again = sandbox.install_like(json!({"installed_app_id": id})).await?;
    assert_eq!((again.status.as_str(), &again.instance_id), ("active", &install.instance_id));
    let portal = stack.reopened(&again).await?;
    assert_new(&portal.ok("GET", "/overview", None).await?);
    assert_eq!(portal.ok("GET", "/runs", None).await?["runs"], json!([]));
    stack
        .portal_call(portal.bearer(), "GET", &format!("/runs/{old_run}"), None)
        .await?
        .refused(404, "not_found")?;

    // The same account again: a new connection with a new history. The ledger still holds the
    // entries.
    let connected = portal.connect(&stripe.restricted_key).await?;
    assert_ne!(
        aws.item(&id, "STRIPE").await?.map(|item| text(&item, "connection").to_owned()),
        Some(text(&old, "connection").to_owned())
    );
    assert_eq!(
        (&connected["replaced"], &portal.ok("GET", "/overview", None).await?["tallies"]["all"]),
        (&json!(false), &json!(0))
    );
    stack
        .portal_call(portal.bearer(), "GET", &format!("/runs/{old_run}"), None)
        .await?
        .refused(404, "not_found")?;
    let run = portal.finished(&portal.sync("new").await?, LIMIT, |_| {}).await?;
    assert_eq!(
        (&run["verdict"], &run["entries_posted"], &run["entries_already_there"]),
        (&json!("match"), &json!(0), &json!(entries)),
        "{run}"
    );
    assert_eq!(sandbox.entries(&install.instance_id).await?, entries);
    let runs = portal.ok("GET", "/runs", None).await?;
    assert_eq!(
        (runs["runs"].as_array().map(Vec::len), &runs["tallies"]["completed"]),
        (Some(1), &json!(1))
    );
    let summary = aws.item(&id, "SUMMARY").await?.unwrap_or_default();
    assert!(
        !summary.contains_key("ttl"),
        "the new summary does not inherit the expiry of the old one"
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_that_the_clean_up_missed_is_ignored_and_removed_later() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let (first, second) =
        (sandbox.stripe_account(42, 20).await?, sandbox.stripe_account(43, 20).await?);
    let (install, portal) = stack.opened(json!({})).await?;
    let id = install.installed_app_id.clone();
    portal.connect(&first.restricted_key).await?;
    let left_behind = aws.item(&id, "STRIPE").await?.unwrap_or_default();
    let generation = text(&left_behind, "generation").to_owned();
    sandbox.uninstall(&id).await?;

    // As if the clean-up had not happened yet: the connection exists, and the clean-up is pending.
    let mut meta = aws.until(&id, "META", cleaned).await?.unwrap_or_default();
    meta.insert("cleanup_state".to_owned(), AttributeValue::S("pending".to_owned()));
    aws.put(meta).await?;
    aws.put(left_behind.clone()).await?;
    let again = sandbox.install_like(json!({"installed_app_id": id})).await?;
    let portal = stack.reopened(&again).await?;
    assert_eq!(
        portal.ok("GET", "/overview", None).await?["stripe"],
        Value::Null,
        "it belongs to another installation"
    );
    stack
        .portal_call(portal.bearer(), "POST", "/runs", Some(json!({"scope": "new"})))
        .await?
        .refused(409, "not_connected")?;

    // Another account can be connected. The same transaction moves the old connection out of the
    // way, unless the message of the uninstall came a second time and its clean-up is done.
    let connected = portal.connect(&second.restricted_key).await?;
    assert_eq!(connected["stripe"]["account_id"], json!(second.account));
    let aside = format!("CLEANUP#{generation}");
    match aws.item(&id, &aside).await? {
        Some(moved) => assert_eq!(text(&moved, "account_id"), first.account),
        None => assert!(cleaned(aws.item(&id, "META").await?.as_ref()), "it is nowhere"),
    }
    let present = aws.item(&id, "STRIPE").await?;

    // The late clean-up removes only what it names.
    let clean_up = |generation: &str| -> Step<String> {
        let install = InstallId::parse(&id).ok_or("an id")?;
        Ok(serde_json::to_string(&WakeUp {
            install,
            generation: generation.to_owned(),
            reason: Reason::Cleanup,
            run: None,
            at: None,
        })?)
    };
    let queue = it::stack::variable("QUEUE_URL")?;
    let present_generation =
        present.as_ref().map(|item| text(item, "generation").to_owned()).unwrap_or_default();
    for (at, generation) in [present_generation.as_str(), &generation].into_iter().enumerate() {
        let send =
            aws.sqs.send_message().queue_url(&queue).message_group_id(format!("cleanup:{id}"));
        send.message_deduplication_id(format!("{id}:{at}"))
            .message_body(clean_up(generation)?)
            .send()
            .await?;
    }
    aws.until(&id, &aside, |item| item.is_none()).await?;
    aws.until(&id, "META", cleaned).await?;
    assert_eq!(aws.item(&id, "STRIPE").await?, present);
    assert_eq!(
        portal.ok("GET", "/overview", None).await?["stripe"]["account_id"],
        json!(second.account)
    );
    Ok(())
}
