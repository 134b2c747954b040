//! Alerts in Blnk: one for each cause, updated instead of repeated, resolved at the end of the
//! cause.

use it::records::charge;
use it::tenant::text;
use it::{ManualEntry, Step, Tenant};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

/// The alerts as Blnk Cloud shows them, oldest first.
async fn alerts(tenant: &Tenant) -> Step<Vec<Value>> {
    let url = format!("{}/alerts?instance_id={}", tenant.stack.blnk, tenant.install.instance_id);
    let key = tenant.install.api_key.clone().ok_or("no key")?;
    let answer: Value = tenant
        .stack
        .http
        .get(url)
        .bearer_auth(key)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let mut rows = answer.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    rows.reverse();
    Ok(rows)
}

fn about<'a>(alerts: &'a [Value], title: &str) -> Vec<&'a Value> {
    alerts.iter().filter(|alert| text(alert, "title").contains(title)).collect()
}

/// The portal shows the failed payout and the dispute that needs a response.
async fn assert_objects_are_shown(tenant: &Tenant) -> Step {
    let shown = tenant.portal.ok("GET", "/objects", None).await?;
    let shown: Vec<String> = shown["objects"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|object| text(object, "status"))
        .collect();
    assert!(
        shown.contains(&"failed".to_owned()) && shown.contains(&"needs_response".to_owned()),
        "{shown:?}"
    );
    Ok(())
}

/// Five payments; a payout that failed, and a payment that is disputed.
async fn add_failed_payout_and_dispute(tenant: &Tenant, now: i64) -> Step {
    tenant.add(charge(90_000).fee(900).customer("cus_one").created(now - 9 * DAY).count(5)).await?;
    tenant
        .add(json!({"type": "payout", "amount": -50_000, "currency": "usd",
            "source": "po_failing", "created": now - 6 * DAY}))
        .await?;
    tenant
        .add(json!({"type": "payout_failure", "amount": 50_000, "currency": "usd",
            "source": "po_failing", "created": now - 3 * DAY}))
        .await?;
    tenant
        .add(json!({"type": "adjustment", "reporting_category": "dispute", "amount": -90_000,
            "fee": 1_500, "currency": "usd", "created": now - DAY}))
        .await?;
    Ok(())
}

/// A payout fails, a payment is disputed, and someone posts to the mirror by hand. Each raises one
/// alert, which later syncs update, and which is resolved at the end of its cause.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_payout_a_dispute_and_a_drift_raise_one_alert_each_until_resolved() -> Step {
    let tenant = Tenant::connected(9_001, 0).await?;
    let now = tenant.now()?;
    add_failed_payout_and_dispute(&tenant, now).await?;
    let run = tenant.sync("new").await?;
    tenant.assert_match(&run).await?;
    let raised = alerts(&tenant).await?;
    let (payout, dispute) = (about(&raised, "Payout failed"), about(&raised, "Payment disputed"));
    assert_eq!((raised.len(), payout.len(), dispute.len()), (2, 1, 1), "{raised:#?}");
    assert!(
        text(payout[0], "description").contains("po_failing")
            && text(payout[0], "title").contains("500.00 USD"),
        "{raised:#?}"
    );
    assert!(text(dispute[0], "description").contains("Evidence is due by 20"), "{raised:#?}");
    let open =
        |alert: &Value| text(alert, "type") == "Transaction" && text(alert, "status") == "FLAGGED";
    assert!(raised.iter().all(open), "{raised:#?}");
    assert_objects_are_shown(&tenant).await?;

    // After a disconnect and a new connection, account, ledger and alerts are the same.
    tenant.portal.ok("DELETE", "/stripe", None).await?;
    assert!(
        alerts(&tenant).await?.iter().all(|alert| text(alert, "status") == "FLAGGED"),
        "no run since"
    );
    tenant.portal.connect(&tenant.account.restricted_key).await?;
    tenant.sync("new").await?;
    let raised = alerts(&tenant).await?;
    assert!(
        raised.len() == 2 && raised.iter().all(|alert| text(alert, "status") == "FLAGGED"),
        "{raised:#?}"
    );

    let by_hand = ManualEntry::new("by-hand", "@stripe_test", "@by_hand").amount(777);
    tenant.post_by_hand(by_hand).await?;
    for _ in 0..2 {
        let run = tenant.sync("new").await?;
        assert_eq!(text(&run, "verdict"), "mismatch", "{run}");
        let raised = alerts(&tenant).await?;
        let drift = about(&raised, "Stripe and the ledger differ");
        assert_eq!((raised.len(), drift.len()), (3, 1), "{raised:#?}");
        assert!(
            text(drift[0], "description").contains("7.77 USD")
                && text(drift[0], "type") == "Balance",
            "{raised:#?}"
        );
    }

    tenant
        .add(json!({"type": "payout", "amount": -50_000, "currency": "usd",
            "created": now - 5 * DAY}))
        .await?;
    tenant
        .add(json!({"type": "adjustment", "reporting_category": "dispute_reversal",
            "amount": 90_000, "currency": "usd", "created": now - 60}))
        .await?;
    tenant.sync("everything").await?;
    let after = alerts(&tenant).await?;
    assert_eq!(after.len(), 3, "{after:#?}");
    let status = |title: &str| {
        about(&after, title).first().map(|alert| text(alert, "status")).unwrap_or_default()
    };
    assert_eq!(
        [
            status("Payout failed"),
            status("Payment disputed"),
            status("Stripe and the ledger differ")
        ],
        ["RESOLVED", "RESOLVED", "FLAGGED"],
        "{after:#?}"
    );
    Ok(())
}

/// An alert whose creation got no answer is found again. A refused alert does not fail a sync.
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_without_an_answer_is_not_repeated_and_a_refusal_fails_no_run() -> Step {
    let tenant = Tenant::connected(9_002, 60).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let quiet = alerts(&tenant).await?.len();
    let by_hand = ManualEntry::new("by-hand", "@stripe_test", "@by_hand").amount(5);
    tenant.post_by_hand(by_hand).await?;
    let refuse = tenant
        .fault(json!({"surface": "cloud", "method": "POST", "route": "/alerts/flag",
            "times": 0, "status": 403}))
        .await?;
    let run = tenant.sync("new").await?;
    assert_eq!(text(&run, "state"), "completed_with_problems", "{run}");
    tenant.lift(refuse).await?;
    let lose = tenant
        .fault(json!({"surface": "cloud", "method": "POST", "route": "/alerts/flag",
            "times": 1, "drop": "after"}))
        .await?;
    tenant.sync("new").await?;
    assert_eq!(tenant.hits(lose).await?, 1);
    assert_eq!(alerts(&tenant).await?.len(), quiet + 1, "created, but the answer was lost");
    // The call may take as long as a worker lives.
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    tenant.sync("new").await?;
    tenant.sync("new").await?;
    assert_eq!(alerts(&tenant).await?.len(), quiet + 1, "found again");
    Ok(())
}

/// Without the permission no alert route is called.
#[tokio::test(flavor = "multi_thread")]
async fn without_alert_permission_no_alert_is_raised_and_the_portal_says_so() -> Step {
    let tenant =
        Tenant::builder(9_003, 30).permissions(&["data:read", "data:write"]).connected().await?;
    let by_hand = ManualEntry::new("by-hand", "@stripe_test", "@by_hand").amount(5);
    tenant.sync("new").await?;
    tenant.post_by_hand(by_hand).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(text(&run, "verdict"), "mismatch", "{run}");
    assert!(
        tenant.cloud_calls().await?.keys().all(|route| !route.contains("/alerts")),
        "{:?}",
        tenant.cloud_calls().await?
    );
    let shown = tenant.portal.ok("GET", "/permissions", None).await?;
    let alerts = shown["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["scope"] == "alerts:write")
        .cloned()
        .unwrap_or_default();
    assert!(
        alerts["granted"] == false && text(&alerts, "without_it").starts_with("Nothing is raised"),
        "{alerts}"
    );
    Ok(())
}
