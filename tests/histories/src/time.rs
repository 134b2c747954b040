//! A clock that moves on only while everybody waits.
//!
//! Tokio's own paused clock jumps to the next timer as soon as no task can go on, also when bytes are on their way through a socket: every
//! call would time out. So it is kept from jumping, and a second thread looks whether the first one has been parked for a moment: only
//! then the clock is moved, in steps that grow while nothing happens.
//!
//! The calendar begins at the same instant in every story, whatever the date: a seed makes the same on every day. `HISTORIES_AT` (RFC 3339)
//! lets it begin at another.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// How long nothing happens before the clock is moved.
const LULL: Duration = Duration::from_micros(100);
/// The first step, and the longest.
const FIRST_STEP: u64 = 4;
const LONGEST_STEP: u64 = 256;
/// Parks and unparks from one step to the next when a step woke nobody.
const QUIET: u64 = 4;
const MICROS_PER_MILLI: i64 = 1000;
/// Where the calendar begins, unless `HISTORIES_AT` says otherwise: a Wednesday in the middle of a month.
const BEGINS: &str = "2026-06-17T09:40:00Z";

thread_local! {
    static AHEAD: Cell<i64> = const { Cell::new(0) };
}

/// Runs a future to its end on a thread whose clock it has for itself.
///
/// # Panics
/// When the runtime cannot be built.
#[expect(clippy::expect_used, reason = "a test without a runtime has nothing to say")]
pub fn run<F: Future>(future: F) -> F::Output {
    // Odd while the thread is parked.
    let parks = Arc::new(AtomicU64::new(0));
    let (parked, unparked) = (Arc::clone(&parks), Arc::clone(&parks));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .on_thread_park(move || {
            parked.fetch_add(1, Ordering::Relaxed);
        })
        .on_thread_unpark(move || {
            unparked.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("a runtime");
    begin();
    let (lull, over) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let watch = watch(Arc::clone(&parks), Arc::clone(&lull), Arc::clone(&over));
    let output = runtime.block_on(async {
        // As long as a blocking task is at work, tokio does not move its clock by itself.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        let clock = tokio::spawn(tick(lull, parks));
        let output = future.await;
        clock.abort();
        drop(end);
        output
    });
    over.store(true, Ordering::Relaxed);
    let _ = watch.join();
    output
}

/// Tells whenever the thread has been parked for a while.
fn watch(parks: Arc<AtomicU64>, lull: Arc<Notify>, over: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut last = 0;
        while !over.load(Ordering::Relaxed) {
            std::thread::sleep(LULL);
            let now = parks.load(Ordering::Relaxed);
            if now % 2 == 1 && now == last {
                lull.notify_one();
            }
            last = now;
        }
    })
}

async fn tick(lull: Arc<Notify>, parks: Arc<AtomicU64>) {
    let (mut step, mut last) = (FIRST_STEP, 0);
    loop {
        lull.notified().await;
        let now = parks.load(Ordering::Relaxed);
        step = if now.saturating_sub(last) <= QUIET { (step * 2).min(LONGEST_STEP) } else { FIRST_STEP };
        last = now;
        jump(Duration::from_millis(step));
        tokio::time::advance(Duration::from_millis(step)).await;
    }
}

/// Sets the calendar to where it begins.
#[expect(clippy::expect_used, reason = "a test at no time has nothing to say")]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment when it takes place")]
fn begin() {
    let begins = std::env::var("HISTORIES_AT").unwrap_or_else(|_| BEGINS.to_owned());
    let begins = stripe_sync::clock::Millis::parse(&begins).expect("an instant such as 2026-02-28T23:59:00Z");
    stripe_sync::clock::set_ahead(0);
    AHEAD.set(begins.0 - stripe_sync::clock::now().0);
    jump(Duration::ZERO);
}

/// Moves the calendar, but no timer: what was to wait, waits on.
pub fn jump(by: Duration) {
    AHEAD.set(AHEAD.get() + i64::try_from(by.as_millis()).unwrap_or_default());
    stripe_sync::clock::set_ahead(AHEAD.get());
    sandbox::clock::set_ahead(AHEAD.get() * MICROS_PER_MILLI);
}

/// Now, Unix milliseconds, as the app and the outside world see it.
#[must_use]
pub fn now() -> i64 {
    stripe_sync::clock::now().0
}
