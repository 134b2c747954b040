//! Several workers on one install: message groups make it rare, but not impossible.

use std::time::Duration;

use it::dispatch::event;
use it::stack::variable;
use it::tenant::{LIMIT, text};
use it::{Lambda, Step, Tenant};
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

/// During a first sync, five other workers receive the same wake-up, two of them at the same
/// moment. Each takes the run over, the one before stops at its next checkpoint, and nothing is
/// posted twice.
#[tokio::test(flavor = "multi_thread")]
async fn overlapping_workers_post_nothing_twice_and_the_earlier_one_stops() -> Step {
    let seed = 4_001;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let tenant = Tenant::connected(seed, 900).await?;
    let slow = tenant.slow_bulks(250).await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    let wake_up = json!({"install": tenant.id(), "generation": tenant.generation().await?,
        "reason": "continue", "run": id})
    .to_string();
    let lambda = Lambda::of(&tenant.stack)?;
    let worker = variable("SYNC_WORKER_FUNCTION")?;
    let mut others = tokio::task::JoinSet::new();
    for (at, together) in [1, 2, 1, 1].into_iter().enumerate() {
        for number in 0..together {
            let (lambda, worker, wake_up) = (lambda.clone(), worker.clone(), wake_up.clone());
            others.spawn(async move {
                lambda.invoke(&worker, &event(&format!("other-{at}-{number}"), &wake_up)).await
            });
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(300..900))).await;
        if at == 0 {
            // The first worker loses the run at its next checkpoint and stops, and the run
            // continues.
            let began = std::time::Instant::now();
            while tenant.dispatcher.busy(tenant.id()) {
                assert!(began.elapsed() < Duration::from_secs(9), "the first worker did not stop");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let run = tenant.portal.run(&id).await?;
            assert_eq!(text(&run, "state"), "running", "{run}");
        }
    }
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    while let Some(ended) = others.join_next().await {
        let ended = ended??;
        assert!(
            ended.acknowledged(),
            "a worker that lost its run ends without an error: {:?}",
            ended.answer
        );
    }
    tenant.quiet().await;
    let books = tenant.assert_match(&run).await?;
    let later: Value = tenant.sync("everything").await?;
    assert_eq!(
        later.get("entries_already_there").and_then(Value::as_u64),
        Some(books.legs() as u64)
    );
    Ok(())
}
