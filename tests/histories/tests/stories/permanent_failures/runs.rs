//! Calls that a run makes for all its records, and the workers that it takes.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::run::RunState;
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, assert_right, last_certificate, last_run, story, work};
use crate::permanent_failures::{MAX_RECEIVES, fault, for_customer, lift_all, next_message, pay};

/// Every call to a route fails: nothing is set aside, the run waits and says why, and both sides
/// agree after the outage.
#[test]
fn a_route_that_always_fails_makes_the_run_wait_and_sets_nothing_aside() {
    for (seed, method, route) in [
        (11_050, "POST", "/proxy/identities"),
        (11_051, "POST", "/proxy/balances"),
        (11_052, "POST", "/proxy/transactions/bulk"),
    ] {
        for (more, status) in [(0, 500), (100, 503)] {
            story(move || async move {
                let world = World::start().await;
                let tenant = Tenant::connect(&world, seed + more, 0).await;
                fault(&tenant, "cloud", method, route, &json!({"status": status}));
                let customers: Vec<String> =
                    (0..if more == 0 { 2 } else { 12 }).map(|at| format!("cus_All{at}")).collect();
                pay(&tenant, &customers.iter().map(String::as_str).collect::<Vec<_>>()).await;
                let mut wake_up = tenant.request(Scope::New).await.unwrap();
                for _ in 0..3 {
                    worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                    assert_eq!(
                        tenant.runs().pop().unwrap().0,
                        RunState::Running,
                        "{route} {:?}",
                        last_run(&tenant)
                    );
                    assert_eq!(tenant.problems(), [], "{route}");
                    wake_up = next_message(&tenant).await;
                }
                lift_all(&tenant);
                for _ in 0..MAX_RECEIVES {
                    worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                    if !tenant.is_open() {
                        break;
                    }
                    wake_up = next_message(&tenant).await;
                }
                assert_right(&tenant, &format!("{route} after the fault")).await;
            });
        }
    }
}

/// A worker is killed after each failure: every failure is remembered, and the run ends.
#[test]
fn failures_are_remembered_when_the_worker_is_killed_after_each() {
    for (seed, route) in [
        (11_060, "/proxy/identities"),
        (11_061, "/proxy/balances"),
        (11_062, "/proxy/transactions/bulk"),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            let ids = pay(&tenant, &["cus_Failing", "cus_One", "cus_Two"]).await;
            let failure = if route.ends_with("bulk") {
                json!({"status": 500, "when": {"body": format!("{}:amount", ids[0])}})
            } else {
                for_customer("cus_Failing")
            };
            let id = fault(&tenant, "cloud", "POST", route, &failure);
            let hits = || {
                world.sandbox.world.faults.list().iter().find(|fault| fault.id == id).unwrap().hits
            };
            let wake_up = tenant.request(Scope::New).await.unwrap();
            for _ in 0..MAX_RECEIVES {
                let before = hits();
                let worker = tenant.worker(LIMIT);
                let killed = async {
                    while hits() == before {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    // Time for the answer, and for storing it.
                    tokio::time::sleep(Duration::from_millis(60)).await;
                };
                tokio::select! {
                    done = worker::handle(&worker, &wake_up, "m") => done.unwrap(),
                    () = killed => {}
                }
                if !tenant.is_open() {
                    break;
                }
                // A call of a killed worker may still be in progress.
                tokio::time::sleep(Duration::from_secs(45)).await;
            }
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{route} {run}");
            assert!(!tenant.problems().is_empty());
            let certificate = last_certificate(&tenant);
            assert!(
                certificate.verdict == Verdict::Match || certificate.explained(),
                "{certificate:?}"
            );
            lift_all(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{route} after the fault")).await;
        });
    }
}

/// Stripe always fails to list the records of one payout: the others are summed up, and this one is
/// a problem.
#[test]
fn a_payout_whose_records_always_fail_is_a_problem_and_others_are_summed_up() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_070, 800).await;
        let page = world.stripe(&tenant.account.secret_key, "/v1/payouts?limit=100").await;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let complete = |payout: &&Value| {
            payout["automatic"] == json!(true)
                && payout["reconciliation_status"] == json!("completed")
        };
        let payout = page["data"].as_array().unwrap().iter().filter(complete).nth(3).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        fault(
            &tenant,
            "stripe",
            "GET",
            "/v1/balance_transactions",
            &json!({"status": 500, "when": {"payout": payout}}),
        );
        work(&tenant).await;
        let proven = last_certificate(&tenant).payouts.unwrap();
        assert!(proven.zero > 4, "{proven:?}");
        let set_aside = || {
            tenant
                .problems()
                .into_iter()
                .filter(|(code, _)| code == "set_aside")
                .map(|(_, id)| id)
                .collect::<Vec<_>>()
        };
        assert_eq!(set_aside(), [format!("{payout}:payout_members")]);
        assert_eq!(last_run(&tenant)["verdict"], json!("match"));
        lift_all(&tenant);
        work(&tenant).await;
        assert!(set_aside().is_empty());
        assert_eq!(last_certificate(&tenant).payouts.unwrap().unreadable, 0);
    });
}
