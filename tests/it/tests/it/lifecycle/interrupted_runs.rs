//! Runs that an uninstall, a disconnect or a stop request ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use it::aws::text as attribute;
use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Long enough to see calls that continue after the current page.
const WATCHED: Duration = Duration::from_secs(3);
/// Calls that the current page may still make: a list read ahead, a bulk for each currency, and a
/// few customers.
const CURRENT_PAGE: u64 = 40;

fn sum(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

async fn outside_calls(tenant: &Tenant) -> Step<u64> {
    Ok(sum(&tenant.stripe_calls().await?) + sum(&tenant.cloud_calls().await?))
}

/// Starts a slow first sync of many pages, and waits until it is in the middle.
async fn halfway(tenant: &Tenant) -> Step<String> {
    tenant.slow_bulks(250).await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 200).await?;
    Ok(id)
}

/// Asserts that no outside call is made after the current page.
async fn assert_no_call_after_the_page(tenant: &Tenant, at_once: u64) -> Step {
    tenant.quiet().await;
    let after = outside_calls(tenant).await?;
    assert!(
        after - at_once <= CURRENT_PAGE,
        "{} calls after the end was requested",
        after - at_once
    );
    tokio::time::sleep(WATCHED).await;
    assert_eq!(outside_calls(tenant).await?, after, "calls although the run has ended");
    Ok(())
}

/// An uninstall cancels the run, and no call follows the current page. After a reinstall the app
/// knows nothing of the old connection; after a new connection it finds the posted entries and
/// posts the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_during_a_run_cancels_it_and_a_reinstall_inherits_nothing() -> Step {
    let mut tenant = Tenant::connected(5_001, 1_200).await?;
    halfway(&tenant).await?;
    let answer = tenant.sandbox.uninstall(tenant.id()).await?;
    let at_once = outside_calls(&tenant).await?;
    assert_eq!(number(&answer, "callback_status"), 200, "{answer}");
    assert_no_call_after_the_page(&tenant, at_once).await?;
    assert_eq!(tenant.stored_runs().await?, ["cancelled"]);
    assert!(tenant.aws.item(tenant.id(), "STRIPE").await?.is_none(), "the Stripe key is gone");
    let posted = tenant.sandbox.entries(&tenant.install.instance_id).await?;
    assert!(posted > 0);
    assert_everything_expires(&tenant).await?;

    tenant.reinstall().await?;
    tenant.launch().await?;
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    for (name, nothing) in [
        ("stripe", Value::Null),
        ("last_run", Value::Null),
        ("last_proof", Value::Null),
        ("open_problems", json!(0)),
    ] {
        assert_eq!(overview.get(name), Some(&nothing), "{name}: {overview}");
    }
    assert_eq!(overview.pointer("/tallies/all"), Some(&json!(0)), "{overview}");
    tenant.portal.connect(&tenant.account.restricted_key).await?;
    let runs = tenant.portal.ok("GET", "/runs?filter=all", None).await?;
    assert_eq!(runs.get("runs"), Some(&json!([])), "{runs}");
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    assert_eq!(
        (number(&run, "entries_already_there"), number(&run, "entries_posted")),
        (posted, books.legs() as u64 - posted),
        "{run}"
    );
    Ok(())
}

/// The clean-up waits until no worker can write any more. Then every item expires.
async fn assert_everything_expires(tenant: &Tenant) -> Step {
    let began = Instant::now();
    loop {
        let meta = tenant.aws.item(tenant.id(), "META").await?.ok_or("a tombstone")?;
        if attribute(&meta, "cleanup_state") == "done" {
            break;
        }
        assert!(began.elapsed() < LIMIT, "the clean-up does not end");
        tokio::time::sleep(WATCHED).await;
        it::schedule::sweep(&tenant.aws).await?;
    }
    let items = tenant.aws.partition(tenant.id()).await?;
    let endless: Vec<&str> = items
        .iter()
        .filter(|item| !item.contains_key("ttl"))
        .map(|item| attribute(item, "sk"))
        .collect();
    assert!(items.len() > 20 && endless == ["META"], "{endless:?}");
    Ok(())
}

/// A stop request cancels the run after its page, and the next run posts the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_stopped_on_request_is_completed_by_the_next() -> Step {
    let tenant = Tenant::connected(5_002, 900).await?;
    let id = halfway(&tenant).await?;
    tenant.portal.ok("POST", &format!("/runs/{id}/stop"), None).await?;
    let at_once = outside_calls(&tenant).await?;
    assert_no_call_after_the_page(&tenant, at_once).await?;
    let stopped = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!(
        (text(&stopped, "state").as_str(), stopped.pointer("/error/text")),
        ("cancelled", Some(&json!("Stopped on request.")))
    );
    let posted = tenant.sandbox.entries(&tenant.install.instance_id).await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    assert!(posted > 0 && posted < books.legs() as u64);
    assert_eq!(number(&run, "entries_posted"), books.legs() as u64 - posted, "{run}");
    Ok(())
}

/// A disconnect cancels the run, and no call follows. A new connection of the same account finds
/// the posted entries.
#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_during_a_run_cancels_it() -> Step {
    let tenant = Tenant::connected(5_003, 900).await?;
    halfway(&tenant).await?;
    tenant.portal.ok("DELETE", "/stripe", None).await?;
    let at_once = outside_calls(&tenant).await?;
    assert_no_call_after_the_page(&tenant, at_once).await?;
    assert_eq!(tenant.stored_runs().await?, ["cancelled"]);
    let posted = tenant.sandbox.entries(&tenant.install.instance_id).await?;
    tenant.portal.connect(&tenant.account.restricted_key).await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    assert_eq!(
        (number(&run, "entries_already_there"), number(&run, "entries_posted")),
        (posted, books.legs() as u64 - posted),
        "{run}"
    );
    Ok(())
}
