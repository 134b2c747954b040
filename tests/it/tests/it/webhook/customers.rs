//! Customers, from Stripe's events to the ledger's identities.

use std::time::Instant;

use it::records::charge;
use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

use super::{POLL, SOON, live, stripe};

/// The identity made for a customer.
async fn identity(tenant: &Tenant, customer: &str) -> Step<Value> {
    let filter = json!({"filters": [{"field": "meta_data.stripe_customer_id", "operator": "eq",
        "value": customer}], "limit": 10});
    let rows = tenant
        .sandbox
        .core(&tenant.install.instance_id, "POST", "/identities/filter", Some(filter))
        .await?;
    let rows = rows.get("data").cloned().unwrap_or(rows);
    rows.get(0).cloned().ok_or_else(|| format!("no identity of {customer}: {rows}").into())
}

/// Waits until an identity is as expected.
async fn identity_becomes(
    tenant: &Tenant,
    customer: &str,
    expected: impl Fn(&Value) -> bool,
) -> Step<Value> {
    let began = Instant::now();
    loop {
        let seen = identity(tenant, customer).await?;
        if expected(&seen) {
            return Ok(seen);
        }
        if began.elapsed() > SOON {
            return Err(format!("seed {}: {seen}", tenant.seed).into());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// A customer changes at Stripe and is deleted: the identity follows within seconds, keeps others'
/// metadata, and stays.
#[tokio::test(flavor = "multi_thread")]
async fn an_identity_follows_its_customer_and_stays_after_its_deletion() -> Step {
    let tenant = live(9_111, 10).await?;
    let long_ago = tenant.now()? - 5 * 3_600;
    tenant
        .add(
            charge(1_000)
                .customer("cus_ada")
                .customer_name("Ada King")
                .customer_email("ada@example.org")
                .created(long_ago),
        )
        .await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let made = identity(&tenant, "cus_ada").await?;
    assert_eq!(
        (text(&made, "last_name"), text(&made, "email_address")),
        ("King".to_owned(), "ada@example.org".to_owned())
    );
    let note = json!({"meta_data": {"crm": "1815"}});
    let path = format!("/{}/metadata", text(&made, "identity_id"));
    tenant.sandbox.core(&tenant.install.instance_id, "POST", &path, Some(note)).await?;

    stripe(
        &tenant,
        "POST",
        "customers/cus_ada",
        json!({"name": "Ada Lovelace", "email": "countess@example.org"}),
    )
    .await?;
    let seen =
        identity_becomes(&tenant, "cus_ada", |row| text(row, "last_name") == "Lovelace").await?;
    assert_eq!(
        (&seen["email_address"], &seen["meta_data"]["crm"]),
        (&json!("countess@example.org"), &json!("1815"))
    );

    // Personal data that is switched off is not copied any more; the stored data stays.
    tenant
        .portal
        .settings(json!({"personal_data": {"name": true, "email": false, "phone": false,
            "address": false}}))
        .await?;
    stripe(
        &tenant,
        "POST",
        "customers/cus_ada",
        json!({"name": "Ada Byron", "email": "byron@example.org"}),
    )
    .await?;
    let seen =
        identity_becomes(&tenant, "cus_ada", |row| text(row, "last_name") == "Byron").await?;
    assert_eq!(seen["email_address"], "countess@example.org");

    stripe(&tenant, "POST", "customers/cus_ada", json!({"deleted": true})).await?;
    let gone = identity_becomes(&tenant, "cus_ada", |row| {
        row["meta_data"]["stripe_customer_deleted"] == "true"
    })
    .await?;
    assert_eq!(
        (&gone["identity_id"], &gone["meta_data"]["crm"]),
        (&made["identity_id"], &json!("1815"))
    );
    assert!(text(&gone["meta_data"], "stripe_customer_deleted_at").ends_with('Z'), "{gone}");
    Ok(())
}
