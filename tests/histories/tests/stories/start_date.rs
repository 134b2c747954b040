//! The start of a mirror: found in the ledger, set in the settings, or affected by earlier runs.

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;

use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;
use test_support::Fault;

use crate::common::{LIMIT, assert_right, inject, last_run, lift, story, work};

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
        assert_eq!(tenant.wrong_figures(&Default::default()).await, [""; 0]);
    });
}

/// State: runs without write permission counted the whole history, closed its days and made its
/// months. Action: the app may write, with a start date. What must hold: figures, closed days and
/// months hold what is mirrored from the start on, and the opening entry once.
#[test]
fn figures_of_runs_that_posted_nothing_are_dropped_when_a_start_is_fixed() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_402, 0).await;
        pay(&tenant, &[170, 140, 110, 80, 50, 20, 5]).await;
        let granted = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| json!({"S": name})).collect();
            tenant.alter("META", "granted_permissions", json!({"L": names}));
        };
        granted(&["data:read"]);
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("completed"), "{}", last_run(&tenant));
        granted(&["data:read", "data:write"]);
        tenant.set_start(Some(midnight(100))).await;
        for _ in 0..3 {
            work(&tenant).await;
            assert_right(&tenant, "from the start on").await;
        }
        assert_eq!(tenant.wrong_figures(&Default::default()).await, [""; 0]);
        assert_eq!(tenant.wrong_sums(), [""; 0]);
        assert!(!tenant.months().is_empty());
    });
}

/// State: a start date is chosen. Action: a message is delivered twice. The second worker finds the
/// first run before the first worker fixes the start, and claims it afterwards. What must hold: the
/// second worker posts nothing of before the start either, and both sides agree.
#[test]
fn a_second_worker_that_claims_a_run_late_keeps_the_start_that_the_first_one_fixed() {
    story(|| async {
        // Slow enough that the first worker is still at work when the second one claims the run.
        let world = World::start_with("400", "40").await;
        let tenant = Tenant::connect(&world, 6_950, 0).await;
        let today = time::now().div_euclid(1000).div_euclid(DAY) * DAY;
        for ago in (1..=240).rev() {
            let made = json!({"type": "charge", "amount": 500 + ago, "created": today - ago * DAY});
            tenant.add(made).await;
        }
        let start = today - 30 * DAY;
        tenant.set_start(Some(start)).await;
        let wake_up = tenant.request(Scope::New).await.unwrap();
        // Of both claims the second one gets no answer, and is sent again after a while.
        tenant.aws.fault("UpdateItem", 2, 1, Fault::Hang);
        let (first, second) = (tenant.worker(LIMIT), tenant.worker(LIMIT));
        let _ = tokio::join!(
            worker::handle(&first, &wake_up, "first"),
            worker::handle(&second, &wake_up, "second"),
        );
        assert_eq!(tenant.aws.faults_hit(), 1, "the second claim hung");
        while tenant.is_open() {
            let _ = worker::handle(&tenant.worker(LIMIT), &wake_up, "later").await;
        }
        let run = last_run(&tenant);
        assert!(run["attempt"].as_u64().unwrap() > 1, "{run}");
        assert_eq!(tenant.start(), Some(start));
        assert_right(&tenant, "both workers").await;
    });
}
