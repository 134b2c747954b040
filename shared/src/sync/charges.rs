//! The entries of charges that a page's refunds and reversals undo: one look-up a page, and where that fails, each of them by itself. Where
//! a charge's account cannot be told, what undoes it waits: on another account it would be wrong for good.

use std::collections::BTreeSet;

use super::driver::Job;
use super::halt::Halt;
use super::suspect::{Called, Calls, Failing, Kind, Standing, Tried, each};
use crate::blnk::{BlnkClient, BlnkError, LedgerTransaction};
use crate::http::{Deadline, RetryPolicy};

/// How often the look-up for a page is made before its charges are looked up one by one.
const ATTEMPTS: u32 = 3;
/// A reference that no entry ever has.
const NOTHING: &str = "stripe:nothing";

/// Looks up entries of charges, one by one.
struct LookUps<'b> {
    blnk: &'b BlnkClient,
    deadline: Deadline,
}

impl<'b> Calls for LookUps<'b> {
    type Key = &'b str;
    type Made = Vec<LedgerTransaction>;
    type Error = BlnkError;

    fn kind(&self) -> Kind {
        Kind::ChargeLookUp
    }

    fn subject(&self, reference: &'b str) -> String {
        reference.to_owned()
    }

    async fn call(&self, reference: &'b str) -> Called<Self::Made, BlnkError> {
        let blnk = self.blnk.alone();
        (blnk.transactions_by_reference(&[reference], self.deadline).await, blnk.last_failure())
    }

    async fn answers(&self) -> bool {
        self.blnk.alone().transactions_by_reference(&[NOTHING], self.deadline).await.is_ok()
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }
}

impl Job<'_> {
    /// The entries of charges by their references and records. Those that cannot be told are kept in mind.
    pub(super) async fn charge_rows(&mut self, wanted: &[(String, &str)]) -> Result<Vec<LedgerTransaction>, Halt> {
        let clear = |reference: &str| self.suspects.standing(Kind::ChargeLookUp, reference) == Standing::Clear;
        let (together, mut apart): (Vec<&str>, Vec<&str>) =
            wanted.iter().map(|(reference, _)| reference.as_str()).partition(|reference| clear(reference));
        let few = self.blnk.clone().with_retry(RetryPolicy { max_attempts: ATTEMPTS, ..RetryPolicy::default() });
        let mut rows = Vec::new();
        match few.transactions_by_reference(&together, self.deadline).await {
            Ok(found) => {
                rows = found;
                self.suspects.many_succeeded(Kind::ChargeLookUp, together.len() as u64);
            }
            Err(error) if error.gist().is_none() => return Err(error.into()),
            Err(_) => apart = wanted.iter().map(|(reference, _)| reference.as_str()).collect(),
        }
        let mut tried = Tried::default();
        each(&self.suspects, &LookUps { blnk: &self.blnk, deadline: self.deadline }, apart, &mut tried).await?;
        if let Some((_, code, message)) = tried.refused.first() {
            return Err(Halt::refused(*code, message));
        }
        rows.extend(tried.done.into_iter().flat_map(|(_, found)| found));
        let untold: BTreeSet<&str> = tried.aside.iter().chain(&tried.held).map(|(reference, _)| *reference).collect();
        for (reference, id) in wanted {
            match self.suspects.facts(Kind::ChargeLookUp, reference).filter(|_| untold.contains(reference.as_str())) {
                Some(facts) => _ = self.untold.insert((*id).to_owned(), facts),
                None => _ = self.untold.remove(*id),
            }
        }
        Ok(rows)
    }
}
