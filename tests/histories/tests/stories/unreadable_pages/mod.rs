//! Pages of Stripe's list that cannot be read as a whole.

mod expansions;
mod gaps;
mod large_pages;
mod unanswered_pages;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::{LineVerdict, Verdict};

use crate::common::{inject, last_certificate, problem_codes};

const LIST: &str = "/v1/balance_transactions";
const HOUR: u64 = 3_600;
const DAY: i64 = 86_400;

/// Injects a fault at Stripe. Returns its id.
fn inject_stripe(tenant: &Tenant<'_>, mut fault: Value) -> u64 {
    fault["surface"] = json!("stripe");
    inject(tenant, fault)
}

/// An install whose account has this many payments, some hours apart.
async fn with_payments(world: &World, seed: u64, payments: i64) -> Tenant<'_> {
    let tenant = Tenant::connect(world, seed, 0).await;
    let now = time::now().div_euclid(1000);
    for at in 0..payments {
        let customer = format!("cus_Paid{}", at % 7);
        let created = now - 40 * DAY + at * 5_400;
        tenant
            .add(json!({"type": "charge", "amount": 500 + at, "fee": 30, "customer": customer,
                "created": created}))
            .await;
    }
    tenant
}

/// The id of the record at this position of the list.
async fn listed(tenant: &Tenant<'_>, at: usize) -> String {
    tenant.records().await[at].id.clone()
}

/// Adds payments of the last hour, which the reads before and after the comparison cover.
async fn with_recent_payments(tenant: &Tenant<'_>, payments: i64) {
    let now = time::now().div_euclid(1000);
    for at in 0..payments {
        tenant
            .add(json!({"type": "charge", "amount": 500 + at, "fee": 30,
                "created": now - 3_000 + at * 10}))
            .await;
    }
}

/// The last certificate is inconclusive, and the unreadable page is the only problem.
fn assert_not_judged(tenant: &Tenant<'_>, when: &str) {
    let proof = last_certificate(tenant);
    assert_eq!(proof.verdict, Verdict::Inconclusive, "{when}: {:?}", proof.lines);
    assert!(proof.causes.is_empty(), "{when}: {:?}", proof.causes);
    let judged = proof.lines.iter().filter(|line| {
        line.balance != "connect_reserved" && line.verdict != LineVerdict::Inconclusive
    });
    assert_eq!(judged.count(), 0, "{when}: {:?}", proof.lines);
    assert_eq!(problem_codes(tenant), ["page_unreadable"], "{when}");
}
