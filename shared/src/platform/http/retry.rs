//! The one way to wait between two attempts, whatever is attempted.

use std::time::Duration;

use crate::platform::http::deadline::{CallLimits, Deadline, SHORTEST_CALL};

/// Exponential back-off: the ceiling of the n-th wait is `min(cap, base · 2^(n-1))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The ceiling of the first wait.
    pub base: Duration,
    /// The maximum wait. When the API asks for a longer one, the caller decides.
    pub cap: Duration,
    /// The total number of attempts, including the first.
    pub max_attempts: u32,
    /// How much of a wait is random.
    pub jitter: Jitter,
}

/// How much of a wait is random, so that not all callers retry at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// All of it: from zero to the ceiling.
    Full,
    /// At least half of the ceiling is waited.
    Half,
    /// At least three quarters of the ceiling are waited.
    Quarter,
    /// None of it: the ceiling is waited.
    None,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_secs(5), 8)
    }
}

impl RetryPolicy {
    /// A policy with full jitter.
    pub const fn new(base: Duration, cap: Duration, max_attempts: u32) -> Self {
        Self { base, cap, max_attempts, jitter: Jitter::Full }
    }

    /// The same policy with another jitter.
    #[must_use]
    pub(crate) const fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// The same policy with another number of attempts.
    #[must_use]
    pub(crate) const fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The longest possible wait after this attempt (counted from 1).
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// The wait after this attempt (counted from 1). `None` when the attempts are used up.
    pub(crate) fn wait(&self, attempt: u32) -> Option<Duration> {
        (attempt < self.max_attempts).then(|| self.jitter.spread(self.ceiling(attempt)))
    }

    /// The next wait of a caller that has waited this long already: about as long again, within
    /// base and cap.
    pub(crate) fn wait_as_long(&self, waited: Duration) -> Duration {
        self.jitter.spread(waited.max(self.base).min(self.cap))
    }

    /// Waits before the API call that follows `attempt`, at least as long as the API asked for.
    ///
    /// Returns `false` immediately when the attempts are used up, when the API asked for a wait
    /// longer than the cap, or when the deadline leaves no time for the wait and another call.
    pub(crate) async fn pause(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        deadline: Deadline,
        limits: CallLimits,
    ) -> bool {
        if asked.is_some_and(|asked| asked > self.cap) {
            return false;
        }
        let needed = limits.reserve.saturating_add(SHORTEST_CALL);
        self.sleep(attempt, asked.unwrap_or_default(), deadline, needed).await
    }

    /// Waits before the attempt that follows `attempt`. Returns `false` immediately when the
    /// attempts are used up or the wait ends after the deadline.
    pub(crate) async fn pause_within(&self, attempt: u32, deadline: Deadline) -> bool {
        self.sleep(attempt, Duration::ZERO, deadline, Duration::ZERO).await
    }

    /// Waits at least `least`, if the deadline then leaves the time that is needed.
    async fn sleep(
        &self,
        attempt: u32,
        least: Duration,
        deadline: Deadline,
        needed: Duration,
    ) -> bool {
        let Some(wait) = self.wait(attempt).map(|wait| wait.max(least)) else { return false };
        if wait.saturating_add(needed) > deadline.remaining() {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }
}

impl Jitter {
    /// A random wait up to a ceiling.
    fn spread(self, ceiling: Duration) -> Duration {
        match self {
            Self::Full => random(ceiling),
            Self::Half => random(ceiling).max(ceiling / 2),
            Self::Quarter => ceiling.saturating_sub(random(ceiling / 4)),
            Self::None => ceiling,
        }
    }
}

/// A uniformly random duration from zero to `ceiling`, in milliseconds.
fn random(ceiling: Duration) -> Duration {
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    let mut bytes = [0; 8];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => Duration::from_millis(u64::from_le_bytes(bytes) % millis.saturating_add(1)),
        // Without randomness, use the longest wait.
        Err(_) => ceiling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_jitter_stays_within_its_share_and_uses_it() {
        for (jitter, least) in
            [(Jitter::Full, 0), (Jitter::Half, 500), (Jitter::Quarter, 750), (Jitter::None, 1_000)]
        {
            let waits: Vec<_> = (0..400).map(|_| jitter.spread(SECOND).as_millis()).collect();
            assert!(waits.iter().all(|wait| (least..=1_000).contains(wait)), "{jitter:?}");
            let shortest = waits.iter().min().unwrap();
            assert!(*shortest < least + 100, "{jitter:?} reaches its low end: {shortest}");
            let longest = waits.iter().max().unwrap();
            assert!(*longest > 900, "{jitter:?} reaches its high end: {longest}");
        }
    }

    #[test]
    fn a_caller_waits_as_long_again_within_base_and_cap() {
        let policy = RetryPolicy::new(SECOND, SECOND * 10, 3).with_jitter(Jitter::None);
        let waits = [0, 4, 40].map(|waited| policy.wait_as_long(SECOND * waited).as_secs());
        assert_eq!(waits, [1, 4, 10]);
        assert_eq!(
            [1, 2, 3].map(|attempt| policy.wait(attempt)),
            [Some(SECOND), Some(SECOND * 2), None]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_within_a_deadline_may_use_all_of_it() {
        let policy = RetryPolicy::new(SECOND, SECOND, 3).with_jitter(Jitter::None);
        let began = tokio::time::Instant::now();
        assert!(policy.pause_within(1, Deadline::after(SECOND)).await);
        assert_eq!(began.elapsed(), SECOND);
        assert!(!policy.pause_within(1, Deadline::after(SECOND / 2)).await, "no time");
        assert!(!policy.pause_within(3, Deadline::after(SECOND * 9)).await, "no attempt");
        assert_eq!(began.elapsed(), SECOND, "a refused pause takes no time");
    }
}
