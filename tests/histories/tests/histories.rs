//! Random cases: a few in a debug build, hundreds in an optimised one; `make histories` runs
//! thousands. `HISTORIES_CASES` sets how many, `HISTORIES_SEED` repeats one, `HISTORIES_FROM` sets
//! the first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use histories::tally::Tally;
use histories::{case, time};

/// Cases that share a sandbox and a clock.
const BATCH: usize = 20;
const CASES: u64 = if cfg!(debug_assertions) { 24 } else { 300 };
/// Without optimisation futures are large.
const STACK: usize = 256 * 1024 * 1024;

#[expect(clippy::disallowed_methods, reason = "the environment chooses the cases")]
fn seeds() -> Vec<u64> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    match number("HISTORIES_SEED") {
        Some(seed) => vec![seed],
        None => {
            let from = number("HISTORIES_FROM").unwrap_or(1);
            (from..from + number("HISTORIES_CASES").unwrap_or(CASES)).collect()
        }
    }
}

#[test]
fn random_histories_end_in_a_match_and_every_certificate_is_right() {
    // For the worker's log: RUST_LOG=debug, with one seed.
    let off = tracing_subscriber::filter::LevelFilter::OFF.into();
    let filter =
        tracing_subscriber::EnvFilter::builder().with_default_directive(off).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let seeds = seeds();
    let batches: Vec<&[u64]> = seeds.chunks(BATCH).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new((Tally::default(), Vec::new())));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let workers =
            std::thread::available_parallelism().map_or(1, usize::from).min(batches.len());
        for _ in 0..workers {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let work = || {
                while let Some(seeds) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (tally, failed) = time::run(case::batch(seeds));
                    let mut done = done.lock().unwrap();
                    done.0 += tally;
                    done.1.extend(failed);
                }
            };
            thread.spawn_scoped(scope, work).unwrap();
        }
    });
    let (tally, failed) = done.into_inner().unwrap();
    println!("{tally}; {:.1} s", began.elapsed().as_secs_f32());
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), tally.cases, failed.join("\n"));
    assert_eq!(tally.cases, seeds.len() as u64);
    assert_eventful(&tally);
}

/// A case in which nothing happens tests nothing: many cases together must contain enough of
/// everything.
fn assert_eventful(tally: &Tally) {
    if tally.cases < BATCH as u64 {
        return;
    }
    let at_least = [
        ("workers killed", tally.kills, tally.cases / 4),
        ("messages given to two workers", tally.doubles, tally.cases / 8),
        ("calls hit by faults", tally.faults, tally.cases * 4),
        ("changes during runs", tally.changes, tally.cases),
        ("permanent faults", tally.permanent_faults, tally.cases / 8),
        ("reconnects", tally.reconnects, tally.cases / 8),
        ("matches", tally.matches, tally.cases * 3),
        ("mismatches", tally.mismatches, tally.cases / 10),
        ("inconclusive", tally.inconclusive, tally.cases / 10),
    ];
    for (what, is, least) in at_least {
        assert!(is >= least, "only {is} of {least} {what}: {tally}");
    }
}
