//! Runs during an outage: they say why they wait, occupy no worker, and continue by themselves
//! through the delay queue.

use std::time::Duration;

use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// The longest time that an attempt during an outage occupies a worker, even on a busy machine.
const AN_ATTEMPT: Duration = Duration::from_secs(12);

fn attempts(run: &Value) -> u64 {
    run.get("waiting").map(|waiting| number(waiting, "attempts")).unwrap_or_default()
}

/// The ledger is down: the run names it and tries again after pauses, and another customer's run is
/// not delayed. After the outage the run ends in a match by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_during_an_outage_says_why_it_waits_and_ends_in_a_match_afterwards() -> Step {
    let tenant = Tenant::connected(7_901, 150).await?;
    let outage =
        tenant.fault(json!({"surface": "cloud", "route": "/", "status": 503, "times": 0})).await?;
    let id = tenant.portal.sync("new").await?;
    let seen = tenant.until(&id, |run| attempts(run) >= 1).await?;
    let waiting = seen.get("waiting").cloned().unwrap_or_default();
    assert_eq!(
        (text(&waiting, "party").as_str(), seen.get("error")),
        ("blnk", Some(&Value::Null)),
        "{seen}"
    );
    assert!(
        text(&waiting, "answer").contains("503")
            && text(&waiting, "next_attempt") > text(&waiting, "since"),
        "{waiting}"
    );
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview.pointer("/open_run/waiting/party"), Some(&json!("blnk")), "{overview}");

    let other = Tenant::connected(7_902, 150).await?;
    other.assert_match(&other.sync("new").await?).await?;
    tenant.until(&id, |run| attempts(run) >= 3).await?;
    let made = tenant.dispatcher.invocations(tenant.id());
    let busy: Duration =
        made.iter().filter_map(|one| Some(one.ended?.duration_since(one.began))).sum();
    assert!(
        busy < AN_ATTEMPT * u32::try_from(made.len())?,
        "{} attempts occupied a worker for {busy:?}",
        made.len()
    );
    assert!(made.len() <= 5, "{} attempts: no pauses between them", made.len());

    tenant.lift(outage).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!(run.get("waiting"), Some(&Value::Null), "{run}");
    tenant.assert_match(&run).await?;
    Ok(())
}
