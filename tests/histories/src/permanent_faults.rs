//! Faults that last until they are lifted: one entry that the ledger rejects, one customer that it
//! cannot create, a page that is too large for Stripe, a record that Stripe cannot render with its
//! expansions.

use rand::{Rng, RngExt as _, seq::IndexedRandom as _};
use sandbox::faults::FaultSpec;
use serde_json::{Value, json};

use crate::tenant::Tenant;

/// Stripe fails at pages that are larger than this.
const PAGE_LIMITS: [u64; 3] = [10, 25, 50];

/// Makes one thing of an install fail. Returns the ids of the faults that do it.
pub async fn inject(rng: &mut impl Rng, tenant: &Tenant<'_>) -> Vec<u64> {
    let records = tenant.records().await;
    let Some(record) = records.choose(rng) else { return Vec::new() };
    let (stripe, cloud) = (&tenant.account.account, &tenant.instance);
    match rng.random_range(0..4) {
        0 => {
            let when = json!({"body": format!("{}:amount", record.id)});
            vec![add(
                tenant,
                json!({"surface": "cloud", "scope": cloud, "route": "/proxy/transactions/bulk",
                    "status": 500, "when": when}),
            )]
        }
        1 => {
            let page =
                tenant.world.stripe(&tenant.account.secret_key, "/v1/customers?limit=100").await;
            let page: Value = serde_json::from_slice(&page).unwrap_or_default();
            let customers = page["data"].as_array().cloned().unwrap_or_default();
            let Some(customer) = customers.choose(rng) else { return Vec::new() };
            let route =
                ["/proxy/identities", "/proxy/balances"].choose(rng).copied().unwrap_or_default();
            let when = json!({"body": {"meta_data": {"stripe_customer_id": customer["id"]}}});
            vec![add(
                tenant,
                json!({"surface": "cloud", "scope": cloud, "method": "POST", "route": route,
                    "status": 500, "when": when}),
            )]
        }
        2 => {
            let limit = PAGE_LIMITS.choose(rng).copied().unwrap_or_default();
            let when = json!({"limit_gt": limit, "starting_after": record.id});
            vec![add(
                tenant,
                json!({"surface": "stripe", "scope": stripe, "route": "/v1/balance_transactions",
                    "status": 500, "when": when}),
            )]
        }
        _ => {
            set_unrenderable(tenant, json!({&record.id: "expanded"})).await;
            Vec::new()
        }
    }
}

/// Lets Stripe render everything again.
pub async fn lift(tenant: &Tenant<'_>) {
    set_unrenderable(tenant, json!({})).await;
}

async fn set_unrenderable(tenant: &Tenant<'_>, records: Value) {
    let path = format!("/accounts/{}/settings", tenant.account.account);
    tenant.world.control_stripe(&path, json!({"unrenderable": records})).await;
}

#[expect(clippy::expect_used, reason = "the test's own fault")]
fn add(tenant: &Tenant<'_>, mut fault: Value) -> u64 {
    fault["times"] = 0.into();
    let spec: FaultSpec = serde_json::from_value(fault).expect("a fault");
    spec.check().expect("a fault that can be");
    tenant.world.sandbox.world.faults.add(spec)
}
