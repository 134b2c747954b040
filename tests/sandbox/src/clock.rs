//! The one place where the sandbox reads the clock and draws random ids.

use std::cell::Cell;

use uuid::Uuid;

thread_local! {
    static AHEAD_MICROS: Cell<i64> = const { Cell::new(0) };
}

/// Moves this thread's clock ahead of the machine's: for tests that hold the whole sandbox on one thread and run through days in seconds.
pub fn set_ahead(micros: i64) {
    AHEAD_MICROS.set(micros);
}

/// Now, in microseconds since the Unix epoch: the resolution of the ledger's timestamps.
#[expect(clippy::disallowed_methods, reason = "the sandbox's one clock; everything below it takes time as an argument")]
pub fn now_micros() -> i64 {
    jiff::Timestamp::now().as_microsecond() + AHEAD_MICROS.get()
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
