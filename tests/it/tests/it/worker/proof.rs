//! The proof's verdict: “match” only when both sides agree.

use std::time::Duration;

use it::tenant::text;
use it::{ManualEntry, Step, Tenant};
use serde_json::json;

/// Someone posts to the mirror by hand, in and out, so the balance is unchanged. Debits and credits
/// differ: a mismatch.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_entries_that_cancel_each_other_are_a_mismatch() -> Step {
    let tenant = Tenant::connected(8_001, 150).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    for (at, (source, destination)) in
        [("@stripe_test", "@by_hand"), ("@by_hand", "@stripe_test")].into_iter().enumerate()
    {
        tenant
            .post_by_hand(ManualEntry::new(&format!("by-hand-{at}"), source, destination))
            .await?;
    }
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "verdict").as_str(), text(&run, "state").as_str()),
        ("mismatch", "completed_with_problems"),
        "{run}"
    );
    assert!(!tenant.books().await?.differences().is_empty(), "the oracle agrees");
    Ok(())
}

/// Stripe's balance differs from Stripe's own list. That is no match and at first no mismatch, and
/// nothing is posted for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stripe_balance_that_differs_from_its_list_is_never_a_match() -> Step {
    let tenant = Tenant::connected(8_002, 150).await?;
    tenant
        .sandbox
        .call(
            "POST",
            &format!("/stripe/accounts/{}/settings", tenant.account.account),
            Some(json!({"balance_offset": {"usd": 5}})),
        )
        .await?;
    for _ in 0..2 {
        let run = tenant.sync("new").await?;
        assert_eq!(
            (text(&run, "verdict").as_str(), text(&run, "state").starts_with("completed")),
            ("inconclusive", true),
            "{run}"
        );
        let lines = run
            .pointer("/proof/lines")
            .and_then(serde_json::Value::as_array)
            .cloned()
            .unwrap_or_default();
        let off = lines
            .iter()
            .filter(|line| {
                line.get("stripe_difference").is_some_and(|difference| difference == "5")
            })
            .count();
        assert_eq!(
            (
                off,
                lines.iter().all(|line| line
                    .get("ledger_difference")
                    .is_some_and(|difference| difference == "0"))
            ),
            (1, true),
            "{run}"
        );
    }
    let books = tenant.books().await?;
    books.assert_equal(tenant.seed);
    tenant
        .sandbox
        .call(
            "POST",
            &format!("/stripe/accounts/{}/settings", tenant.account.account),
            Some(json!({"balance_offset": {}})),
        )
        .await?;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    Ok(())
}

/// Stripe's balance lags a few seconds behind its list: inconclusive during the lag, a match after
/// it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stripe_balance_that_lags_is_inconclusive_and_no_mismatch() -> Step {
    let tenant = Tenant::connected(8_003, 150).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    tenant
        .sandbox
        .call(
            "POST",
            &format!("/stripe/accounts/{}/settings", tenant.account.account),
            Some(json!({"balance_lag_ms": 12_000})),
        )
        .await?;
    tenant.add(json!({"count": 10})).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(text(&run, "verdict"), "inconclusive", "{run}");
    tokio::time::sleep(Duration::from_secs(12)).await;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    Ok(())
}
