//! One record that can never be done: named, and in nobody's way. And the same for all records of a kind, which is nobody's fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{LIMIT, assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::model::certificate::{CauseKind, Verdict};
use stripe_sync::model::run::RunState;
use stripe_sync::platform::queue::message::WakeUp;

/// Receives until a run must have ended.
const MAX_RECEIVES: usize = 30;

/// Puts a fault on this install's calls until further notice. Answers its id.
fn fault(tenant: &Tenant<'_>, surface: &str, method: &str, route: &str, with: &Value) -> u64 {
    let scope = if surface == "stripe" { &tenant.account.account } else { &tenant.instance };
    let mut fault = json!({"surface": surface, "method": method, "route": route, "scope": scope, "times": 0});
    for (name, value) in with.as_object().unwrap() {
        fault[name] = value.clone();
    }
    tenant.world.sandbox.world.faults.add(serde_json::from_value(fault).unwrap())
}

fn of_customer(customer: &str) -> Value {
    json!({"status": 500, "when": {"body": {"meta_data": {"stripe_customer_id": customer}}}})
}

/// The next message of a run that is open: what waits comes in its time.
async fn next(tenant: &Tenant<'_>) -> WakeUp {
    let known = tenant.aws.messages().len();
    while tenant.aws.messages().len() == known && tenant.pass_next_on().await {}
    serde_json::from_value(tenant.aws.messages().pop().unwrap().body).unwrap()
}

fn cure(tenant: &Tenant<'_>) {
    tenant.world.sandbox.world.faults.remove(None);
}

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

fn codes(tenant: &Tenant<'_>) -> Vec<String> {
    tenant.problems().into_iter().map(|(code, _)| code).collect()
}

async fn pay(tenant: &Tenant<'_>, customers: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for customer in customers {
        ids.extend(tenant.add(json!({"type": "charge", "amount": 900, "customer": customer, "customer_name": "Ada Lovelace"})).await);
    }
    ids
}

/// Its identity cannot be made, not even bare: the customer's money is in the ledger all the same, on a balance that gets its identity as
/// soon as there is one.
#[test]
fn a_customer_whose_identity_cannot_be_made_keeps_no_money_out() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_000, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/identities", &of_customer("cus_Poison"));
        pay(&tenant, &["cus_One", "cus_Poison", "cus_Two", "cus_Poison"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "it costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("match")), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_Poison:identity".to_owned())]);
        assert!(tenant.look().await.agrees(), "{:?}", tenant.look().await.wrong);
        // Another run that comes before the cure costs one try.
        work(&tenant).await;
        assert_eq!(codes(&tenant), ["identity_set_aside"]);
        cure(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be made").await;
        assert!(tenant.balances_without_identity().await.is_empty());
    });
}

/// The ledger takes the ids, and not the rest: the identity is bare until it does.
#[test]
fn an_identity_that_passes_bare_is_kept_bare() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_001, 0).await;
        let poison = json!({"status": 500, "when": {"body": "Poison"}});
        fault(&tenant, "cloud", "POST", "/proxy/identities", &poison);
        fault(&tenant, "cloud", "PUT", "*/identities/*", &poison);
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_Bare", "customer_name": "Ada Poison"})).await;
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["verdict"], json!("match"), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_Bare:identity".to_owned())]);
        assert!(tenant.balances_without_identity().await.is_empty(), "it belongs to the bare identity");
        cure(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once the ledger takes the rest").await;
    });
}

/// The balance of one customer cannot be made: her payments are named, to the cent, and all others are mirrored.
#[test]
fn a_customer_whose_balance_cannot_be_made_is_named_and_in_nobodys_way() {
    for (seed, customers) in [(11_010, vec!["cus_One", "cus_Poison", "cus_Two", "cus_Poison"]), (11_011, vec!["cus_Poison"])] {
        run(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/balances", &of_customer("cus_Poison"));
            let ids = pay(&tenant, &customers).await;
            tenant.add(json!({"type": "charge", "amount": 500})).await;
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("mismatch")), "{run}");
            let certificate = tenant.certificates().pop().unwrap();
            assert!(certificate.explained(), "{certificate:?}");
            let poisoned: Vec<&String> =
                ids.iter().zip(&customers).filter(|(_, customer)| **customer == "cus_Poison").map(|(id, _)| id).collect();
            assert_eq!(tenant.problems().len(), poisoned.len());
            assert!(codes(&tenant).iter().all(|code| code == "set_aside"));
            cure(&tenant);
            work(&tenant).await;
            assert_right(&tenant, "once it can be made").await;
        });
    }
}

/// A balance that was made although its call failed is found by its customer, and no second one is made.
#[test]
fn a_balance_that_was_made_without_an_answer_is_made_once() {
    for (seed, ending) in [
        (11_020, json!({"status": 500, "commit": true, "times": 1})),
        (11_021, json!({"drop": "after", "times": 1})),
        (11_022, json!({"status": 504, "commit": true, "times": 3})),
        (11_023, json!({"delay_ms": 40_000, "drop": "after", "times": 2})),
    ] {
        run(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            fault(&tenant, "cloud", "POST", "/proxy/identities", &of_customer("cus_Poison"));
            fault(&tenant, "cloud", "POST", "/proxy/balances", &ending);
            pay(&tenant, &["cus_One", "cus_Poison"]).await;
            work(&tenant).await;
            assert!(tenant.look().await.agrees(), "{ending}: {:?}", tenant.look().await.wrong);
            cure(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{ending}")).await;
            assert_eq!(tenant.balances_of_customers().await, 2, "{ending}");
        });
    }
}

/// One entry fails whatever bulk it is in, or hangs: the others are posted, and the certificate names exactly it.
#[test]
fn an_entry_that_is_never_taken_is_named_and_in_nobodys_way() {
    for (seed, others, how) in [
        (11_030, 0_u32, json!({"status": 500})),
        (11_031, 90, json!({"status": 500})),
        (11_032, 3, json!({"delay_ms": 40_000, "drop": "before"})),
        (11_033, 30, json!({"status": 504})),
    ] {
        run(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            if others > 0 {
                tenant.add(json!({"type": "charge", "amount": 700, "count": others / 2})).await;
            }
            let id = pay(&tenant, &["cus_One"]).await.remove(0);
            if others > 0 {
                tenant.add(json!({"type": "charge", "amount": 700, "count": others - others / 2})).await;
            }
            let mut how = how;
            how["when"] = json!({"body": format!("{id}:amount")});
            fault(&tenant, "cloud", "POST", "/proxy/transactions/bulk", &how);
            work(&tenant).await;
            let run = last_run(&tenant);
            assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("mismatch")), "{how} {run}");
            let certificate = tenant.certificates().pop().unwrap();
            let named: Vec<_> = certificate.causes.iter().map(|cause| (cause.kind, cause.stripe_id.clone().unwrap())).collect();
            assert_eq!(named, [(CauseKind::Missing, id.clone())], "{how}");
            assert!(certificate.explained(), "{how}");
            assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{id}:amount"))]);
            work(&tenant).await;
            assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{id}:amount"))], "not before it is due");
            cure(&tenant);
            tenant.retry(&format!("{id}:amount")).await;
            work(&tenant).await;
            assert_right(&tenant, "once it is taken").await;
        });
    }
}

/// The change of an identity fails for ever: no certificate waits for it.
#[test]
fn an_identity_that_cannot_be_changed_is_named_and_in_nobodys_way() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_040, 0).await;
        tenant.add(json!({"type": "charge", "amount": 900, "customer": "cus_One", "customer_name": "Ada One"})).await;
        work(&tenant).await;
        fault(&tenant, "cloud", "PUT", "*/identities/*", &json!({"status": 500, "when": {"body": "Changed"}}));
        let path = format!("/accounts/{}/customers/cus_One", tenant.account.account);
        let (status, answer) = world.at_stripe(&path, json!({"name": "Ada Changed", "silent": true})).await;
        assert_eq!(status, 200, "{answer}");
        pay(&tenant, &["cus_One"]).await;
        let began = time::now();
        work(&tenant).await;
        assert!(time::now() - began < 30_000, "it costs a run less than ten seconds");
        let run = last_run(&tenant);
        assert_eq!((&run["state"], &run["verdict"]), (&json!("completed_with_problems"), &json!("match")), "{run}");
        assert_eq!(tenant.problems(), [("identity_set_aside".to_owned(), "cus_One:identity".to_owned())]);
        cure(&tenant);
        work(&tenant).await;
        assert_right(&tenant, "once it can be changed").await;
    });
}

/// Every call of a kind fails: nothing is set aside, the run waits and says so, and both sides agree after the cure.
#[test]
fn what_fails_for_all_is_nobodys_fault() {
    for (seed, method, route) in
        [(11_050, "POST", "/proxy/identities"), (11_051, "POST", "/proxy/balances"), (11_052, "POST", "/proxy/transactions/bulk")]
    {
        for (more, status) in [(0, 500), (100, 503)] {
            run(move || async move {
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
                    wake_up = next(&tenant).await;
                }
                cure(&tenant);
                for _ in 0..MAX_RECEIVES {
                    worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
                    if !tenant.is_open() {
                        break;
                    }
                    wake_up = next(&tenant).await;
                }
                assert_right(&tenant, &format!("{route} after the cure")).await;
            });
        }
    }
}

/// Calls failed although they did what they should, so many that it is an outage; the one that fails for ever is named all the same.
#[test]
fn an_outage_whose_calls_were_done_after_all_is_over() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_055, 0).await;
        fault(&tenant, "cloud", "POST", "/proxy/balances", &of_customer("cus_Poison"));
        let done = json!({"status": 500, "commit": true, "times": 5, "when": {"body": "stripe_customer_id\":\"cus_All"}});
        fault(&tenant, "cloud", "POST", "/proxy/balances", &done);
        pay(&tenant, &["cus_All0", "cus_All1", "cus_All2", "cus_All3", "cus_All4", "cus_Poison"]).await;
        work(&tenant).await;
        assert_eq!(last_run(&tenant)["state"], json!("completed_with_problems"), "{}", last_run(&tenant));
        assert_eq!(codes(&tenant), ["set_aside"]);
        assert_eq!(tenant.balances_of_customers().await, 5, "each was made once");
        cure(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert_right(&tenant, "once it can be made").await;
    });
}

/// A worker is killed after each failure: none is forgotten, and the run comes to its end.
#[test]
fn a_worker_killed_after_each_failure_forgets_none() {
    for (seed, route) in [(11_060, "/proxy/identities"), (11_061, "/proxy/balances"), (11_062, "/proxy/transactions/bulk")] {
        run(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, seed, 0).await;
            let ids = pay(&tenant, &["cus_Poison", "cus_One", "cus_Two"]).await;
            let how = if route.ends_with("bulk") {
                json!({"status": 500, "when": {"body": format!("{}:amount", ids[0])}})
            } else {
                of_customer("cus_Poison")
            };
            let id = fault(&tenant, "cloud", "POST", route, &how);
            let hits = || world.sandbox.world.faults.list().iter().find(|fault| fault.id == id).unwrap().hits;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            for _ in 0..MAX_RECEIVES {
                let before = hits();
                let worker = tenant.worker(LIMIT);
                let killed = async {
                    while hits() == before {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    // The answer, and what is stored of it.
                    tokio::time::sleep(Duration::from_millis(60)).await;
                };
                tokio::select! {
                    done = worker::handle(&worker, &wake_up, "m") => done.unwrap(),
                    () = killed => {}
                }
                if !tenant.is_open() {
                    break;
                }
                // What a killed worker began may be under way as long as a call.
                tokio::time::sleep(Duration::from_secs(45)).await;
            }
            let run = last_run(&tenant);
            assert_eq!(run["state"], json!("completed_with_problems"), "{route} {run}");
            assert!(!tenant.problems().is_empty());
            let certificate = tenant.certificates().pop().unwrap();
            assert!(certificate.verdict == Verdict::Match || certificate.explained(), "{certificate:?}");
            cure(&tenant);
            time::jump(Duration::from_secs(86_400));
            work(&tenant).await;
            assert_right(&tenant, &format!("{route} after the cure")).await;
        });
    }
}

/// Stripe fails for the members of one payout, whenever it is asked for them: the others are added up, and it is named.
#[test]
fn a_payout_whose_members_stripe_cannot_list_keeps_no_other_from_being_added_up() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_070, 800).await;
        let page = world.stripe(&tenant.account.secret_key, "/v1/payouts?limit=100").await;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let complete = |payout: &&Value| payout["automatic"] == json!(true) && payout["reconciliation_status"] == json!("completed");
        let payout = page["data"].as_array().unwrap().iter().filter(complete).nth(3).unwrap()["id"].as_str().unwrap().to_owned();
        fault(&tenant, "stripe", "GET", "/v1/balance_transactions", &json!({"status": 500, "when": {"payout": payout}}));
        work(&tenant).await;
        let proven = tenant.certificates().pop().unwrap().payouts.unwrap();
        assert!(proven.zero > 4, "{proven:?}");
        let aside = || tenant.problems().into_iter().filter(|(code, _)| code == "set_aside").map(|(_, id)| id).collect::<Vec<_>>();
        assert_eq!(aside(), [format!("{payout}:payout_members")]);
        assert_eq!(last_run(&tenant)["verdict"], json!("match"));
        cure(&tenant);
        work(&tenant).await;
        assert!(aside().is_empty());
        assert_eq!(tenant.certificates().pop().unwrap().payouts.unwrap().unreadable, 0);
    });
}

/// A large amount waits for a person unless it is in the ledger already. Where the ledger fails each time it is asked about one of them, that
/// one is held back, and nothing else: not the others, and not the question that a person is owed.
#[test]
fn a_large_amount_that_cannot_be_looked_up_waits_alone() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 11_900, 0).await;
        tenant.add(json!({"type": "charge", "amount": 700, "customer": "cus_One", "count": 1})).await;
        work(&tenant).await;
        tenant.choose_ceiling("usd", 10_000).await;
        let large = tenant.add(json!({"type": "charge", "amount": 60_000, "customer": "cus_Two"})).await.remove(0);
        pay(&tenant, &["cus_One", "cus_Three"]).await;
        fault(&tenant, "cloud", "POST", "/transactions/filter", &json!({"status": 500, "when": {"body": large}}));
        work(&tenant).await;
        let run = last_run(&tenant);
        assert_eq!(run["state"], json!("completed_with_problems"), "{run}");
        assert_eq!(tenant.problems(), [("set_aside".to_owned(), format!("{large}:record"))], "{run}");
        let wrong = tenant.look().await.wrong;
        let others = wrong.iter().filter(|wrong| wrong.starts_with("stripe:") && !wrong.contains(&large));
        assert_eq!(others.count(), 0, "all others are in the ledger: {wrong:?}");
        cure(&tenant);
        time::jump(Duration::from_secs(7 * 3_600));
        work(&tenant).await;
        assert!(tenant.waits_for_consent(), "now it can be asked for: {}", last_run(&tenant));
        let mut wake_up = tenant.approve().await.unwrap();
        for _ in 0..MAX_RECEIVES {
            worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await.unwrap();
            if !tenant.is_open() {
                break;
            }
            wake_up = next(&tenant).await;
        }
        work(&tenant).await;
        assert_right(&tenant, "once a person has consented").await;
    });
}
