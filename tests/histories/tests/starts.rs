//! Where a mirror begins: what was found, what was chosen, and what earlier runs left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use common::{assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

fn midnight(days_ago: i64) -> i64 {
    (time::now().div_euclid(1000) / DAY - days_ago) * DAY
}

/// A payment in the middle of each of some days.
async fn pay(tenant: &Tenant<'_>, days_ago: &[i64]) {
    for days in days_ago {
        tenant.add(json!({"type": "charge", "amount": 500 + days, "created": midnight(*days) + DAY / 2})).await;
    }
}

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

/// After a reinstall the start of the installation before stands in the ledger. Who chooses an earlier one gets it, one run later.
#[test]
fn an_earlier_start_chosen_after_a_reinstall_is_moved_to() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_400, 0).await;
        pay(&tenant, &[20, 15, 10, 5]).await;
        let (found, wanted) = (midnight(8), midnight(17));
        tenant.choose_start(Some(found)).await;
        work(&tenant).await;
        assert_right(&tenant, "with a start").await;
        tenant.connect_anew();
        tenant.choose_start(Some(wanted)).await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(found), "what was found comes first");
        assert_right(&tenant, "adopted").await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(wanted));
        assert_right(&tenant, "moved").await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(wanted), "and there it stays");
    });
}

/// A run without the right to write counts the whole history and fails on its way. What it counted is no part of a mirror that begins
/// later.
#[test]
fn what_a_failed_run_counted_without_posting_is_forgotten() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_401, 150).await;
        let may = |permissions: &[&str]| json!({"L": permissions.iter().map(|permission| json!({"S": permission})).collect::<Vec<_>>()});
        tenant.alter("META", "granted_permissions", may(&["data:read"]));
        let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "scope": tenant.account.account, "skip": 1, "times": 0,
            "status": 400});
        let fault = world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap());
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("failed"), "{}", last_run(&tenant));
        world.sandbox.world.faults.remove(Some(fault));
        tenant.alter("META", "granted_permissions", may(&["data:read", "data:write"]));
        tenant.choose_start(Some(midnight(100))).await;
        work(&tenant).await;
        assert!(tenant.start() == Some(midnight(100)), "{:?}", tenant.start());
        assert_right(&tenant, "from the start on").await;
    });
}
