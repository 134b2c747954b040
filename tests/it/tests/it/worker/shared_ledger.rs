//! Two Stripe accounts on one ledger: each has its own mirror and proof.

use std::collections::BTreeMap;

use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// What Stripe's payments balance holds, by currency.
async fn held(tenant: &Tenant) -> Step<BTreeMap<String, i64>> {
    let truth = tenant.sandbox.truth(&tenant.account.account).await?;
    let payments =
        truth.pointer("/balances/payments").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(payments
        .into_iter()
        .map(|(currency, sums)| (currency.to_uppercase(), sums["net"].as_i64().unwrap_or_default()))
        .collect())
}

/// What a mirror holds, by currency: minus its balance.
async fn mirrored(tenant: &Tenant, mirror: &str) -> Step<BTreeMap<String, i64>> {
    let balances = tenant.sandbox.balances(&tenant.install.instance_id).await?;
    Ok(balances
        .into_iter()
        .filter(|balance| balance.indicator == mirror)
        .map(|balance| (balance.currency, -balance.balance))
        .collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_on_one_ledger_have_separate_mirrors_and_proofs() -> Step {
    let first = Tenant::connected(14_001, 250).await?;
    let run = first.sync("new").await?;
    first.assert_match(&run).await?;
    let second =
        Tenant::builder(14_002, 250).instance(&first.install.instance_id).installed().await?;
    let connect = |key: &str, prefix: Option<&str>| {
        let body = prefix
            .map_or_else(|| json!({"key": key}), |prefix| json!({"key": key, "prefix": prefix}));
        let portal = second.portal.clone();
        async move { portal.call("POST", "/stripe", Some(body)).await }
    };
    for (prefix, status, code) in [
        (None, 409, "ledger_owned_by_other"),
        (Some("@stripe_test_fees"), 422, "prefix_overlaps"),
        (Some("stripe_eu"), 422, "invalid_prefix"),
    ] {
        let (answered, problem) = connect(&second.account.restricted_key, prefix).await?;
        assert_eq!(
            (answered, text(&problem, "code").as_str()),
            (status, code),
            "{prefix:?}: {problem}"
        );
    }
    let (status, answer) = connect(&second.account.restricted_key, Some("@stripe_eu")).await?;
    assert_eq!(
        (status, answer.pointer("/stripe/mirror")),
        (200, Some(&json!("@stripe_eu"))),
        "{answer}"
    );
    let shown = second.preview().await?;
    let run = second.sync("new").await?;
    assert_eq!(
        (text(&run, "verdict").as_str(), text(&run, "state").starts_with("completed")),
        ("match", true),
        "{run}"
    );
    let made = number(&run, "entries_posted") + number(&run, "entries_already_there");
    assert_eq!(shown.pointer("/preview/entries").and_then(Value::as_u64), Some(made));
    let again = first.sync("everything").await?;
    assert_eq!(
        (text(&again, "verdict").as_str(), number(&again, "entries_posted")),
        ("match", 0),
        "{again}"
    );
    assert_eq!(mirrored(&first, "@stripe_test").await?, held(&first).await?);
    assert_eq!(mirrored(&second, "@stripe_eu").await?, held(&second).await?);

    // Another install in the same instance finds the account's own names, and accepts no others.
    let third = Tenant::builder(14_003, 0).instance(&first.install.instance_id).installed().await?;
    let key = &second.account.restricted_key;
    let (status, problem) = third
        .portal
        .call("POST", "/stripe", Some(json!({"key": key, "prefix": "@stripe_us"})))
        .await?;
    assert_eq!(
        (status, text(&problem, "code").as_str(), text(&problem, "prefix").as_str()),
        (409, "other_prefix", "@stripe_eu")
    );
    assert_eq!(
        third.portal.connect(key).await?.pointer("/stripe/mirror"),
        Some(&json!("@stripe_eu"))
    );
    let run = third.sync("new").await?;
    assert_eq!(
        (text(&run, "verdict").as_str(), number(&run, "entries_posted")),
        ("match", 0),
        "{run}"
    );
    Ok(())
}
