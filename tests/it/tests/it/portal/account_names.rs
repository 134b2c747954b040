//! Account names in the settings, changed while the ledger holds entries.

use it::tenant::text;
use it::{ManualEntry, Step, Tenant};
use serde_json::{Value, json};

/// Asserts a match on books that agree, except for the number of identities: payments that share
/// one account need none.
async fn assert_match(tenant: &Tenant, run: &Value) -> Step {
    assert_eq!(
        run.get("verdict").and_then(Value::as_str),
        Some("match"),
        "seed {}: {run}",
        tenant.seed
    );
    let differences = tenant.books().await?.differences();
    assert!(
        differences.iter().all(|difference| difference.ends_with("customers who paid")),
        "seed {}: {differences:?}",
        tenant.seed
    );
    Ok(())
}

fn names(books: &[it::sandbox::CoreBalance]) -> Vec<&str> {
    books.iter().map(|balance| balance.indicator.as_str()).collect()
}

/// Between syncs accounts are renamed and payments pooled, and back again: each sync ends in a
/// match, and nothing is posted twice.
#[tokio::test(flavor = "multi_thread")]
async fn renamed_accounts_and_pooled_payments_end_in_a_match() -> Step {
    let tenant = Tenant::connected(7_201, 300).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let refused =
        tenant.portal.settings(json!({"account_names": {"fees": "@stripe_test_issuing"}})).await;
    assert!(
        refused.is_err_and(|why| why.to_string().contains("422")),
        "a mirror is no offset account"
    );
    tenant
        .portal
        .settings(json!({"account_names": {"fees": "@costs", "payouts": "@bank_transit"},
            "pay_ins": "one_account"}))
        .await?;
    tenant.add(json!({"count": 60})).await?;
    let second = tenant.sync("new").await?;
    assert_match(&tenant, &second).await?;
    let balances = tenant.sandbox.balances(&tenant.install.instance_id).await?;
    let named = names(&balances);
    assert!(named.contains(&"@costs") && named.contains(&"@stripe_test_customers"), "{named:?}");

    // The whole history again, under the new names: everything is already posted, whatever the
    // account.
    let again = tenant.sync("everything").await?;
    assert_match(&tenant, &again).await?;
    assert_eq!(again["entries_posted"], 0, "{again}");

    tenant.portal.settings(json!({"account_names": {}, "pay_ins": "customers"})).await?;
    tenant.add(json!({"count": 20})).await?;
    let last = tenant.sync("new").await?;
    assert_match(&tenant, &last).await?;

    // A name that someone else uses is refused and named, and nothing is posted to it.
    tenant.post_by_hand(ManualEntry::new("rent-1", "@bank", "@rent")).await?;
    tenant.portal.settings(json!({"account_names": {"fees": "@rent"}})).await?;
    let refused = tenant.sync("new").await?;
    assert_eq!(
        (text(&refused, "state"), text(&refused["error"], "code")),
        ("failed".to_owned(), "accounts_not_free".to_owned())
    );
    assert!(refused["error"].to_string().contains("@rent USD"), "{refused}");
    let rent = tenant
        .sandbox
        .balances(&tenant.install.instance_id)
        .await?
        .into_iter()
        .find(|balance| balance.indicator == "@rent");
    assert_eq!(rent.map(|balance| balance.debit_balance), Some(0));
    tenant.portal.settings(json!({"account_names": Value::Object(Default::default())})).await?;
    let last = tenant.sync("new").await?;
    assert_eq!(text(&last, "verdict"), "match", "others' own accounts do not matter: {last}");
    Ok(())
}
