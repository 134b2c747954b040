//! The time of a first sync, to compare two versions side by side.

use std::time::Instant;

use histories::tenant::Tenant;
use histories::world::World;

use crate::common::{story, work};

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
            let began = Instant::now();
            work(&tenant).await;
            println!("first sync of {MOVEMENTS}: {} ms", began.elapsed().as_millis());
        });
    }
}
