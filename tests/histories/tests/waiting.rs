//! Runs that stand still: they say why, they hold no worker, and they go on by themselves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod common;

use std::time::Duration;

use common::{LIMIT, assert_right, run, work};
use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use sandbox::faults::{CallFilter, Surface};
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::asked::Scope;
use stripe_sync::platform::queue::message::WakeUp;
use tokio::time::Instant;

/// The longest that the first attempt may hold a worker while nobody answers: a ledger that starts anew is waited for.
const FIRST_ATTEMPT: Duration = Duration::from_secs(14);
/// And any other: it makes a few calls, each a few times.
const AN_ATTEMPT: Duration = Duration::from_secs(3);
const MOVEMENTS: u32 = 130;

/// Every call of a surface fails so for a tenant, until the fault is lifted.
fn outage(world: &World, surface: &str, scope: &str, mut how: Value) -> u64 {
    (how["surface"], how["scope"], how["times"]) = (json!(surface), json!(scope), json!(0));
    world.sandbox.world.faults.add(serde_json::from_value(how).unwrap())
}

fn cure(world: &World, fault: u64) {
    world.sandbox.world.faults.remove(Some(fault));
}

fn ledger_calls(world: &World, tenant: &Tenant<'_>) -> u64 {
    let filter = CallFilter { surface: Some(Surface::Cloud), account: None, instance: Some(tenant.instance.clone()) };
    world.sandbox.world.faults.calls(&filter).iter().map(|(_, count)| count).sum()
}

fn last_run(tenant: &Tenant<'_>) -> Value {
    tenant.runs().pop().unwrap().1
}

fn at(waiting: &Value, name: &str) -> i64 {
    waiting[name].as_i64().unwrap_or_else(|| panic!("{name} in {waiting}"))
}

/// Gives a worker a message; answers for how long it had the worker.
async fn deliver(tenant: &Tenant<'_>, wake_up: &WakeUp) -> Duration {
    let began = Instant::now();
    worker::handle(&tenant.worker(LIMIT), wake_up, &format!("m{}", time::now())).await.unwrap();
    began.elapsed()
}

/// Waits for the next attempt that was announced; answers its message.
async fn announced(tenant: &Tenant<'_>) -> WakeUp {
    let before = tenant.aws.messages().len();
    while tenant.aws.messages().len() == before {
        assert!(tenant.pass_next_on().await, "no attempt is on its way: {}", last_run(tenant));
    }
    let sent = tenant.aws.messages().pop().unwrap();
    assert_eq!(sent.group, format!("instapp_h{}", tenant.instance.trim_start_matches("inst_h")), "in the install's own group");
    serde_json::from_value(sent.body).unwrap()
}

/// The ledger is out for half an hour: the run says so, is tried at growing pauses that hold no worker, another install's run is not held
/// up, and after the cure it ends in a match by itself.
#[test]
fn an_outage_is_told_and_waited_out_without_a_worker() {
    run(|| async {
        let world = World::start().await;
        let (tenant, other) = (Tenant::connect(&world, 9_800, MOVEMENTS).await, Tenant::connect(&world, 9_801, MOVEMENTS).await);
        let fault = outage(&world, "cloud", &tenant.instance, json!({"route": "/", "status": 503}));
        let began = time::now();
        let mut next = tenant.request(Scope::New).await.unwrap();
        let mut pauses = Vec::new();
        while time::now() - began < 30 * 60_000 {
            let held = deliver(&tenant, &next).await;
            let longest = if pauses.is_empty() { FIRST_ATTEMPT } else { AN_ATTEMPT };
            assert!(held < longest, "a worker was held for {held:?}");
            let run = last_run(&tenant);
            let waiting = &run["waiting"];
            assert_eq!((&run["state"], &run["error"], &waiting["party"]), (&json!("running"), &Value::Null, &json!("blnk")), "{run}");
            assert!(waiting["answer"].as_str().unwrap().contains("503"), "{waiting}");
            assert_eq!(at(waiting, "attempts"), i64::try_from(pauses.len()).unwrap() + 1);
            assert!(at(waiting, "since") - began < 14_000, "since the first of them: {waiting}");
            pauses.push(at(waiting, "next_attempt") - time::now());
            if pauses.len() == 2 {
                work(&other).await;
                assert_right(&other, "beside the one that waits").await;
            }
            next = announced(&tenant).await;
            assert!(time::now() >= at(waiting, "next_attempt"), "not before it was announced");
        }
        assert!((3_000..=5_500).contains(&pauses[0]), "{pauses:?}");
        assert!((6..=14).contains(&pauses.len()), "{pauses:?}");
        assert!(pauses.last().unwrap() > &300_000 && pauses.iter().all(|pause| *pause <= 600_500), "{pauses:?}");

        cure(&world, fault);
        deliver(&tenant, &next).await;
        assert_eq!(last_run(&tenant).get("waiting"), None);
        assert_right(&tenant, "after the cure").await;
    });
}

/// A person who asks need not wait; what comes by itself does not hammer, and what it asked for is not forgotten. An attempt that was
/// announced before is not made once another one has been.
#[test]
fn a_person_tries_at_once_and_schedules_and_events_do_not() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_810, MOVEMENTS).await;
        let fault = outage(&world, "cloud", &tenant.instance, json!({"route": "/", "status": 503}));
        let mut next = tenant.request(Scope::New).await.unwrap();
        for _ in 0..6 {
            deliver(&tenant, &next).await;
            next = announced(&tenant).await;
        }
        deliver(&tenant, &next).await;
        let (waiting, calls) = (last_run(&tenant)["waiting"].clone(), ledger_calls(&world, &tenant));
        assert!(at(&waiting, "next_attempt") - time::now() > 60_000, "{waiting}");
        for reason in ["schedule", "webhook"] {
            deliver(&tenant, &tenant.wake_up(&json!({"reason": reason, "at": time::now()}))).await;
        }
        assert_eq!((ledger_calls(&world, &tenant), &last_run(&tenant)["waiting"]), (calls, &waiting), "nobody was asked");

        let id = last_run(&tenant)["id"].clone();
        deliver(&tenant, &tenant.wake_up(&json!({"reason": "manual", "run": id, "at": time::now()}))).await;
        let tried = last_run(&tenant)["waiting"].clone();
        assert!(ledger_calls(&world, &tenant) > calls);
        assert_eq!(at(&tried, "attempts"), at(&waiting, "attempts") + 1);
        assert_eq!(tried["since"], waiting["since"]);
        // The attempt that was announced before is over: whichever of the two comes first, there is one chain of them.
        let mut next = announced(&tenant).await;
        while next.at.is_none_or(|announced| announced.0 != at(&waiting, "next_attempt")) {
            deliver(&tenant, &next).await;
            next = announced(&tenant).await;
        }
        let (calls, waits) = (ledger_calls(&world, &tenant), last_run(&tenant)["waiting"].clone());
        deliver(&tenant, &next).await;
        assert_eq!((ledger_calls(&world, &tenant), &last_run(&tenant)["waiting"]), (calls, &waits));

        cure(&world, fault);
        deliver(&tenant, &tenant.wake_up(&json!({"reason": "manual", "run": id, "at": time::now()}))).await;
        let run = &tenant.runs()[0].1;
        assert_eq!((&run["state"], &run["verdict"], run.get("waiting")), (&json!("completed"), &json!("match"), None), "{run}");
        assert_eq!(tenant.runs().len(), 2, "what the schedule asked for follows");
        let follows = tenant.aws.messages().pop().unwrap();
        deliver(&tenant, &serde_json::from_value(follows.body).unwrap()).await;
        assert_right(&tenant, "the run that was asked for meanwhile").await;
        let calls = ledger_calls(&world, &tenant);
        while tenant.pass_next_on().await {
            let late = tenant.aws.messages().pop().unwrap();
            deliver(&tenant, &serde_json::from_value(late.body).unwrap()).await;
        }
        assert_eq!((ledger_calls(&world, &tenant), tenant.runs().len()), (calls, 2), "a message for a run that has ended does nothing");
    });
}

/// Stripe asks to be left alone for minutes, once: so it is, and nobody waits in a worker.
#[test]
fn who_asks_for_a_pause_gets_it_and_is_named() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_820, MOVEMENTS).await;
        let limited = json!({"route": "/v1/balance_transactions", "status": 429, "headers": {"Retry-After": "120"}});
        let fault = outage(&world, "stripe", &tenant.account.account, limited);
        let wake_up = tenant.request(Scope::New).await.unwrap();
        assert!(deliver(&tenant, &wake_up).await < AN_ATTEMPT);
        let waiting = last_run(&tenant)["waiting"].clone();
        assert_eq!(waiting["party"], "stripe", "{waiting}");
        let pause = at(&waiting, "next_attempt") - at(&waiting, "since");
        assert!((119_000..=121_000).contains(&pause), "{waiting}");
        cure(&world, fault);
        deliver(&tenant, &announced(&tenant).await).await;
        assert_right(&tenant, "after the pause").await;
    });
}

/// What was reached in an attempt counts: the pauses begin anew when the next trouble comes.
#[test]
fn a_run_that_moved_on_begins_with_short_pauses_again() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_830, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": MOVEMENTS})).await;
        let down = || json!({"route": "/v1/balance_transactions", "status": 503});
        let fault = outage(&world, "stripe", &tenant.account.account, down());
        let mut next = tenant.request(Scope::New).await.unwrap();
        for _ in 0..5 {
            deliver(&tenant, &next).await;
            next = announced(&tenant).await;
        }
        let first = last_run(&tenant);
        assert!(at(&first["waiting"], "attempts") >= 5);
        cure(&world, fault);
        // The first page passes, the second does not.
        let mut second = down();
        second["skip"] = json!(1);
        let fault = outage(&world, "stripe", &tenant.account.account, second);
        deliver(&tenant, &next).await;
        let run = last_run(&tenant);
        assert!(run["checkpoint"].as_u64() > first["checkpoint"].as_u64(), "{run}");
        assert_eq!(at(&run["waiting"], "attempts"), 1, "{}", run["waiting"]);
        assert!(at(&run["waiting"], "next_attempt") - time::now() <= 5_500, "{}", run["waiting"]);
        cure(&world, fault);
        deliver(&tenant, &announced(&tenant).await).await;
        assert_right(&tenant, "in the end").await;
    });
}

/// Nobody answers for more than a day: the run is given up, says why, and the next one brings everything over.
#[test]
fn a_run_that_waited_for_a_day_is_given_up_by_name() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_840, MOVEMENTS).await;
        let fault = outage(&world, "cloud", &tenant.instance, json!({"route": "/", "drop": "before"}));
        let wake_up = tenant.request(Scope::New).await.unwrap();
        deliver(&tenant, &wake_up).await;
        time::jump(Duration::from_secs(25 * 3600));
        deliver(&tenant, &announced(&tenant).await).await;
        let run = last_run(&tenant);
        assert_eq!((&run["state"], &run["error"]["code"], run.get("waiting")), (&json!("failed"), &json!("no_progress"), None), "{run}");
        let text = run["error"]["text"].as_str().unwrap();
        assert!(text.contains("24 h") && text.contains("connection lost"), "{text}");
        cure(&world, fault);
        work(&tenant).await;
        assert_right(&tenant, "the next run").await;
    });
}

/// The events of an interval are waited for in the delay queue, not in a worker.
#[test]
fn an_interval_of_events_that_has_not_ended_holds_no_worker() {
    run(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_850, MOVEMENTS).await;
        work(&tenant).await;
        let (end, calls) = (time::now() + 5_000, ledger_calls(&world, &tenant));
        let wake_up = tenant.wake_up(&json!({"reason": "webhook", "at": end}));
        assert!(deliver(&tenant, &wake_up).await < Duration::from_secs(1));
        assert_eq!((ledger_calls(&world, &tenant), tenant.runs().len()), (calls, 1), "nothing is read yet");
        let later = announced(&tenant).await;
        assert!(time::now() >= end + 1_000 && later == wake_up, "{later:?}");
        deliver(&tenant, &later).await;
        let run = last_run(&tenant);
        assert_eq!((tenant.runs().len(), &run["trigger"], &run["state"]), (2, &json!("webhook"), &json!("completed")), "{run}");
    });
}

/// The looks before the first write and before the openings, refused for some minutes: nothing is written without them, and no run fails
/// over them.
#[test]
fn a_look_up_that_is_refused_for_a_while_fails_no_run() {
    run(|| async {
        let world = World::start().await;
        for (seed, asked) in [(9_900, "precision"), (9_901, "opening")] {
            let tenant = Tenant::connect(&world, seed, MOVEMENTS).await;
            tenant.choose_start(Some(time::now().div_euclid(86_400_000) * 86_400 - 20 * 86_400)).await;
            let refused =
                json!({"route": "/transactions/filter", "status": 400, "body": "{\"error\":\"invalid filter\"}", "when": {"body": asked}});
            let fault = outage(&world, "cloud", &tenant.instance, refused);
            let mut next = tenant.request(Scope::New).await.unwrap();
            for _ in 0..4 {
                deliver(&tenant, &next).await;
                let run = last_run(&tenant);
                let waiting = &run["waiting"];
                assert!(run["state"] == "running" && waiting["party"] == "blnk" && waiting["status"] == 400, "{asked}: {run}");
                next = announced(&tenant).await;
            }
            cure(&world, fault);
            deliver(&tenant, &next).await;
            assert_right(&tenant, asked).await;
        }
    });
}
