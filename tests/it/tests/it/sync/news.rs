//! Movements that come between runs and while one is on: also late, in the future, and many in one second.

use std::time::Duration;

use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::json;

const HOUR: i64 = 3600;

/// After a match, records come: of the usual mix, late ones of the hours before, of the future (test clocks make such), and sixty in
/// one second across a page's edge. The next sync brings over exactly those.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_between_two_runs_is_brought_over_once() -> Step {
    let tenant = Tenant::connected(2_001, 300).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let at = tenant.now()?;
    tenant.add(json!({"count": 60})).await?;
    for late in [60, HOUR / 2, HOUR] {
        tenant.add(json!({"type": "charge", "amount": 1_000 + late, "fee": 59, "currency": "usd", "customer": "cus_late", "created": at - late})).await?;
    }
    for ahead in [5, HOUR, 40 * 24 * HOUR] {
        tenant.add(json!({"type": "charge", "amount": 2_000 + ahead % 7, "fee": 88, "currency": "eur", "customer": "cus_ahead", "created": at + ahead})).await?;
    }
    tenant.add(json!({"count": 130, "type": "charge", "amount": 700, "fee": 50, "currency": "usd", "customer": "cus_same_second", "created": at})).await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    let new = books.legs() as u64 - number(&first, "entries_posted");
    assert_eq!(number(&run, "entries_posted"), new, "exactly what is new was posted: {run}");
    Ok(())
}

/// Records that surface after they were to be seen: their time of creation lies before the watermark of the last run.
#[tokio::test(flavor = "multi_thread")]
async fn what_surfaces_late_is_found_by_the_overlap() -> Step {
    let tenant = Tenant::connected(2_002, 120).await?;
    let created = tenant.now()? - 120;
    tenant.add(json!({"count": 3, "type": "charge", "amount": 4_200, "fee": 150, "currency": "usd", "customer": "cus_hidden", "created": created, "visible_after_ms": 20_000})).await?;
    let first = tenant.sync("new").await?;
    assert_ne!(text(&first, "verdict"), "mismatch", "{first}");
    tenant.assert_match(&first).await?;
    tokio::time::sleep(Duration::from_secs(21)).await;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    assert_eq!(number(&run, "entries_posted"), 6, "{run}");
    Ok(())
}

/// Records keep coming while the run is on: during the walk and during the proof. At rest, a run brings over what is left and matches.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_run_is_on_is_brought_over_once() -> Step {
    let tenant = Tenant::connected(2_003, 500).await?;
    let id = tenant.portal.sync("new").await?;
    let mut added = 0;
    loop {
        let seen = tenant.portal.run(&id).await?;
        if !matches!(text(&seen, "state").as_str(), "queued" | "running") {
            assert_ne!(text(&seen, "verdict"), "mismatch", "money that moves is no mismatch: {seen}");
            break;
        }
        if added < 60 {
            tenant.add(json!({"count": 3})).await?;
            added += 3;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    assert!(added > 0);
    Ok(())
}
