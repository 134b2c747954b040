//! A clock that moves only while every task waits.
//!
//! Tokio's own paused clock jumps to the next timer as soon as no task can continue, even while
//! bytes travel through a socket: every call would time out. So a blocking task keeps it from
//! jumping, and a second thread watches the first: when that one has been parked for a moment, the
//! clock moves, in steps that grow while nothing happens.
//!
//! On a busy machine bytes may travel for long while every task waits. So before each step the
//! clock sends a byte through a socket of its own: when it arrives, everything sent before it has
//! arrived too.
//!
//! The calendar starts at the same instant in every test: a seed makes the same history on every
//! day. `HISTORIES_AT` (RFC 3339) names another one. The calendar moves with the timers and never
//! by itself, however long the machine takes.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How long nothing happens before the clock moves.
const LULL: Duration = Duration::from_micros(100);
/// The first step, and the longest.
const FIRST_STEP: u64 = 4;
const LONGEST_STEP: u64 = 256;
/// Parks and unparks between two steps when a step woke no task.
const QUIET: u64 = 2;
/// When the calendar starts, unless `HISTORIES_AT` says otherwise: a Wednesday in the middle of a
/// month.
const STARTS_AT: &str = "2026-06-17T09:40:00Z";

thread_local! {
    /// Unix microseconds.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// Runs a future to its end, with a clock of its own.
///
/// # Panics
/// When the runtime cannot be built.
pub fn run<F: Future>(future: F) -> F::Output {
    run_in_steps(future, Steps { first: FIRST_STEP, longest: LONGEST_STEP })
}

/// The same with a clock that moves by single milliseconds: slower, but what calls take adds up to
/// the millisecond.
///
/// # Panics
/// When the runtime cannot be built.
pub fn run_exactly<F: Future>(future: F) -> F::Output {
    run_in_steps(future, Steps { first: 1, longest: 1 })
}

/// The steps of a clock, in milliseconds.
#[derive(Clone, Copy)]
struct Steps {
    first: u64,
    longest: u64,
}

#[expect(clippy::expect_used, reason = "a test without a runtime has nothing to say")]
fn run_in_steps<F: Future>(future: F, steps: Steps) -> F::Output {
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
    start_calendar();
    let (lull, over) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let watch = watch(Arc::clone(&parks), Arc::clone(&lull), Arc::clone(&over));
    let output = runtime.block_on(async {
        // While a blocking task works, tokio does not move its clock by itself.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        let clock = tokio::spawn(tick(lull, parks, steps));
        let output = future.await;
        clock.abort();
        drop(end);
        output
    });
    over.store(true, Ordering::Relaxed);
    let _ = watch.join();
    output
}

/// Notifies `lull` whenever the thread has been parked for a while.
fn watch(
    parks: Arc<AtomicU64>,
    lull: Arc<Notify>,
    over: Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
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

async fn tick(lull: Arc<Notify>, parks: Arc<AtomicU64>, steps: Steps) {
    let mut barrier = Barrier::new().await;
    let (mut step, mut last) = (steps.first, 0);
    loop {
        lull.notified().await;
        barrier.pass().await;
        let now = parks.load(Ordering::Relaxed);
        let quiet = now.saturating_sub(last) <= QUIET;
        step = if quiet { (step * 2).min(steps.longest) } else { steps.first };
        last = now;
        jump(Duration::from_millis(step));
        tokio::time::advance(Duration::from_millis(step)).await;
    }
}

/// The clock's own socket.
struct Barrier {
    out: TcpStream,
    back: TcpStream,
}

impl Barrier {
    #[expect(clippy::expect_used, reason = "a test without sockets has nothing to say")]
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let (out, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (out, back) = (out.expect("a way out"), accepted.expect("a way back").0);
        out.set_nodelay(true).expect("a byte that goes at once");
        Self { out, back }
    }

    /// Waits until everything sent before has arrived.
    #[expect(clippy::expect_used, reason = "both ends are held")]
    async fn pass(&mut self) {
        self.out.write_all(&[0]).await.expect("a byte out");
        self.back.read_exact(&mut [0]).await.expect("a byte back");
    }
}

/// Sets the calendar to its start.
#[expect(clippy::expect_used, reason = "a test at no time has nothing to say")]
#[expect(clippy::disallowed_methods, reason = "the environment chooses the date of a test")]
fn start_calendar() {
    let start = std::env::var("HISTORIES_AT").unwrap_or_else(|_| STARTS_AT.to_owned());
    let start: jiff::Timestamp = start.parse().expect("an instant such as 2026-02-28T23:59:00Z");
    NOW.set(start.as_microsecond());
    stripe_sync::platform::clock::set_source(next);
    sandbox::clock::set_source(next);
}

/// The next instant of the calendar, Unix microseconds: no two are the same.
fn next() -> i64 {
    NOW.set(NOW.get() + 1);
    NOW.get()
}

/// Moves the calendar but no timer: what waits continues to wait.
pub fn jump(by: Duration) {
    NOW.set(NOW.get() + i64::try_from(by.as_micros()).unwrap_or_default());
}

/// Now, Unix milliseconds, as the app and the simulated world see it.
#[must_use]
pub fn now() -> i64 {
    stripe_sync::platform::clock::now().0
}
