//! What a first sync costs.

use std::time::{Duration, Instant};

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::json;
use stripe_sync::engine::worker;
use stripe_sync::model::run::request::Scope;
use test_support::Fault;

use crate::common::{LIMIT, counter, story, story_with, work};

/// Movements of the measurement.
const MOVEMENTS: u32 = 3_000;
const ROUNDS: u64 = 3;
/// How long calls of the measurement take, in milliseconds: about as long as they do.
const STRIPE_MS: &str = "300";
const LEDGER_MS: &str = "30";
const AWS_MS: u64 = 8;

/// The time and the calls, to compare two versions side by side. The time that calls take is exact
/// and does not depend on the machine; the rest of it, which is also the simulation's, does.
///
/// `cargo test --profile histories -p histories --test stories -- --ignored --nocapture bench_`
#[test]
#[ignore = "a measurement"]
fn bench_a_first_sync() {
    for round in 0..ROUNDS {
        story_with(time::run_exactly, move || async move {
            let world = World::start_with(STRIPE_MS, LEDGER_MS).await;
            let tenant = Tenant::connect(&world, 7_000 + round, MOVEMENTS).await;
            tenant.aws.take(Duration::from_millis(AWS_MS));
            for which in ["first", "second"] {
                tenant.aws.forget();
                let (began, virtually) = (Instant::now(), time::now());
                work(&tenant).await;
                println!(
                    "{which} sync of {MOVEMENTS}: calls take {} ms; {} to AWS, {} to Stripe, {} to \
                     the ledger; {} ms on this machine",
                    time::now() - virtually,
                    tenant.aws.calls().len(),
                    counter(&tenant, "stripe_calls"),
                    counter(&tenant, "ledger_calls"),
                    began.elapsed().as_millis(),
                );
            }
        });
    }
}

/// Movements of the stories below: three pages.
const FEW: u32 = 300;

/// How often an action named payouts.
fn about_payouts(tenant: &Tenant<'_>, action: &str) -> usize {
    let bodies = tenant.aws.bodies(action);
    bodies.iter().filter(|body| body.to_string().contains("\"PAYOUT#")).count()
}

/// State: nothing is stored. Action: the first sync. What must hold: it stores the payouts of its
/// three pages without asking for them first; those of Stripe's own list are asked for once.
#[test]
fn a_first_sync_stores_payouts_without_reading_them() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 7_100, FEW).await;
        work(&tenant).await;
        assert!(tenant.snapshot().await.agrees());
        assert!(tenant.payout_items().len() > 5, "{:?}", tenant.payout_items());
        assert!(about_payouts(&tenant, "TransactWriteItems") >= 3);
        assert!(about_payouts(&tenant, "BatchGetItem") <= 1);
    });
}

/// State: a first sync stored the payouts of a page and was interrupted; one of them was written
/// again since. Action: the sync continues. What must hold: nothing that was written meanwhile is
/// lost.
#[test]
fn a_first_sync_that_continues_overwrites_no_payout() {
    const LATER: u64 = 7;
    let mut interrupted = 0;
    for nth in [3, 5, 7] {
        let (sender, receiver) = std::sync::mpsc::channel();
        story(move || async move {
            let world = World::start().await;
            let seed = 7_110 + u64::try_from(nth).unwrap();
            let tenant = Tenant::connect(&world, seed, FEW).await;
            let wake_up = tenant.request(Scope::New).await.unwrap();
            let fault = Fault::Status(500, "InternalServerError");
            tenant.aws.fault("TransactWriteItems", nth, 100, fault);
            let _ = worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await;
            tenant.aws.clear_faults();
            let Some(stored) = tenant.payout_items().pop() else { return };
            let sk = stored["sk"].as_str().unwrap().to_owned();
            tenant.alter(&sk, "revision", json!({"N": LATER.to_string()}));
            while tenant.is_open() {
                let _ = worker::handle(&tenant.worker(LIMIT), &wake_up, "m").await;
            }
            let items = tenant.payout_items();
            let kept = items.iter().find(|item| item["sk"] == json!(sk)).unwrap();
            assert!(kept["revision"].as_u64().unwrap() >= LATER, "write {nth}: {kept}");
            assert!(about_payouts(&tenant, "BatchGetItem") > 0, "write {nth}");
            sender.send(()).unwrap();
        });
        interrupted += receiver.try_iter().count();
    }
    assert!(interrupted > 0, "no interruption came after payouts were stored");
}
