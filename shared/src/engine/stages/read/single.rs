//! Reads a record alone, and finds out whether a failure is about the record or about Stripe.

use std::time::Duration;

use crate::engine::stages::read::{Attempt, PageError, Reader};
use crate::model::run::list_place::Incomplete;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::http::retry::Jitter;
use crate::platform::http::{Deadline, RetryPolicy};
use crate::platform::stripe::{PageRequest, StripeError};

/// The retry policy of a record that is read alone. After these attempts it is set aside.
const ALONE: RetryPolicy =
    RetryPolicy::new(BETWEEN_TRIES, BETWEEN_TRIES, 3).with_jitter(Jitter::None);

/// The pause between these attempts.
const BETWEEN_TRIES: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 400 });

/// Timeout of the control call that shows whether Stripe answers at all.
const CONTROL: Duration = Duration::from_secs(6);

/// No record was created before this second.
const BEFORE_ALL: i64 = 1;

impl Reader {
    /// Reads a record alone with its expansions, or returns why it is unreadable although Stripe
    /// answers between the attempts.
    pub(crate) async fn alone(
        &mut self,
        id: &str,
        tries: &mut u8,
    ) -> Result<Result<BalanceTransaction, Incomplete>, PageError> {
        let mut failed = None;
        while u32::from(*tries) < ALONE.max_attempts && !self.known.failing.contains(id) {
            let patient = self.is_patient();
            let outcome = self.once.balance_transaction(id, self.deadline).await;
            failed = outcome.is_err().then(|| self.once.last_failure()).flatten();
            match &outcome {
                Err(error @ StripeError::Forbidden { permission }) => {
                    let behind = PageRequest {
                        starting_after: Some(id.to_owned()),
                        ..PageRequest::default()
                    };
                    self.check_refusal(error, &behind).await?;
                    self.known.denied.insert(id.to_owned());
                    return Ok(Err(Incomplete::Denied(permission.clone(), failed)));
                }
                // This record is refused; the lists are not.
                Err(StripeError::Invalid { .. }) => break,
                _ => {}
            }
            let error = match (Attempt { outcome, patient }).checked()? {
                Ok(Some(found)) => return Ok(Ok(found)),
                Ok(None) => return Ok(Err(Incomplete::Fails(None))),
                Err(error) => error,
            };
            *tries += 1;
            tracing::info!(record = id, tries, %error, "record unreadable");
            self.control(&error).await?;
            if error.is_timeout() {
                return Err(PageError::TimedOut);
            }
            if let Some(wait) = ALONE.wait(u32::from(*tries)) {
                tokio::time::sleep(wait).await;
            }
        }
        self.known.failing.insert(id.to_owned());
        Ok(Err(Incomplete::Fails(failed)))
    }

    /// Checks that Stripe answers a call of this kind. If it does not, the failure says nothing
    /// about what was requested.
    pub(crate) async fn control(&self, failure: &StripeError) -> Result<(), PageError> {
        let deadline = Deadline::after(CONTROL.min(self.deadline.remaining()));
        // The newest record. As that may be the unreadable one, then the time before any record.
        for created_lt in [None, Some(BEFORE_ALL)] {
            let request =
                PageRequest { created_lt, limit: 1, bare: true, ..PageRequest::default() };
            match self.once.balance_transactions(&request, deadline).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_timeout() => break,
                Err(_) => {}
            }
        }
        Err(PageError::Error(failure.clone()))
    }

    /// Whether Stripe returns any record at all, when it returns none older than a given one.
    pub(crate) async fn gives_records(&self, after: Option<&str>) -> bool {
        let newest = PageRequest { limit: 1, bare: true, ..PageRequest::default() };
        if self
            .once
            .balance_transactions(&newest, self.deadline)
            .await
            .is_ok_and(|list| list.last_id().is_some())
        {
            return true;
        }
        match after {
            Some(id) => self
                .once
                .bare_balance_transaction(id, self.deadline)
                .await
                .is_ok_and(|record| record.is_some()),
            None => false,
        }
    }
}
