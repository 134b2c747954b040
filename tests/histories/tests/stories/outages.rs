//! Runs during an outage: they say why they wait, they occupy no worker, and they continue by
//! themselves.

use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use sandbox::faults::{CallFilter, Surface};
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;
use stripe_sync::platform::queue::message::WakeUp;
use tokio::time::Instant;

use crate::common::{LIMIT, assert_right, inject, last_run, lift, story, work};

/// The longest time that the first attempt may occupy a worker: it waits for a ledger that
/// restarts.
const FIRST_ATTEMPT: Duration = Duration::from_secs(14);
/// The same for any other attempt: it makes a few calls, each a few times.
const NEXT_ATTEMPT: Duration = Duration::from_secs(3);
const MOVEMENTS: u32 = 130;

/// Lets calls to a surface fail until the fault is lifted. Returns its id.
fn outage(tenant: &Tenant<'_>, surface: &str, mut fault: Value) -> u64 {
    (fault["surface"], fault["times"]) = (json!(surface), json!(0));
    inject(tenant, fault)
}

fn ledger_calls(world: &World, tenant: &Tenant<'_>) -> u64 {
    let filter = CallFilter {
        surface: Some(Surface::Cloud),
        account: None,
        instance: Some(tenant.instance.clone()),
    };
    world.sandbox.world.faults.calls(&filter).iter().map(|(_, count)| count).sum()
}

fn at(waiting: &Value, name: &str) -> i64 {
    waiting[name].as_i64().unwrap_or_else(|| panic!("{name} in {waiting}"))
}

/// Gives a worker a message. Returns how long it occupied the worker.
async fn deliver(tenant: &Tenant<'_>, wake_up: &WakeUp) -> Duration {
    let began = Instant::now();
    worker::handle(&tenant.worker(LIMIT), wake_up, &format!("m{}", time::now())).await.unwrap();
    began.elapsed()
}

/// Waits for the next attempt that a run announced. Returns its message.
async fn next_attempt(tenant: &Tenant<'_>) -> WakeUp {
    let before = tenant.aws.messages().len();
    while tenant.aws.messages().len() == before {
        assert!(
            tenant.deliver_next_delayed().await,
            "no attempt is on its way: {}",
            last_run(tenant)
        );
    }
    let sent = tenant.aws.messages().pop().unwrap();
    assert_eq!(
        sent.group,
        format!("instapp_h{}", tenant.instance.trim_start_matches("inst_h")),
        "in the install's own group"
    );
    serde_json::from_value(sent.body).unwrap()
}

/// The ledger is down for half an hour: the run says so, tries again after growing pauses without a
/// worker, and does not delay another install's run. After the outage it ends in a match by itself.
#[test]
fn a_run_during_an_outage_says_why_it_waits_and_occupies_no_worker() {
    story(|| async {
        let world = World::start().await;
        let (tenant, other) = (
            Tenant::connect(&world, 9_800, MOVEMENTS).await,
            Tenant::connect(&world, 9_801, MOVEMENTS).await,
        );
        let fault = outage(&tenant, "cloud", json!({"route": "/", "status": 503}));
        let began = time::now();
        let mut next = tenant.request(Scope::New).await.unwrap();
        let mut pauses = Vec::new();
        while time::now() - began < 30 * 60_000 {
            let occupied = deliver(&tenant, &next).await;
            let longest = if pauses.is_empty() { FIRST_ATTEMPT } else { NEXT_ATTEMPT };
            assert!(occupied < longest, "a worker was occupied for {occupied:?}");
            let run = last_run(&tenant);
            let waiting = &run["waiting"];
            assert_eq!(
                (&run["state"], &run["error"], &waiting["party"]),
                (&json!("running"), &Value::Null, &json!("blnk")),
                "{run}"
            );
            assert!(waiting["answer"].as_str().unwrap().contains("503"), "{waiting}");
            assert_eq!(at(waiting, "attempts"), i64::try_from(pauses.len()).unwrap() + 1);
            assert!(at(waiting, "since") - began < 14_000, "since the first failure: {waiting}");
            pauses.push(at(waiting, "next_attempt") - time::now());
            if pauses.len() == 2 {
                work(&other).await;
                assert_right(&other, "while the other run waits").await;
            }
            next = next_attempt(&tenant).await;
            assert!(time::now() >= at(waiting, "next_attempt"), "not before it was announced");
        }
        assert!((3_000..=5_500).contains(&pauses[0]), "{pauses:?}");
        assert!((6..=14).contains(&pauses.len()), "{pauses:?}");
        assert!(
            pauses.last().unwrap() > &300_000 && pauses.iter().all(|pause| *pause <= 600_500),
            "{pauses:?}"
        );

        lift(&tenant, fault);
        deliver(&tenant, &next).await;
        assert_eq!(last_run(&tenant).get("waiting"), None);
        assert_right(&tenant, "after the outage").await;
    });
}

/// A person's request tries at once. A schedule or an event does not, but the run it requests
/// follows later. An announced attempt is dropped once a person's request has been tried.
#[test]
fn a_waiting_run_is_tried_at_once_for_a_person_but_not_for_schedules_or_events() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_810, MOVEMENTS).await;
        let fault = outage(&tenant, "cloud", json!({"route": "/", "status": 503}));
        let mut next = tenant.request(Scope::New).await.unwrap();
        for _ in 0..6 {
            deliver(&tenant, &next).await;
            next = next_attempt(&tenant).await;
        }
        deliver(&tenant, &next).await;
        let (waiting, calls) =
            (last_run(&tenant)["waiting"].clone(), ledger_calls(&world, &tenant));
        assert!(at(&waiting, "next_attempt") - time::now() > 60_000, "{waiting}");
        for reason in ["schedule", "webhook"] {
            deliver(&tenant, &tenant.wake_up(&json!({"reason": reason, "at": time::now()}))).await;
        }
        assert_eq!(
            (ledger_calls(&world, &tenant), &last_run(&tenant)["waiting"]),
            (calls, &waiting),
            "no call was made"
        );

        let id = last_run(&tenant)["id"].clone();
        deliver(
            &tenant,
            &tenant.wake_up(&json!({"reason": "manual", "run": id, "at": time::now()})),
        )
        .await;
        let tried = last_run(&tenant)["waiting"].clone();
        assert!(ledger_calls(&world, &tenant) > calls);
        assert_eq!(at(&tried, "attempts"), at(&waiting, "attempts") + 1);
        assert_eq!(tried["since"], waiting["since"]);
        // The attempt announced before is dropped: whichever message comes first, there is one
        // chain of attempts.
        let mut next = next_attempt(&tenant).await;
        while next.at.is_none_or(|announced| announced.0 != at(&waiting, "next_attempt")) {
            deliver(&tenant, &next).await;
            next = next_attempt(&tenant).await;
        }
        let (calls, waiting) =
            (ledger_calls(&world, &tenant), last_run(&tenant)["waiting"].clone());
        deliver(&tenant, &next).await;
        assert_eq!(
            (ledger_calls(&world, &tenant), &last_run(&tenant)["waiting"]),
            (calls, &waiting)
        );

        lift(&tenant, fault);
        deliver(
            &tenant,
            &tenant.wake_up(&json!({"reason": "manual", "run": id, "at": time::now()})),
        )
        .await;
        let run = &tenant.runs()[0].1;
        assert_eq!(
            (&run["state"], &run["verdict"], run.get("waiting")),
            (&json!("completed"), &json!("match"), None),
            "{run}"
        );
        assert_eq!(tenant.runs().len(), 2, "the run that the schedule requested follows");
        let follows = tenant.aws.messages().pop().unwrap();
        deliver(&tenant, &serde_json::from_value(follows.body).unwrap()).await;
        assert_right(&tenant, "the run that was requested meanwhile").await;
        let calls = ledger_calls(&world, &tenant);
        while tenant.deliver_next_delayed().await {
            let late = tenant.aws.messages().pop().unwrap();
            deliver(&tenant, &serde_json::from_value(late.body).unwrap()).await;
        }
        assert_eq!(
            (ledger_calls(&world, &tenant), tenant.runs().len()),
            (calls, 2),
            "a message for a run that has ended does nothing"
        );
    });
}

/// Stripe answers 429 with a long `Retry-After`: the run waits that long, and no worker waits with
/// it.
#[test]
fn a_run_under_a_rate_limit_waits_as_long_as_stripe_asks() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_820, MOVEMENTS).await;
        let limited = json!({"route": "/v1/balance_transactions", "status": 429,
            "headers": {"Retry-After": "120"}});
        let fault = outage(&tenant, "stripe", limited);
        let wake_up = tenant.request(Scope::New).await.unwrap();
        assert!(deliver(&tenant, &wake_up).await < NEXT_ATTEMPT);
        let waiting = last_run(&tenant)["waiting"].clone();
        assert_eq!(waiting["party"], "stripe", "{waiting}");
        let pause = at(&waiting, "next_attempt") - at(&waiting, "since");
        assert!((119_000..=121_000).contains(&pause), "{waiting}");
        lift(&tenant, fault);
        deliver(&tenant, &next_attempt(&tenant).await).await;
        assert_right(&tenant, "after the pause").await;
    });
}

/// An attempt that makes progress counts: at the next failure the pauses are short again.
#[test]
fn a_run_that_made_progress_starts_with_short_pauses_again() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_830, 0).await;
        tenant.add(json!({"type": "charge", "amount": 500, "count": MOVEMENTS})).await;
        let down = || json!({"route": "/v1/balance_transactions", "status": 503});
        let fault = outage(&tenant, "stripe", down());
        let mut next = tenant.request(Scope::New).await.unwrap();
        for _ in 0..5 {
            deliver(&tenant, &next).await;
            next = next_attempt(&tenant).await;
        }
        let first = last_run(&tenant);
        assert!(at(&first["waiting"], "attempts") >= 5);
        lift(&tenant, fault);
        // The first page succeeds, the second does not.
        let mut second = down();
        second["skip"] = json!(1);
        let fault = outage(&tenant, "stripe", second);
        deliver(&tenant, &next).await;
        let run = last_run(&tenant);
        assert!(run["checkpoint"].as_u64() > first["checkpoint"].as_u64(), "{run}");
        assert_eq!(at(&run["waiting"], "attempts"), 1, "{}", run["waiting"]);
        assert!(at(&run["waiting"], "next_attempt") - time::now() <= 5_500, "{}", run["waiting"]);
        lift(&tenant, fault);
        deliver(&tenant, &next_attempt(&tenant).await).await;
        assert_right(&tenant, "in the end").await;
    });
}

/// The outage lasts more than a day: the run fails and says why, and the next one posts everything.
#[test]
fn a_run_that_waited_for_a_day_fails_and_the_next_posts_everything() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_840, MOVEMENTS).await;
        let fault = outage(&tenant, "cloud", json!({"route": "/", "drop": "before"}));
        let wake_up = tenant.request(Scope::New).await.unwrap();
        deliver(&tenant, &wake_up).await;
        time::jump(Duration::from_secs(25 * 3600));
        deliver(&tenant, &next_attempt(&tenant).await).await;
        let run = last_run(&tenant);
        assert_eq!(
            (&run["state"], &run["error"]["code"], run.get("waiting")),
            (&json!("failed"), &json!("no_progress"), None),
            "{run}"
        );
        let text = run["error"]["text"].as_str().unwrap();
        assert!(text.contains("24 h") && text.contains("connection lost"), "{text}");
        lift(&tenant, fault);
        work(&tenant).await;
        assert_right(&tenant, "the next run").await;
    });
}

/// A message of events waits for the end of their interval in the delay queue, not in a worker.
#[test]
fn an_interval_of_events_that_has_not_ended_occupies_no_worker() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_850, MOVEMENTS).await;
        work(&tenant).await;
        let (end, calls) = (time::now() + 5_000, ledger_calls(&world, &tenant));
        let wake_up = tenant.wake_up(&json!({"reason": "webhook", "at": end}));
        assert!(deliver(&tenant, &wake_up).await < Duration::from_secs(1));
        assert_eq!(
            (ledger_calls(&world, &tenant), tenant.runs().len()),
            (calls, 1),
            "nothing is read yet"
        );
        let later = next_attempt(&tenant).await;
        assert!(time::now() >= end + 1_000 && later == wake_up, "{later:?}");
        deliver(&tenant, &later).await;
        let run = last_run(&tenant);
        assert_eq!(
            (tenant.runs().len(), &run["trigger"], &run["state"]),
            (2, &json!("webhook"), &json!("completed")),
            "{run}"
        );
    });
}

/// For some minutes the ledger refuses the look-ups before the first write and before the openings:
/// nothing is posted without them, and the run does not fail.
#[test]
fn a_look_up_that_is_refused_for_a_while_makes_the_run_wait() {
    story(|| async {
        let world = World::start().await;
        for (seed, asked) in [(9_900, "precision"), (9_901, "opening")] {
            let tenant = Tenant::connect(&world, seed, MOVEMENTS).await;
            tenant.set_start(Some(time::now().div_euclid(86_400_000) * 86_400 - 20 * 86_400)).await;
            let refused = json!({"route": "/transactions/filter", "status": 400,
                "body": "{\"error\":\"invalid filter\"}", "when": {"body": asked}});
            let fault = outage(&tenant, "cloud", refused);
            let mut next = tenant.request(Scope::New).await.unwrap();
            for _ in 0..4 {
                deliver(&tenant, &next).await;
                let run = last_run(&tenant);
                let waiting = &run["waiting"];
                assert!(
                    run["state"] == "running"
                        && waiting["party"] == "blnk"
                        && waiting["status"] == 400,
                    "{asked}: {run}"
                );
                next = next_attempt(&tenant).await;
            }
            lift(&tenant, fault);
            deliver(&tenant, &next).await;
            assert_right(&tenant, asked).await;
        }
    });
}
