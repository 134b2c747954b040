//! The one place where the sandbox reads the clock and draws random ids.

use std::cell::Cell;

use uuid::Uuid;

thread_local! {
    static SOURCE: Cell<Option<fn() -> i64>> = const { Cell::new(None) };
}

/// Lets this thread take the time from `source`, Unix microseconds: for tests that hold the whole
/// sandbox on one thread and run through days in seconds.
pub fn set_source(source: fn() -> i64) {
    SOURCE.set(Some(source));
}

/// Now, in microseconds since the Unix epoch: the resolution of the ledger's timestamps.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's one clock; everything below it takes time as an argument"
)]
pub fn now_micros() -> i64 {
    SOURCE.get().map_or_else(|| jiff::Timestamp::now().as_microsecond(), |source| source())
}

/// A random UUID.
pub fn uuid() -> Uuid {
    Uuid::new_v4()
}

/// `len` random lower-case hexadecimal digits, at most 32.
pub fn hex(len: usize) -> String {
    let mut text = uuid().simple().to_string();
    text.truncate(len);
    text
}
