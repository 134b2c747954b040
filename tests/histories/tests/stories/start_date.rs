//! The start of a mirror: found in the ledger, set in the settings, or affected by earlier runs.

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

use crate::common::{assert_right, inject, last_run, lift, story, work};

const DAY: i64 = 86_400;

fn midnight(days_ago: i64) -> i64 {
    (time::now().div_euclid(1000) / DAY - days_ago) * DAY
}

/// Adds a payment at noon of each of these days.
async fn pay(tenant: &Tenant<'_>, days_ago: &[i64]) {
    for days in days_ago {
        tenant
            .add(json!({"type": "charge", "amount": 500 + days,
                "created": midnight(*days) + DAY / 2}))
            .await;
    }
}

/// After a reinstall the ledger holds the start of the previous installation. An earlier one in the
/// settings takes effect one run later.
#[test]
fn an_earlier_start_set_after_a_reinstall_takes_effect_one_run_later() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_400, 0).await;
        pay(&tenant, &[20, 15, 10, 5]).await;
        let (found, wanted) = (midnight(8), midnight(17));
        tenant.set_start(Some(found)).await;
        work(&tenant).await;
        assert_right(&tenant, "with a start").await;
        tenant.reconnect();
        tenant.set_start(Some(wanted)).await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(found), "the one in the ledger comes first");
        assert_right(&tenant, "adopted").await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(wanted));
        assert_right(&tenant, "moved").await;
        work(&tenant).await;
        assert_eq!(tenant.start(), Some(wanted), "and it stays there");
    });
}

/// A run without write permission counts the whole history and fails. Its counts do not become part
/// of a mirror with a later start.
#[test]
fn counts_of_a_failed_run_that_posted_nothing_are_dropped() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_401, 150).await;
        let permissions = |permissions: &[&str]| json!({"L": permissions.iter().map(|permission| json!({"S": permission})).collect::<Vec<_>>()});
        tenant.alter("META", "granted_permissions", permissions(&["data:read"]));
        let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "skip": 1,
            "times": 0, "status": 400});
        let fault = inject(&tenant, fault);
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("failed"), "{}", last_run(&tenant));
        lift(&tenant, fault);
        tenant.alter("META", "granted_permissions", permissions(&["data:read", "data:write"]));
        tenant.set_start(Some(midnight(100))).await;
        work(&tenant).await;
        assert!(tenant.start() == Some(midnight(100)), "{:?}", tenant.start());
        assert_right(&tenant, "from the start on").await;
    });
}
