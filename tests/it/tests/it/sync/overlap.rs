//! Two workers on one install, which the queue's message groups make rare and the platform does not make impossible.

use std::time::Duration;

use it::dispatch::event;
use it::stack::variable;
use it::tenant::{LIMIT, text};
use it::{Lambda, Step, Tenant};
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

/// While a first sync is on, the same wake-up is handed to further workers five times, two of them at the same moment. Each takes the run
/// from the one before, which stops at its next checkpoint; nothing is posted twice.
#[tokio::test(flavor = "multi_thread")]
async fn workers_that_overlap_post_nothing_twice_and_one_of_them_stops() -> Step {
    let seed = 4_001;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let tenant = Tenant::connected(seed, 900).await?;
    let slow = tenant
        .fault(json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "delay_ms": 250, "times": 0}))
        .await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    let wake_up = json!({"install": tenant.id(), "generation": tenant.generation().await?, "reason": "continue", "run": id}).to_string();
    let lambda = Lambda::of(&tenant.stack)?;
    let worker = variable("SYNC_WORKER_FUNCTION")?;
    let mut others = tokio::task::JoinSet::new();
    for (at, together) in [1, 2, 1, 1].into_iter().enumerate() {
        for number in 0..together {
            let (lambda, worker, wake_up) = (lambda.clone(), worker.clone(), wake_up.clone());
            others.spawn(async move { lambda.invoke(&worker, &event(&format!("other-{at}-{number}"), &wake_up)).await });
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(300..900))).await;
        if at == 0 {
            // The first worker has lost its run by its next checkpoint, and stops, while the run goes on.
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
        assert!(ended.acknowledged(), "a worker that lost its run ends in order: {:?}", ended.answer);
    }
    tenant.quiet().await;
    let books = tenant.assert_match(&run).await?;
    let later: Value = tenant.sync("everything").await?;
    assert_eq!(later.get("entries_already_there").and_then(Value::as_u64), Some(books.legs() as u64));
    Ok(())
}

/// “Sync now” pressed three times more while a run is on: one more run follows by itself, not three, and it brings over what came since.
#[tokio::test(flavor = "multi_thread")]
async fn requests_while_a_run_is_on_lead_to_one_more_run() -> Step {
    let tenant = Tenant::connected(4_002, 500).await?;
    let slow = tenant
        .fault(json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "delay_ms": 1_000, "times": 0}))
        .await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    for _ in 0..3 {
        assert_eq!(tenant.portal.sync("new").await?, id, "the open run is answered");
    }
    tenant.lift(slow).await?;
    tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.quiet().await;
    let runs = tenant.portal.ok("GET", "/runs?filter=all", None).await?;
    let states: Vec<String> = runs.get("runs").and_then(Value::as_array).into_iter().flatten().map(|run| text(run, "state")).collect();
    assert_eq!((states.len(), states.iter().all(|state| state.starts_with("completed"))), (2, true), "{runs}");
    tenant.assert_match(&runs["runs"][0]).await?;
    Ok(())
}
