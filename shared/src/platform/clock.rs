//! The only clock, and the ids made from it. All other code takes times and ids as arguments.

use ulid::Ulid;

use crate::model::time::Millis;

/// The current time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Millis {
    #[cfg(feature = "test-clock")]
    if let Some(source) = SOURCE.get() {
        return Millis(source().div_euclid(MICROS_PER_MILLI));
    }
    Millis(jiff::Timestamp::now().as_millisecond())
}

#[cfg(feature = "test-clock")]
const MICROS_PER_MILLI: i64 = 1000;

#[cfg(feature = "test-clock")]
thread_local! {
    static SOURCE: std::cell::Cell<Option<fn() -> i64>> = const { std::cell::Cell::new(None) };
    static LAST_ID: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

/// Makes this thread read the time from `source`, in Unix microseconds, each value later than the
/// previous one: for tests that run through days in seconds.
#[cfg(feature = "test-clock")]
pub fn set_source(source: fn() -> i64) {
    SOURCE.set(Some(source));
    LAST_ID.set(0);
}

/// A new ULID of the current millisecond: the id of generations, launches, runs and proofs.
#[must_use]
pub fn new_ulid() -> Ulid {
    let at = instant_of_id();
    let random = uuid::Uuid::new_v4().as_u128();
    Ulid::from_parts(u64::try_from(at.0).unwrap_or_default(), random)
}

#[cfg(not(feature = "test-clock"))]
pub(crate) fn instant_of_id() -> Millis {
    now()
}

/// If time did not advance between two ids, items sorted by them would have no order: each gets its
/// own millisecond.
#[cfg(feature = "test-clock")]
fn instant_of_id() -> Millis {
    let mut at = now();
    while SOURCE.get().is_some() && at.0 <= LAST_ID.get() {
        at = now();
    }
    LAST_ID.set(at.0);
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_their_written_form() {
        let at = Millis(1_756_774_803_042);
        assert_eq!(at.rfc3339(), "2025-09-02T01:00:03.042Z");
        assert_eq!(Millis::parse(&at.rfc3339()), Some(at));
        assert_eq!(Millis::parse("2025-09-02T01:00:03+02:00"), Some(Millis(1_756_767_603_000)));
        assert_eq!(Millis::parse("2025-09-02"), None);
    }
}
