//! Workers that die.

use std::time::{Duration, Instant};

use it::stack::variable;
use it::tenant::{LIMIT, number, text};
use it::{Lambda, Step, Tenant, kill};
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

const KILLS: usize = 10;
/// How long after it got so far a worker is killed, in milliseconds: anywhere in a page.
const LIVES_ON_AT_MOST: u64 = 900;

/// A first sync whose worker is killed by SIGKILL ten times, at random moments of its work. Whoever comes next goes on; at the end nothing
/// is lost, nothing is doubled, no customer is doubled, and the proof is a match.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_ten_times_in_one_sync_loses_and_doubles_nothing() -> Step {
    let seed = 3_001;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let tenant = Tenant::connected(seed, 1_600).await?;
    let lambda = Lambda::of(&tenant.stack)?;
    // A function of its own: nobody else's worker is ever hit.
    let function = format!("{}-killed", variable("SYNC_WORKER_FUNCTION")?);
    lambda.copy(&variable("SYNC_WORKER_FUNCTION")?, &function).await?;
    tenant.dispatcher.route(tenant.id(), &function);
    // Slow enough for ten kills to fall into the run.
    let slow = tenant
        .fault(json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "delay_ms": 350, "times": 0}))
        .await?;

    let id = tenant.portal.sync("new").await?;
    let (mut killed, mut waited_for) = (0, 0);
    let began = Instant::now();
    while killed < KILLS {
        assert!(began.elapsed() < LIMIT, "seed {seed}: only {killed} kills");
        let run = tenant.portal.run(&id).await?;
        assert!(matches!(text(&run, "state").as_str(), "queued" | "running"), "seed {seed}: over after {killed} kills: {run}");
        if number(&run, "records") < waited_for || !tenant.dispatcher.busy(tenant.id()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..LIVES_ON_AT_MOST))).await;
        if tenant.dispatcher.busy(tenant.id()) && kill::kill(&function)? > 0 {
            killed += 1;
            println!("seed {seed}: kill {killed} at {} records, phase {}", number(&run, "records"), text(&run, "phase"));
            // The next one falls up to two pages further on.
            waited_for = number(&run, "records") + 100 * random.random_range(0..=2);
            while tenant.dispatcher.busy(tenant.id()) && !kill::processes(&function)?.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    let died = tenant
        .dispatcher
        .invocations(tenant.id())
        .iter()
        .filter(|invocation| invocation.ended.is_some() && !invocation.acknowledged)
        .count();
    assert!(died >= KILLS - 1, "seed {seed}: {died} invocations died");
    tenant.assert_match(&run).await?;
    lambda.delete(&function).await
}
