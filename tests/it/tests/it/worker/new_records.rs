//! Movements that arrive between runs and during one: late, in the future, and many in one second.

use std::time::Duration;

use it::records::charge;
use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::json;

const HOUR: i64 = 3600;

/// After a match new records arrive: the usual mix, late ones, some in the future (from test
/// clocks), and more than a page in one second. The next sync posts exactly those.
#[tokio::test(flavor = "multi_thread")]
async fn records_between_two_runs_are_posted_once() -> Step {
    let tenant = Tenant::connected(2_001, 300).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let at = tenant.now()?;
    tenant.add(json!({"count": 60})).await?;
    for late in [60, HOUR / 2, HOUR] {
        tenant.add(charge(1_000 + late).fee(59).customer("cus_late").created(at - late)).await?;
    }
    for ahead in [5, HOUR, 40 * 24 * HOUR] {
        tenant
            .add(
                charge(2_000 + ahead % 7)
                    .fee(88)
                    .currency("eur")
                    .customer("cus_ahead")
                    .created(at + ahead),
            )
            .await?;
    }
    tenant.add(charge(700).fee(50).customer("cus_same_second").created(at).count(130)).await?;
    let run = tenant.sync("new").await?;
    let books = tenant.assert_match(&run).await?;
    let new = books.legs() as u64 - number(&first, "entries_posted");
    assert_eq!(number(&run, "entries_posted"), new, "exactly what is new was posted: {run}");
    Ok(())
}

/// Records appear late in Stripe's list: they were created before the watermark of the last run.
#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_listed_late_are_found_by_the_overlap() -> Step {
    let tenant = Tenant::connected(2_002, 120).await?;
    let created = tenant.now()? - 120;
    tenant
        .add(
            charge(4_200)
                .fee(150)
                .customer("cus_hidden")
                .created(created)
                .count(3)
                .visible_after_ms(20_000),
        )
        .await?;
    let first = tenant.sync("new").await?;
    assert_ne!(text(&first, "verdict"), "mismatch", "{first}");
    tenant.assert_match(&first).await?;
    tokio::time::sleep(Duration::from_secs(21)).await;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    assert_eq!(number(&run, "entries_posted"), 6, "{run}");
    Ok(())
}

/// Records keep arriving during a run, in its walk and its proof. The next run posts the rest and
/// matches.
#[tokio::test(flavor = "multi_thread")]
async fn records_during_a_run_are_posted_once() -> Step {
    let tenant = Tenant::connected(2_003, 500).await?;
    let id = tenant.portal.sync("new").await?;
    let mut added = 0;
    loop {
        let seen = tenant.portal.run(&id).await?;
        if !matches!(text(&seen, "state").as_str(), "queued" | "running") {
            assert_ne!(text(&seen, "verdict"), "mismatch", "new payments are no mismatch: {seen}");
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
