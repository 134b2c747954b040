//! Workers that are killed.

use std::time::{Duration, Instant};

use it::stack::variable;
use it::tenant::{LIMIT, number, text};
use it::{Lambda, Step, Tenant, kill};
use rand::{RngExt as _, SeedableRng as _};

const KILLS: usize = 10;
/// A worker is killed at most this many milliseconds after it reached a count of records: anywhere
/// in a page.
const KILLED_WITHIN_MS: u64 = 900;

/// During a first sync ten workers are killed with SIGKILL, at random moments. The next worker
/// continues. In the end no entry is lost or doubled, no customer is doubled, and the proof is a
/// match.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_whose_worker_is_killed_ten_times_loses_and_doubles_nothing() -> Step {
    let seed = 3_001;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let tenant = Tenant::connected(seed, 1_600).await?;
    let lambda = Lambda::of(&tenant.stack)?;
    // A function of its own: no other test's worker is killed.
    let function = format!("{}-killed", variable("SYNC_WORKER_FUNCTION")?);
    lambda.copy(&variable("SYNC_WORKER_FUNCTION")?, &function).await?;
    tenant.dispatcher.route(tenant.id(), &function);
    // Slow enough for ten kills during the run.
    let slow = tenant.slow_bulks(350).await?;

    let id = tenant.portal.sync("new").await?;
    let (mut killed, mut waited_for) = (0, 0);
    let began = Instant::now();
    while killed < KILLS {
        assert!(began.elapsed() < LIMIT, "seed {seed}: only {killed} kills");
        let run = tenant.portal.run(&id).await?;
        assert!(
            matches!(text(&run, "state").as_str(), "queued" | "running"),
            "seed {seed}: over after {killed} kills: {run}"
        );
        if number(&run, "records") < waited_for || !tenant.dispatcher.busy(tenant.id()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..KILLED_WITHIN_MS))).await;
        if tenant.dispatcher.busy(tenant.id()) && kill::kill(&function)? > 0 {
            killed += 1;
            println!(
                "seed {seed}: kill {killed} at {} records, phase {}",
                number(&run, "records"),
                text(&run, "phase")
            );
            // The next kill comes up to two pages later.
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
