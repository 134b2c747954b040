//! What a sync costs: memory and speed.

use std::time::{Duration, Instant};

use it::stack::variable;
use it::tenant::{number, text};
use it::{Lambda, Step, Tenant, kill};
use serde_json::Value;

/// The longest time for a large history.
const LIMIT: Duration = Duration::from_secs(3_600);

/// Syncs a history on a function of its own. Returns the worker's peak memory in KiB.
async fn peak(seed: u64, movements: u64) -> Step<u64> {
    let tenant = Tenant::connected(seed, movements).await?;
    let lambda = Lambda::of(&tenant.stack)?;
    let function = format!("{}-measured-{movements}", variable("SYNC_WORKER_FUNCTION")?);
    lambda.copy(&variable("SYNC_WORKER_FUNCTION")?, &function).await?;
    tenant.dispatcher.route(tenant.id(), &function);
    let began = Instant::now();
    let id = tenant.portal.sync("new").await?;
    let run = loop {
        // The longest run outlives the session: read the table instead.
        match tenant.stored(&id).await? {
            Some(run) if !matches!(text(&run, "state").as_str(), "queued" | "running") => {
                break run;
            }
            _ if began.elapsed() > LIMIT => return Err("the run does not end".into()),
            _ => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    };
    let peak = kill::peak_memory(&function)?.ok_or("the worker is gone")?;
    println!(
        "{movements} movements: {:?}, {} worker invocations, peak {peak} KiB, verdict {}",
        began.elapsed(),
        tenant.dispatcher.invocations(tenant.id()).len(),
        text(&run, "verdict")
    );
    assert_eq!(
        (text(&run, "verdict").as_str(), number(&run, "records")),
        ("match", movements),
        "{run}"
    );
    lambda.delete(&function).await?;
    Ok(peak)
}

/// Asserts that the peaks of two histories are within 20 % of each other.
async fn assert_flat(seed: u64, short: u64, long: u64) -> Step {
    let small = peak(seed, short).await?;
    let large = peak(seed + 1, long).await?;
    assert!(large * 5 <= small * 6, "{small} KiB for {short} movements, {large} KiB for {long}");
    Ok(())
}

/// Eight times as many records need no more memory.
#[tokio::test(flavor = "multi_thread")]
async fn memory_is_flat_in_the_length_of_the_history() -> Step {
    assert_flat(9_001, 1_000, 8_000).await
}

/// A hundred times as many: this takes minutes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: run by `make bench`"]
async fn bench_memory_of_100_000_movements() -> Step {
    assert_flat(9_003, 1_000, 100_000).await
}

/// Prints how fast a first sync is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn bench_a_first_sync_of_20_000_movements() -> Step {
    const MOVEMENTS: u64 = 20_000;
    let tenant = Tenant::connected(10_001, MOVEMENTS).await?;
    let began = Instant::now();
    let id = tenant.portal.sync("new").await?;
    let mut pages: Vec<(u64, Instant)> = Vec::new();
    let run: Value = tenant
        .portal
        .finished(&id, LIMIT, |seen| {
            let count = number(seen, "pages");
            if pages.last().is_none_or(|(known, _)| *known < count) {
                pages.push((count, Instant::now()));
            }
        })
        .await?;
    let took = began.elapsed();
    let mut times: Vec<Duration> = pages
        .windows(2)
        .map(|two| {
            two[1].1.duration_since(two[0].1) / u32::try_from(two[1].0 - two[0].0).unwrap_or(1)
        })
        .collect();
    times.sort_unstable();
    let per_second = |count: u64| u128::from(count) * 1000 / took.as_millis().max(1);
    println!(
        "{MOVEMENTS} movements in {:.1} s: {} movements/s, {} entries/s, {} worker invocations, \
         page p50 {} ms, {} calls to the ledger",
        took.as_secs_f64(),
        per_second(number(&run, "records")),
        per_second(number(&run, "entries_posted")),
        tenant.dispatcher.invocations(tenant.id()).len(),
        times.get(times.len() / 2).map_or(0, Duration::as_millis),
        number(&run, "ledger_calls"),
    );
    tenant.assert_match(&run).await?;
    Ok(())
}
