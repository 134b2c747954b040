//! One session: changes, faults, and a run with more changes while it works.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{Case, Checked, StartDates, random};
use crate::{faults, permanent_faults};

/// The session before which a start moves.
const MOVES_BEFORE: u64 = 2;
/// One in so many sessions, but never the first, begins with a reconnect.
const RECONNECTS_ONE_IN: u32 = 8;

impl Case<'_> {
    /// Makes changes, requests a run and handles its messages to the end, with more changes
    /// meanwhile.
    pub(super) async fn session(&self, session: u64) -> Checked {
        let mut rng = random(self.seed, &format!("session {session}"));
        self.before_session(session).await;
        for _ in 0..rng.random_range(0..5) {
            self.change(&mut rng).await;
        }
        let faulty = self.inject_faults(&mut rng).await;
        {
            let mut state = self.state.borrow_mut();
            state.had_faults |= faulty;
            (state.snapshots, state.changes) = (Vec::new(), 0);
        }
        let mut others = random(self.seed, &format!("meanwhile {session}"));
        let busy = rng.random_ratio(1, 2);
        let ended = tokio::select! {
            ended = self.run(&mut rng, faulty) => ended,
            never = self.meanwhile(&mut others, busy) => match never {},
        };
        self.tenant.world.restart_ledger(&self.tenant.instance).await;
        ended
    }

    /// Moves the start, or reconnects the account.
    async fn before_session(&self, session: u64) {
        if let Some(StartDates { later, .. }) = self.start_dates.filter(|_| session == MOVES_BEFORE)
        {
            self.tenant.set_start(later).await;
        }
        // After a reconnect that adopts a start, the whole history can be had only by naming an
        // earlier day.
        let to_the_beginning = matches!(self.start_dates, Some(StartDates { later: None, .. }));
        let reconnects =
            || random(self.seed, &format!("connects {session}")).random_ratio(1, RECONNECTS_ONE_IN);
        if session > 0 && !to_the_beginning && reconnects() {
            self.reconnect();
        }
    }

    /// Two sessions of three have faults. Returns whether this one has.
    async fn inject_faults(&self, rng: &mut ChaCha8Rng) -> bool {
        let faulty = rng.random_ratio(2, 3);
        if faulty {
            let mut ids = faults::inject(rng, &self.tenant, self.legacy);
            if rng.random_ratio(1, 3) {
                ids.extend(permanent_faults::inject(rng, &self.tenant).await);
                self.state.borrow_mut().tally.permanent_faults += 1;
            }
            self.state.borrow_mut().fault_ids.extend(ids);
        }
        faulty
    }
}
