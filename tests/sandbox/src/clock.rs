//! The one place where the sandbox reads the clock and draws random ids.

use uuid::Uuid;

/// Now, in microseconds since the Unix epoch: the resolution of the ledger's timestamps.
#[expect(clippy::disallowed_methods, reason = "the sandbox's one clock; everything below it takes time as an argument")]
pub fn now_micros() -> i64 {
    jiff::Timestamp::now().as_microsecond()
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
