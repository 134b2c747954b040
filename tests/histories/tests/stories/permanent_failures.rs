//! Calls that fail without end. For one record or customer: it is set aside and named, and everything else continues. For all of them: it
//! is an outage, and the run waits.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::certificate::{CauseKind, Verdict};
use stripe_sync::model::run::RunState;
use stripe_sync::platform::queue::message::WakeUp;

use crate::common::{LIMIT, assert_right, inject, last_certificate, last_run, problem_codes, story, work};

/// A run that needs more receives than this does not end.
const MAX_RECEIVES: usize = 30;

/// Injects a fault that lasts until it is lifted. Returns its id.
fn fault(tenant: &Tenant<'_>, surface: &str, method: &str, route: &str, with: &Value) -> u64 {
    let mut fault = json!({"surface": surface, "method": method, "route": route, "times": 0});
    for (name, value) in with.as_object().unwrap() {
        fault[name] = value.clone();
    }
    inject(tenant, fault)
}

/// Fails every call that names a customer.
fn for_customer(customer: &str) -> Value {
    json!({"status": 500, "when": {"body": {"meta_data": {"stripe_customer_id": customer}}}})
}

/// The next message of an open run, once it is due.
async fn next_message(tenant: &Tenant<'_>) -> WakeUp {
    let known = tenant.aws.messages().len();
    while tenant.aws.messages().len() == known && tenant.deliver_next_delayed().await {}
    serde_json::from_value(tenant.aws.messages().pop().unwrap().body).unwrap()
}

fn lift_all(tenant: &Tenant<'_>) {
    tenant.world.sandbox.world.faults.remove(None);
}

async fn pay(tenant: &Tenant<'_>, customers: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for customer in customers {
        ids.extend(tenant.add(json!({"type": "charge", "amount": 900, "customer": customer, "customer_name": "Ada Lovelace"})).await);
    }
    ids
}

/// A customer's identity cannot be created, not even without personal data: the payments are posted to a balance without an identity, which
/// gets one as soon as it can be created.
#[test]
fn a_customer_whose_identity_fails_is_posted_to_a_balance_without_one() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_000, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/identities", &for_customer("cus_Failing"));
        pay(&tenant, &["cus_One", "cus_Failing", "cus_Two", "cus_Failing"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "the fault costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("match")), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_Failing:identity".to_owned())]);
        assert!(tenant.snapshot().await.agrees(), "{:?}", tenant.snapshot().await.differences);
        // Another run before the fault is lifted makes one try.
        work(&tenant).await;
        assert_eq!(problem_codes(&tenant), ["identity_set_aside"]);
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be created").await;
        assert!(tenant.balances_without_identity().await.is_empty());
    });
}

/// The ledger accepts an identity only without personal data: it is created without, and completed later.
#[test]
fn an_identity_that_fails_with_personal_data_is_created_without() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_001, 0).await;
        let failing = json!({"status": 500, "when": {"body": "Failing"}});
        fault(&tenant, "cloud", "POST", "/proxy/identities", &failing);
        fault(&tenant, "cloud", "PUT", "*/identities/*", &failing);
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_Bare", "customer_name": "Ada Failing"})).await;
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["verdict"], json!("match"), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_Bare:identity".to_owned())]);
        assert!(tenant.balances_without_identity().await.is_empty(), "it has the identity without personal data");
        lift_all(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once the ledger accepts the rest").await;
    });
}

/// The balance of one customer cannot be created: each of her payments is a problem, and all others are mirrored.
#[test]
fn a_customer_whose_balance_fails_is_a_problem_and_others_are_posted() {
    for (seed, customers) in [(11_010, vec!["cus_One", "cus_Failing", "cus_Two", "cus_Failing"]), (11_011, vec!["cus_Failing"])] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/balances", &for_customer("cus_Failing"));
            let ids = pay(&tenant, &customers).await;
            tenant.add(json!({"type": "charge", "amount": 500})).await;
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("mismatch")), "{run}");
            let certificate = last_certificate(&tenant);
            assert!(certificate.explained(), "{certificate:?}");
            let failing: Vec<&String> =
                ids.iter().zip(&customers).filter(|(_, customer)| **customer == "cus_Failing").map(|(id, _)| id).collect();
            assert_eq!(tenant.problems().len(), failing.len());
            assert!(problem_codes(&tenant).iter().all(|code| code == "set_aside"));
            lift_all(&tenant);
            work(&tenant).await;
            assert_right(&tenant, "once it can be created").await;
        });
    }
}

/// A balance is created although its call fails: the app finds it by its customer and does not create a second one.
#[test]
fn a_balance_whose_creation_has_no_answer_is_created_once() {
    for (seed, failure) in [
        (11_020, json!({"status": 500, "commit": true, "times": 1})),
        (11_021, json!({"drop": "after", "times": 1})),
        (11_022, json!({"status": 504, "commit": true, "times": 3})),
        (11_023, json!({"delay_ms": 40_000, "drop": "after", "times": 2})),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/identities", &for_customer("cus_Failing"));
            fault(&tenant, "cloud", "POST", "/proxy/balances", &failure);
            pay(&tenant, &["cus_One", "cus_Failing"]).await;
            work(&tenant).await;
            assert!(tenant.snapshot().await.agrees(), "{failure}: {:?}", tenant.snapshot().await.differences);
            lift_all(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{failure}")).await;
            assert_eq!(tenant.balances_of_customers().await, 2, "{failure}");
        });
    }
}

/// One entry fails or hangs in every bulk: the others are posted, and the certificate names exactly this one.
#[test]
fn an_entry_that_always_fails_is_named_and_others_are_posted() {
    for (seed, others, failure) in [
        (11_030, 0_u32, json!({"status": 500})),
        (11_031, 90, json!({"status": 500})),
        (11_032, 3, json!({"delay_ms": 40_000, "drop": "before"})),
        (11_033, 30, json!({"status": 504})),
    ] {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            if others > 0 {
                tenant.add(json!({"type": "charge", "amount": 700, "count": others / 2})).await;
            }
            let id = pay(&tenant, &["cus_One"]).await.remove(0);
            if others > 0 {
                tenant.add(json!({"type": "charge", "amount": 700, "count": others - others / 2})).await;
            }
            let mut failure = failure;
            failure["when"] = json!({"body": format!("{id}:amount")});
            fault(&tenant, "cloud", "POST", "/proxy/transactions/bulk", &failure);
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("mismatch")), "{failure} {run}");
            let certificate = last_certificate(&tenant);
            let named: Vec<_> = certificate.causes.iter().map(|cause| (cause.kind, cause.stripe_id.clone().unwrap())).collect();
            assert_eq!(named, [(CauseKind::Missing, id.clone())], "{failure}");
            assert!(certificate.explained(), "{failure}");
            assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{id}:amount"))]);
            work(&tenant).await;
            assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{id}:amount"))], "not before it is due");
            lift_all(&tenant);
            tenant.retry(&format!("{id}:amount")).await;
            work(&tenant).await;
            assert_right(&tenant, "once it is accepted").await;
        });
    }
}

/// The update of an identity always fails: the certificate does not wait for it.
#[test]
fn an_identity_whose_update_always_fails_is_a_problem_and_the_run_ends() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_040, 0).await;
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_One", "customer_name": "Ada One"})).await;
        work(&tenant).await;
        fault(&tenant, "cloud", "PUT", "*/identities/*", &json!({"status": 500, "when": {"body": "Changed"}}));
        let path = format!("/accounts/{}/customers/cus_One", tenant.account.account);
        let (status, answer) = world.control_stripe(&path, json!({"name": "Ada Changed", "silent": true})).await;
        assert_eq!(status, 200, "{answer}");
        pay(&tenant, &["cus_One"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "the fault costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("match")), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_One:identity".to_owned())]);
        lift_all(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once it can be updated").await;
    });
}

/// Every call to a route fails: nothing is set aside, the run waits and says why, and both sides agree after the outage.
#[test]
fn a_route_that_always_fails_makes_the_run_wait_and_sets_nothing_aside() {
    for (seed, method, route) in
        [(11_050, "POST", "/proxy/identities"), (11_051, "POST", "/proxy/balances"), (11_052, "POST", "/proxy/transactions/bulk")]
    {
        for (more, status) in [(0, 500), (100, 503)] {
            story(move || async move {
                let world = World::start().await;
                let tenant = Tenant::connect(&world, seed + more, 0).await;
                fault(&tenant, "cloud", method, route, &json!({"status": status}));
                let customers: Vec<String> = (0..if more == 0 { 2 } else { 12 }).map(|at| format!("cus_All{at}")).collect();
                pay(&tenant, &customers.iter().map(String::as_str).collect::<Vec<_>>()).await;
                let mut wake_up = tenant.request(Scope::New).await.unwrap();
                for _ in 0..3 {
                    worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                    assert_eq!(tenant.runs().pop().unwrap().0, RunState::Running, "{route} {:?}", last_run(&tenant));
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

/// Many calls fail although they took effect, so many that it looks like an outage. The one that always fails is still named.
#[test]
fn calls_that_fail_but_take_effect_do_not_hide_the_one_that_always_fails() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_055, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/balances", &for_customer("cus_Failing"));
        let took_effect = json!({"status": 500, "commit": true, "times": 5, "when": {"body": "stripe_customer_id\":\"cus_All"}});
        fault(&tenant, "cloud", "POST", "/proxy/balances", &took_effect);
        pay(&tenant, &["cus_All0", "cus_All1", "cus_All2", "cus_All3", "cus_All4", "cus_Failing"]).await;
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"), "{}", last_run(&tenant));
        assert_eq!(problem_codes(&tenant), ["set_aside"]);
        assert_eq!(tenant.balances_of_customers().await, 5, "each was created once");
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be created").await;
    });
}

/// A worker is killed after each failure: every failure is remembered, and the run ends.
#[test]
fn failures_are_remembered_when_the_worker_is_killed_after_each() {
    for (seed, route) in [(11_060, "/proxy/identities"), (11_061, "/proxy/balances"), (11_062, "/proxy/transactions/bulk")] {
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
            let hits = || world.sandbox.world.faults.list().iter().find(|fault| fault.id == id).unwrap().hits;
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
            assert!(certificate.verdict == Verdict::Match || certificate.explained(), "{certificate:?}");
            lift_all(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{route} after the fault")).await;
        });
    }
}

/// Stripe always fails to list the records of one payout: the others are summed up, and this one is a problem.
#[test]
fn a_payout_whose_records_always_fail_is_a_problem_and_others_are_summed_up() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_070, 800).await;
        let page = world.stripe(&tenant.account.secret_key, "/v1/payouts?limit=100").await;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let complete = |payout: &&Value| payout["automatic"] == json!(true) && payout["reconciliation_status"] == json!("completed");
        let payout = page["data"].as_array().unwrap().iter().filter(complete).nth(3).unwrap()["id"].as_str().unwrap().to_owned();
        fault(&tenant, "stripe", "GET", "/v1/balance_transactions", &json!({"status": 500, "when": {"payout": payout}}));
        work(&tenant).await;
        let proven = last_certificate(&tenant).payouts.unwrap();
        assert!(proven.zero > 4, "{proven:?}");
        let set_aside = || tenant.problems().into_iter().filter(|(code, _)| code == "set_aside").map(|(_, id)| id).collect::<Vec<_>>();
        assert_eq!(set_aside(), [format!("{payout}:payout_members")]);
        assert_eq!(last_run(&tenant)["verdict"], json!("match"));
        lift_all(&tenant);
        work(&tenant).await;
        assert!(set_aside().is_empty());
        assert_eq!(last_certificate(&tenant).payouts.unwrap().unreadable, 0);
    });
}

/// A large amount waits for approval unless the ledger already holds it. The ledger always fails to look one of them up: only this one is
/// held back. The approval is requested once the look-up works.
#[test]
fn a_large_amount_whose_look_up_always_fails_is_a_problem_and_others_are_posted() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_900, 0).await;
        tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_One", "count": 1})).await;
        work(&tenant).await;
        tenant.set_ceiling("usd", 10_000).await;
        let large = tenant.add(json!({"type": "charge", "amount": 60_000, "customer": "cus_Two"})).await.remove(0);
        pay(&tenant, &["cus_One", "cus_Three"]).await;
        fault(&tenant, "cloud", "POST", "/transactions/filter", &json!({"status": 500, "when": {"body": large}}));
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{large}:record"))], "{run}");
        let differences = tenant.snapshot().await.differences;
        let others = differences.iter().filter(|line| line.starts_with("stripe:") && !line.contains(&large));
        assert_eq!(others.count(), 0, "all others are in the ledger: {differences:?}");
        lift_all(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert!(tenant.waits_for_approval(), "now it waits for approval: {}", last_run(&tenant));
        let mut wake_up = tenant.approve().await.unwrap();
        for _ in 0..MAX_RECEIVES {
            worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
            if !tenant.is_open() {
                break;
            }
            wake_up = next_message(&tenant).await;
        }
        work(&tenant).await;
        assert_right(&tenant, "after the approval").await;
    });
}
