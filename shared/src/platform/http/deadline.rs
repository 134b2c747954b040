//! The time that is left for a call.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time for a call. With less, the call is not started, because it could only time
/// out.
pub const SHORTEST_CALL: Duration = Duration::from_millis(200);

/// The time by which the caller must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline at this instant.
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// A deadline this long from now.
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(time).unwrap_or(now))
    }

    /// The time left; zero once it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The time-out of a call that starts now. `None` when too little time is left to start one.
    pub fn call_timeout(self, limits: CallLimits) -> Option<Duration> {
        let left = self.remaining().checked_sub(limits.reserve)?;
        (left >= SHORTEST_CALL).then(|| left.min(limits.longest))
    }
}

/// The time limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// The longest time-out, however far away the deadline is.
    pub longest: Duration,
    /// The time kept free before the deadline, for the work that follows the call.
    pub reserve: Duration,
}
