//! What a first sync costs, to compare two versions side by side: the time, and the calls.

use std::time::Instant;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;

use crate::common::{counter, story, work};

const MOVEMENTS: u32 = 3_000;
const ROUNDS: u64 = 5;

/// `cargo test --profile histories -p histories --test stories -- --ignored --nocapture bench_`
#[test]
#[ignore = "a measurement"]
fn bench_a_first_sync() {
    for round in 0..ROUNDS {
        story(move || async move {
            let world = World::start().await;
            let tenant = Tenant::connect(&world, 7_000 + round, MOVEMENTS).await;
            let (began, virtually, calls) = (Instant::now(), time::now(), tenant.aws.calls().len());
            work(&tenant).await;
            println!(
                "first sync of {MOVEMENTS}: {} ms, of which {} ms wait for answers; {} calls to \
                 AWS, {} to Stripe, {} to the ledger",
                began.elapsed().as_millis(),
                time::now() - virtually,
                tenant.aws.calls().len() - calls,
                counter(&tenant, "stripe_calls"),
                counter(&tenant, "ledger_calls"),
            );
        });
    }
}
