//! The locks on balances, in time: every post holds those of its two balances for as long as one
//! entry takes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How much of an unused moment may be made up for. Without it, timers that ring late would make
/// every lane slower than its rate.
const SLACK: Duration = Duration::from_millis(10);

/// When each balance is free again. A balance nobody waits for has no entry, or one in the past.
#[derive(Debug, Default)]
pub struct Lanes(Mutex<HashMap<u32, Instant>>);

/// The lock stayed busy for longer than the caller could wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Lanes {
    fn free(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no balance was ever held.
    pub fn idle(&self) -> bool {
        self.free().is_empty()
    }

    /// Holds one balance from now on, as another client would.
    pub fn hold(&self, balance: u32, time: Duration) {
        let until = Instant::now() + time;
        self.free().insert(balance, until);
    }

    /// Waits until both balances are free, then holds them for `cost`.
    ///
    /// # Errors
    /// They will not be free within `patience`; the caller has waited that long.
    pub async fn pass(
        &self,
        pair: (u32, u32),
        cost: Duration,
        patience: Duration,
    ) -> Result<(), Busy> {
        let now = Instant::now();
        let turn = self.reserve(pair, now, cost, patience);
        match turn {
            Ok(done) if done > now => tokio::time::sleep_until(done).await,
            Ok(_) => {}
            Err(Busy) => {
                tokio::time::sleep(patience).await;
                return Err(Busy);
            }
        }
        Ok(())
    }

    /// Takes the next turn of a pair and tells when it ends.
    fn reserve(
        &self,
        (a, b): (u32, u32),
        now: Instant,
        cost: Duration,
        patience: Duration,
    ) -> Result<Instant, Busy> {
        let mut free = self.free();
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let begin = [a, b]
            .into_iter()
            .filter_map(|lane| free.get(&lane).copied())
            .fold(earliest, Instant::max);
        if begin > now + patience {
            return Err(Busy);
        }
        let done = begin + cost;
        free.insert(a, done);
        free.insert(b, done);
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Lanes};
    use std::time::Duration;
    use tokio::time::Instant;

    const COST: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn entries_of_a_pair_run_in_order_and_pairs_run_concurrently() {
        let (lanes, begun) = (Lanes::default(), Instant::now());
        let wait = Duration::from_secs(60);
        let run = async |pair| {
            for _ in 0..10 {
                lanes.pass(pair, COST, wait).await.unwrap();
            }
        };
        tokio::join!(run((1, 2)), run((3, 4)));
        assert!(
            begun.elapsed() >= COST * 9 && begun.elapsed() <= COST * 11,
            "{:?}",
            begun.elapsed()
        );
        tokio::join!(run((1, 2)), run((2, 3)));
        assert!(
            begun.elapsed() >= COST * 28,
            "the shared balance serialises: {:?}",
            begun.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_cannot_wait_that_long_is_refused_and_leaves_no_trace() {
        let lanes = Lanes::default();
        lanes.hold(1, Duration::from_secs(5));
        let begun = Instant::now();
        assert_eq!(lanes.pass((1, 2), COST, Duration::from_secs(3)).await, Err(Busy));
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        assert_eq!(lanes.pass((1, 2), COST, Duration::from_secs(3)).await, Ok(()));
        assert!(begun.elapsed() >= Duration::from_secs(5));
    }
}
