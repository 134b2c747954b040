//! Runs that are interrupted: what they say in the end is what an uninterrupted one says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use common::{LIMIT, run};
use histories::tenant::Tenant;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use test_support::Fault;

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

/// A problem is recorded, and the checkpoint that counts it is not: whichever write fails, the run does not end as if all were well.
#[test]
fn a_problem_that_was_recorded_before_a_worker_failed_counts() {
    run(|| async {
        let world = World::start().await;
        for nth in 2..=10 {
            let tenant = Tenant::connect(&world, 5_300 + nth, 0).await;
            tenant
                .add(json!({"type": "charge", "amount": 500, "fee": 30, "net": 470, "fee_details": [{"type": "stripe_fee", "amount": 20}]}))
                .await;
            let nth = usize::try_from(nth).unwrap();
            tenant.aws.fault("TransactWriteItems", nth, 5, Fault::Status(500, "InternalServerError"));
            let wake_up = tenant.request(Scope::New).await.unwrap();
            // A message that could not be handled comes again.
            while tenant.is_open() {
                let _ = worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await;
            }
            let run = last_run(&tenant);
            assert_eq!(tenant.problems().len(), 1, "write {nth}");
            assert_eq!(run["state"], json!("completed_with_problems"), "write {nth}: {run}");
            assert_eq!(run["progress"]["counters"]["problems"], json!(1), "write {nth}");
        }
    });
}

/// Stripe forgets the record behind which the walk was to go on: the walk begins anew, and what is shown of it was counted once. So it is
/// with a dry run.
#[test]
fn a_walk_that_begins_anew_counts_once() {
    const MOVEMENTS: u32 = 150;
    let gone = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "starting_after",
        "message": "No such balance_transaction"}});
    run(move || async move {
        let world = World::start().await;
        let tenants = [Tenant::connect(&world, 5_320, MOVEMENTS).await, Tenant::connect(&world, 5_321, MOVEMENTS).await];
        let mut shown = Vec::new();
        for (tenant, forgets) in tenants.iter().zip([false, true]) {
            let mut told = Vec::new();
            for scope in [Scope::Preview, Scope::New] {
                // The first page is answered; the second is asked for ahead, and once more.
                let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions", "scope": tenant.account.account,
                    "skip": 1, "times": 2, "status": 400, "body": gone});
                let fault = forgets.then(|| world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap()));
                let wake_up = tenant.request(scope).await.unwrap();
                worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                if let Some(fault) = fault {
                    let hits = world.sandbox.world.faults.list().iter().find(|known| known.id == fault).unwrap().hits;
                    assert_eq!(hits, 2, "the walk was interrupted");
                }
                let run = last_run(tenant);
                let counters = &run["progress"]["counters"];
                assert_eq!((&counters["records"], &counters["pages"]), (&json!(MOVEMENTS), &json!(2)), "{scope:?} {forgets}");
                let totals = run["progress"]["totals"].as_object().unwrap().values();
                let records: u64 = totals.map(|totals| totals["records"].as_u64().unwrap()).sum();
                assert_eq!(records, u64::from(MOVEMENTS), "{scope:?} {forgets}");
                let preview = &run["progress"]["preview"];
                let customers = &preview["customers"];
                assert_eq!((customers.is_null(), preview["entries"].is_null()), (scope == Scope::New, scope == Scope::New));
                let entries = if scope == Scope::New { &counters["entries_posted"] } else { &preview["entries"] };
                told.push(entries.as_u64().unwrap());
            }
            assert!(tenant.look().await.agrees());
            assert_eq!(last_run(tenant)["verdict"], json!("match"));
            assert_eq!(told[0], told[1], "a dry run shows what a sync posts");
            shown.push(told);
        }
        assert_eq!(shown.len(), 2);
    });
}
