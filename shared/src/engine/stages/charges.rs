//! Looks up the entries of charges that a page's refunds and reversals undo: one look-up per page,
//! and if that fails, one per charge. If a charge's account cannot be determined, its refunds and
//! reversals wait, because an entry on a wrong account would stay wrong for good.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::failing::Failing;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::suspect::record::{CallKind, Suspect};
use crate::platform::blnk::{BlnkClient, BlnkError, LedgerTransaction};
use crate::platform::http::{Deadline, RetryPolicy};

/// The retry policy of the look-up for a page, before its charges are looked up one by one.
const TOGETHER: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(500), Duration::from_secs(5), 3);

/// A reference that no entry ever has.
const NOTHING: &str = "stripe:nothing";

/// Looks up entries of charges one by one.
struct LookUps<'b> {
    blnk: &'b BlnkClient,
    deadline: Deadline,
}

impl<'b> Calls for LookUps<'b> {
    type Key = &'b str;
    type Output = Vec<LedgerTransaction>;
    type Error = BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::ChargeLookUp
    }

    fn subject(&self, reference: &'b str) -> String {
        reference.to_owned()
    }

    async fn call(&self, reference: &'b str) -> Called<Self::Output, BlnkError> {
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

/// The entries of charges, by reference and record. Those that cannot be determined are kept in the
/// context.
pub(crate) async fn charge_rows(
    ctx: &mut Context<'_>,
    wanted: &[(String, &str)],
) -> Result<Vec<LedgerTransaction>, Stop> {
    let references: Vec<&str> = wanted.iter().map(|(reference, _)| reference.as_str()).collect();
    let (rows, mut unresolved) = look_up(ctx, &references).await?;
    for (reference, id) in wanted {
        match unresolved.remove(reference) {
            Some(facts) => _ = ctx.unresolved_charges.insert((*id).to_owned(), facts),
            None => _ = ctx.unresolved_charges.remove(*id),
        }
    }
    Ok(rows)
}

/// Looks up entries by reference, all in one call, or one by one if that fails. Also returns the
/// references that failed for good.
pub(crate) async fn look_up(
    ctx: &Context<'_>,
    wanted: &[&str],
) -> Result<(Vec<LedgerTransaction>, BTreeMap<String, Suspect>), Stop> {
    let clear = |reference: &str| {
        ctx.suspects.standing(CallKind::ChargeLookUp, reference) == SuspectStatus::Clear
    };
    let (together, mut apart): (Vec<&str>, Vec<&str>) =
        wanted.iter().copied().partition(|reference| clear(reference));
    let few = ctx.blnk.clone().with_retry(TOGETHER);
    let mut rows = Vec::new();
    match few.transactions_by_reference(&together, ctx.deadline).await {
        Ok(found) => {
            rows = found;
            ctx.suspects.many_succeeded(CallKind::ChargeLookUp, together.len() as u64);
        }
        Err(error) if error.failure_kind().is_none() => return Err(Stop::of_look(error)),
        Err(_) => apart = wanted.to_vec(),
    }
    let mut tried = Tried::default();
    each(&ctx.suspects, &LookUps { blnk: &ctx.blnk, deadline: ctx.deadline }, apart, &mut tried)
        .await?;
    if let Some((_, code, message)) = tried.refused.first() {
        return Err(Stop::refused(*code, message).rather_later());
    }
    rows.extend(tried.done.into_iter().flat_map(|(_, found)| found));
    let unresolved = tried
        .aside
        .into_iter()
        .chain(tried.held)
        .map(|(reference, facts)| (reference.to_owned(), facts));
    Ok((rows, unresolved.collect()))
}
