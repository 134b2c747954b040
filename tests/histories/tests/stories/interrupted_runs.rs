//! Interrupted runs report in the end what an uninterrupted run reports.

use std::time::Duration;

use histories::chain;
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;
use test_support::Fault;

use crate::common::{LIMIT, assert_right, counter, hits, inject, last_run, lift, story, work};

/// A problem is recorded, but the write of the checkpoint that counts it fails: the run still ends
/// with problems, whichever write fails.
#[test]
fn a_problem_recorded_before_a_failed_write_is_counted_once() {
    story(|| async {
        let world = World::start().await;
        for nth in 2..=10 {
            let tenant = Tenant::connect(&world, 5_300 + nth, 0).await;
            tenant
                .add(json!({"type": "charge", "amount": 500, "fee": 30, "net": 470,
                    "fee_details": [{"type": "stripe_fee", "amount": 20}]}))
                .await;
            let nth = usize::try_from(nth).unwrap();
            tenant.aws.fault(
                "TransactWriteItems",
                nth,
                5,
                Fault::Status(500, "InternalServerError"),
            );
            let wake_up = tenant.request(Scope::New).await.unwrap();
            // The queue delivers a failed message again.
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

/// Stripe does not know the cursor of the walk any more: the walk restarts, and its figures count
/// every record once. The same holds for a preview.
#[test]
fn a_walk_that_restarts_counts_every_record_once() {
    const MOVEMENTS: u32 = 150;
    let gone = json!({"error": {"type": "invalid_request_error", "code": "resource_missing",
        "param": "starting_after",
        "message": "No such balance_transaction"}});
    story(move || async move {
        let world = World::start().await;
        let tenants = [
            Tenant::connect(&world, 5_320, MOVEMENTS).await,
            Tenant::connect(&world, 5_321, MOVEMENTS).await,
        ];
        for (tenant, forgets) in tenants.iter().zip([false, true]) {
            let mut entry_counts = Vec::new();
            for scope in [Scope::Preview, Scope::New] {
                // Stripe answers the first page. The second is read ahead, and then once more.
                let fault = json!({"surface": "stripe", "route": "/v1/balance_transactions",
                    "skip": 1, "times": 2, "status": 400, "body": gone});
                let fault = forgets.then(|| inject(tenant, fault));
                let wake_up = tenant.request(scope).await.unwrap();
                worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                if let Some(fault) = fault {
                    assert_eq!(hits(tenant, fault), 2, "the walk was interrupted");
                }
                let run = last_run(tenant);
                let counters = &run["progress"]["counters"];
                assert_eq!(
                    (&counters["records"], &counters["pages"]),
                    (&json!(MOVEMENTS), &json!(2)),
                    "{scope:?} {forgets}"
                );
                let totals = run["progress"]["totals"].as_object().unwrap().values();
                let records: u64 = totals.map(|totals| totals["records"].as_u64().unwrap()).sum();
                assert_eq!(records, u64::from(MOVEMENTS), "{scope:?} {forgets}");
                let preview = &run["progress"]["preview"];
                let customers = &preview["customers"];
                assert_eq!(
                    (customers.is_null(), preview["entries"].is_null()),
                    (scope == Scope::New, scope == Scope::New)
                );
                let entries = if scope == Scope::New {
                    &counters["entries_posted"]
                } else {
                    &preview["entries"]
                };
                entry_counts.push(entries.as_u64().unwrap());
            }
            assert!(tenant.snapshot().await.agrees());
            assert_eq!(last_run(tenant)["verdict"], json!("match"));
            assert_eq!(entry_counts[0], entry_counts[1], "a preview shows what a sync posts");
        }
    });
}

/// State: the ledger refused the entry of an old payment, and takes it now. Action: a retry posts
/// it, and a write of that run fails, whichever, so that another delivery goes on. What must hold:
/// the entry is in the ledger, and the stored figures of its hour say to which account it went.
#[test]
fn the_hour_of_a_retried_entry_is_counted_again_whichever_write_fails() {
    let down = json!({"error": "failed to begin transaction: timeout 4711"});
    story(move || async move {
        let world = World::start().await;
        for nth in 1..=8 {
            let tenant = Tenant::connect(&world, 5_330 + nth, 0).await;
            let long_ago = time::now() / 1000 - 90 * 86_400;
            let records =
                tenant.add(json!({"type": "charge", "amount": 500, "created": long_ago})).await;
            let fault = json!({"surface": "core", "route": "*/transactions/bulk", "method": "POST",
                "status": 400, "body": down, "times": 0});
            let fault = inject(&tenant, fault);
            work(&tenant).await;
            lift(&tenant, fault);
            let problem = format!("{}:amount", records[0]);
            assert_eq!(tenant.problems(), [("unrecognized".to_owned(), problem.clone())]);
            tenant.retry(&problem).await;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            let nth = usize::try_from(nth).unwrap();
            tenant.aws.fault(
                "TransactWriteItems",
                nth,
                5,
                Fault::Status(500, "InternalServerError"),
            );
            while tenant.is_open() {
                let _ = worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await;
            }
            work(&tenant).await;
            assert_right(&tenant, &format!("write {nth}")).await;
            let wrong = tenant.wrong_figures(&Default::default()).await;
            assert!(wrong.is_empty(), "write {nth}: {wrong:?}");
        }
    });
}

/// State: the ledger refused the entry of an old payment, and takes it now. Action: a retry posts
/// it, and then the run fails. What must hold: the next run counts the entry's hour again.
#[test]
fn the_hour_of_a_retried_entry_is_counted_again_after_the_run_has_failed() {
    let down = json!({"error": "failed to begin transaction: timeout 4711"});
    story(move || async move {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_350, 0).await;
        let long_ago = time::now() / 1000 - 90 * 86_400;
        let records =
            tenant.add(json!({"type": "charge", "amount": 500, "created": long_ago})).await;
        let refused = json!({"surface": "core", "route": "*/transactions/bulk", "method": "POST",
            "status": 400, "body": down, "times": 0});
        let refused = inject(&tenant, refused);
        work(&tenant).await;
        lift(&tenant, refused);
        tenant.retry(&format!("{}:amount", records[0])).await;
        let unreadable = json!({"surface": "stripe", "route": "/v1/balance_transactions",
            "times": 0, "status": 400, "when": {"limit_gt": 10}});
        let unreadable = inject(&tenant, unreadable);
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("failed"), "{}", last_run(&tenant));
        assert_eq!(counter(&tenant, "entries_posted"), 1);
        lift(&tenant, unreadable);
        work(&tenant).await;
        assert_right(&tenant, "after the failed run").await;
        let wrong = tenant.wrong_figures(&Default::default()).await;
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}

/// State: an account is mirrored. Action: a scheduled message finds no open run; before it has made
/// one, a person's run begins and ends. What must hold: the scheduled run goes on from what that
/// run has left: its certificate follows that run's, and nothing is lost.
#[test]
fn a_run_that_is_made_late_follows_the_run_that_ended_meanwhile() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 5_350, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": 5})).await;
        work(&tenant).await;
        tenant.add(json!({"type": "charge", "amount": 700, "count": 3})).await;
        let due = tenant.wake_up(&json!({"reason": "schedule", "at": time::now()}));
        // The scheduled run's creation gets no answer, and is sent again after a while.
        tenant.aws.fault("TransactWriteItems", 1, 1, Fault::Hang);
        let (late, other) = (tenant.worker(LIMIT), tenant.worker(LIMIT));
        let persons = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            worker::handle(&other, &wake_up, "person").await.unwrap();
            assert!(!tenant.is_open(), "the person's run ends first");
        };
        let (scheduled, ()) = tokio::join!(worker::handle(&late, &due, "schedule"), persons);
        scheduled.unwrap();
        assert_eq!((tenant.runs().len(), tenant.certificates().len()), (3, 3));
        assert_eq!(chain::fault(&tenant.chain(), time::now()), None);
        assert_right(&tenant, "after both").await;
    });
}
