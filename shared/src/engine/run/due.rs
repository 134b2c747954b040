//! Retries of items that were set aside: when they are due, or when a person asks for it.

use std::collections::BTreeSet;

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::trial::{Called, Calls};
use crate::model::problem::item::SubjectKind;
use crate::model::run::list_place::Incomplete;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::suspect::record::{CallKind, parse_name};
use crate::model::time::Millis;
use crate::platform::http::Deadline;
use crate::platform::store::problems::known::KnownProblem;
use crate::platform::stripe::{StripeClient, StripeError};

/// An id that no balance transaction ever has.
pub(crate) const NOTHING: &str = "txn_000000000000";

/// A balance transaction as Stripe shows it now.
#[derive(Debug)]
pub(crate) enum RecordRead {
    Record(Box<BalanceTransaction>),
    Undecoded,
    Gone,
    /// Readable only without its expanded objects.
    Bare(Box<BalanceTransaction>, Incomplete),
    /// The key lacks the permission. Holds the permission's name at Stripe.
    Forbidden(Option<String>),
}

/// Reads balance transactions at Stripe one by one.
pub(crate) struct ReadRecords<'s> {
    pub(crate) stripe: &'s StripeClient,
    pub(crate) deadline: Deadline,
}

impl<'s> Calls for ReadRecords<'s> {
    type Key = &'s str;
    type Output = RecordRead;
    type Error = StripeError;

    fn kind(&self) -> CallKind {
        CallKind::RecordRead
    }

    fn subject(&self, id: &'s str) -> String {
        id.to_owned()
    }

    async fn call(&self, id: &'s str) -> Called<RecordRead, StripeError> {
        let stripe = self.stripe.alone();
        let shown = match stripe.balance_transaction(id, self.deadline).await {
            Ok(Some(record)) => Ok(RecordRead::Record(Box::new(record))),
            Ok(None) => Ok(RecordRead::Gone),
            Err(StripeError::Malformed { .. }) => Ok(RecordRead::Undecoded),
            // The expanded objects may be what is unreadable. Without them the record still shows
            // its amounts.
            Err(StripeError::Forbidden { permission }) => {
                let call = stripe.last_failure();
                match stripe.bare_balance_transaction(id, self.deadline).await {
                    Ok(Some(record)) => {
                        Ok(RecordRead::Bare(Box::new(record), Incomplete::Denied(permission, call)))
                    }
                    _ => Ok(RecordRead::Forbidden(permission)),
                }
            }
            Err(error) if error.may_be_of_content() => {
                let call = stripe.last_failure();
                match stripe.bare_balance_transaction(id, self.deadline).await {
                    Ok(Some(record)) => {
                        Ok(RecordRead::Bare(Box::new(record), Incomplete::Fails(call)))
                    }
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        (shown, stripe.last_failure())
    }

    async fn answers(&self) -> bool {
        self.stripe.alone().balance_transaction(NOTHING, self.deadline).await.is_ok()
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }
}

/// Makes items due at once if a person asked for a retry.
pub(crate) async fn grant_wishes(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let (mut records, mut wished) = (Vec::new(), Vec::new());
    for problem in crate::engine::stages::problems::known(ctx)
        .await?
        .values()
        .filter(|problem| problem.retry_requested.is_some())
    {
        wished.extend(problem.suspect.clone());
        if problem.kind == SubjectKind::Record {
            records.push(problem.subject.clone());
        }
    }
    for subject in records {
        ctx.suspects.make_due(CallKind::RecordRead, &subject).await?;
    }
    for (kind, subject) in wished.iter().filter_map(|name| parse_name(name)) {
        ctx.suspects.make_due(kind, subject).await?;
    }
    Ok(())
}

/// The balance transactions with set-aside items that may be retried.
pub(crate) async fn due_records(ctx: &mut Context<'_>) -> Result<BTreeSet<String>, Stop> {
    let suspects = std::sync::Arc::clone(&ctx.suspects);
    let is_due = |name: &str| {
        parse_name(name)
            .is_none_or(|(kind, subject)| suspects.standing(kind, subject) != SuspectStatus::Held)
    };
    let known = crate::engine::stages::problems::known(ctx)
        .await?
        .values()
        .filter(|problem| problem.kind == SubjectKind::Record && !problem.subject.contains(':'));
    let due = known.filter(|problem| problem.suspect.as_deref().is_some_and(is_due));
    Ok(due.map(|problem| problem.subject.clone()).collect())
}

/// Clears the retry marks of items that are not balance transactions and were tried.
pub(crate) async fn unmark_others(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let is_other = |problem: &KnownProblem| {
        problem.subject.contains(':')
            || (problem.kind == SubjectKind::Object && problem.suspect.is_some())
    };
    let marked = crate::engine::stages::problems::known(ctx)
        .await?
        .iter()
        .filter(|(_, problem)| is_other(problem));
    let marked: Vec<(String, Millis)> =
        marked.filter_map(|(id, problem)| Some((id.clone(), problem.retry_requested?))).collect();
    for (id, mark) in marked {
        ctx.services
            .store
            .problems()
            .unmark(&ctx.fence.install, ctx.fence.connection, &id, mark)
            .await?;
        if let Some(problem) = crate::engine::stages::problems::known(ctx).await?.get_mut(&id) {
            problem.retry_requested = None;
        }
    }
    Ok(())
}
