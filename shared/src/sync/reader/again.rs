//! What could not be had is asked for again by every run, before it walks.

use futures::stream::{self, StreamExt};

use super::Hole;
use crate::http::Deadline;
use crate::ledger::{ChargeAccounts, hour_of, mirror};
use crate::stripe::types::BalanceTransaction;
use crate::stripe::{PageRequest, StripeError};
use crate::sync::driver::Job;
use crate::sync::halt::Halt;
use crate::sync::problem::{Met, PAGE_UNREADABLE, RECORD_UNRENDERED};

/// Calls at the same time.
const READS: usize = 4;
/// The time a run gives to it. Whom it does not reach, another run does: the order is a new one each time.
const BUDGET: std::time::Duration = std::time::Duration::from_secs(10);
/// Records that a run tries again.
const MAX_TRIED: usize = 100;

/// What came of asking for a record again.
enum Again {
    /// It can be had with what is behind it.
    Whole(Box<BalanceTransaction>),
    /// Still only without.
    Bare(Box<BalanceTransaction>),
    /// Stripe does not know it any more.
    Gone(String),
    /// Neither could be learnt.
    Unknown,
    /// Something else stands in the way.
    Trouble(StripeError),
}

impl Job<'_> {
    /// Tries again what runs before could not have.
    pub(in crate::sync) async fn try_again(&mut self) -> Result<(), Halt> {
        let known = self.know().await?;
        // A hash map's order is another one in each process.
        let of = |code: &'static str| known.values().filter(move |problem| problem.code == code);
        let records: Vec<String> = of(RECORD_UNRENDERED).map(|problem| problem.subject.clone()).take(MAX_TRIED).collect();
        let holes: Vec<Hole> = of(PAGE_UNREADABLE).filter_map(|problem| problem.hole.clone()).collect();
        if records.is_empty() && holes.is_empty() {
            return Ok(());
        }
        let deadline = Deadline::after(BUDGET.min(self.deadline.remaining()));
        self.records_again(&records, deadline).await?;
        let mut met = Vec::new();
        for hole in holes {
            match self.is_readable(&hole, deadline).await {
                // What was in it is in no hour's figures: they are read again as a whole.
                Some(true) => {
                    let hour = hour_of(hole.oldest);
                    self.progress.deeper = Some(self.progress.deeper.map_or(hour, |deeper| deeper.min(hour)));
                }
                Some(false) => met.push(Met::hole(&hole)),
                None => {}
            }
        }
        self.progress.counters.problems += self.record(&met).await?;
        // With this checkpoint they are done: one that came again with each attempt would keep a run that stands still from waiting.
        self.progress.retried = true;
        self.checkpoint(Vec::new()).await
    }

    async fn records_again(&mut self, ids: &[String], deadline: Deadline) -> Result<(), Halt> {
        let this = &*self;
        let read: Vec<Again> = stream::iter(ids).map(|id| this.record_again(id, deadline)).buffered(READS).collect().await;
        let (mut whole, mut bare, mut met) = (Vec::new(), Vec::new(), Vec::new());
        for again in read {
            match again {
                Again::Whole(record) => whole.push(*record),
                Again::Bare(record) => bare.push(*record),
                Again::Gone(id) => met.push(Met::gone(&format!("{id}:record"), &id)),
                Again::Unknown => {}
                Again::Trouble(error) => return Err(error.into()),
            }
        }
        let still = bare.iter().filter_map(|record| Some((record, mirror(record, &self.chart, &ChargeAccounts::none()).ok()?)));
        met.extend(self.unrendered(&still.collect::<Vec<_>>()).await?);
        self.progress.counters.problems += self.record(&met).await?;
        if !whole.is_empty() {
            let handled = Box::pin(self.absorb(&whole, &std::collections::HashSet::new(), true)).await?;
            self.progress.counters.entries_posted += handled.posted;
            self.progress.counters.problems += handled.problems;
        }
        Ok(())
    }

    async fn record_again(&self, id: &str, deadline: Deadline) -> Again {
        let stripe = self.stripe.impatient();
        match stripe.balance_transaction(id, deadline).await {
            Ok(Some(record)) => Again::Whole(Box::new(record)),
            Ok(None) => Again::Gone(id.to_owned()),
            Err(error) if error.may_be_of_content() => match stripe.bare_balance_transaction(id, deadline).await {
                Ok(Some(record)) => Again::Bare(Box::new(record)),
                Ok(None) => Again::Gone(id.to_owned()),
                Err(_) => Again::Unknown,
            },
            // It is this record that is refused: without what is behind it, perhaps it is not.
            Err(StripeError::Invalid { .. } | StripeError::Forbidden { .. }) => match stripe.bare_balance_transaction(id, deadline).await {
                Ok(Some(record)) => Again::Bare(Box::new(record)),
                Ok(None) => Again::Gone(id.to_owned()),
                Err(_) => Again::Unknown,
            },
            // No time is left for it.
            Err(StripeError::Unavailable { .. }) => Again::Unknown,
            Err(error) => Again::Trouble(error),
        }
    }

    /// Whether the list can be read at a hole: then the walk goes there. Nothing when that could not be learnt.
    async fn is_readable(&self, hole: &Hole, deadline: Deadline) -> Option<bool> {
        let request = PageRequest { starting_after: hole.after.clone(), limit: 1, bare: true, ..PageRequest::default() };
        match self.stripe.impatient().balance_transactions(&request, deadline).await {
            // A record that is gone was the list's own place: the walk finds out what is there now.
            Ok(_) | Err(StripeError::CursorGone) => Some(true),
            Err(error) => error.may_be_of_content().then_some(false),
        }
    }
}
