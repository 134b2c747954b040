//! What could not be posted, read or understood: kept as an item for a person, never skipped in silence.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::run::Sum;
use crate::clock::Millis;
use crate::error::Result;
use crate::install::InstallId;
use crate::ledger::{Finding, LedgerError, Mirrored, Word};
use crate::store::{Sk, Store, from_item, key, n, pk, s, to_attr, unavailable};
use crate::stripe::types::BalanceTransaction;

/// Problems that one page of the list holds at most.
pub const MAX_PROBLEMS_PAGE: i32 = 50;

/// Whether a person still has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemState {
    /// To be looked at.
    Open,
}

/// A problem, `PROBLEM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemItem {
    /// Names it within its connection: the Stripe id, and the leg or the finding.
    pub id: String,
    /// The Stripe record.
    pub stripe_id: String,
    /// A stable word for programs.
    pub code: String,
    /// The cause in plain words.
    pub cause: String,
    /// The amount concerned, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Open or not.
    pub state: ProblemState,
    /// How often it was met.
    pub attempts: u64,
    /// First met.
    pub first_seen: Millis,
    /// Last met.
    pub last_seen: Millis,
    /// The run that met it last.
    pub run: Ulid,
}

/// A problem as a run meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) id: String,
    pub(super) stripe_id: String,
    pub(super) code: &'static str,
    pub(super) cause: String,
    pub(super) amount: Option<i128>,
    pub(super) currency: Option<String>,
}

impl Met {
    /// A record that no entry can be made of.
    pub(super) fn unreadable(transaction: &BalanceTransaction, error: &LedgerError) -> Self {
        Self {
            id: format!("{}:record", transaction.id),
            stripe_id: transaction.id.clone(),
            code: "record_unreadable",
            cause: format!("Nothing of this record could be posted: {error}."),
            amount: Some(i128::from(transaction.net)),
            currency: Some(transaction.currency.to_uppercase()),
        }
    }

    /// A leg that the ledger refused.
    pub(super) fn refused(transaction: &str, word: Word, amount: i128, currency: &str, code: &'static str, message: &str) -> Self {
        Self {
            id: format!("{transaction}:{word}"),
            stripe_id: transaction.to_owned(),
            code,
            cause: message.to_owned(),
            amount: Some(amount),
            currency: Some(currency.to_owned()),
        }
    }

    /// What a person should know of a record that was mirrored all the same.
    pub(super) fn finding(mirrored: &Mirrored, gross: i64, finding: &Finding) -> Self {
        let currency = mirrored.currency.to_string();
        let (word, code, cause, amount) = match finding {
            Finding::Unclassified { reporting_category, type_, source } => (
                "unclassified",
                "unknown_type",
                format!("No rule knows this movement (category “{reporting_category}”, type “{type_}”, source “{source}”). It was posted to the suspense account."),
                i128::from(gross),
            ),
            Finding::DoesNotAddUp { rest } => (
                "rest",
                "does_not_add_up",
                "Amount, fees and net of this record do not add up at Stripe. The difference was posted to the fees account, so that the balance is right.".to_owned(),
                i128::from(*rest),
            ),
            Finding::ForeignFee { type_, currency, amount } => (
                "foreign_fee",
                "foreign_fee",
                format!("A fee of this record ({type_}) is in {currency}, another currency than the record."),
                i128::from(*amount),
            ),
            Finding::SourceNotExpanded => (
                "customer_unknown",
                "customer_unknown",
                "Stripe did not say who paid, although it was asked. The payment was posted to the guests' account.".to_owned(),
                i128::from(gross),
            ),
        };
        Self {
            id: format!("{}:{word}", mirrored.transaction),
            stripe_id: mirrored.transaction.clone(),
            code,
            cause,
            amount: Some(amount),
            currency: Some(currency),
        }
    }
}

/// A page of problems.
#[derive(Debug)]
pub struct ProblemPage {
    /// In the order of their ids.
    pub problems: Vec<ProblemItem>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Store {
    /// Records a problem; met again, it is counted, not doubled.
    pub(super) async fn record_problem(&self, install: &InstallId, connection: Ulid, run: Ulid, met: &Met, now: Millis) -> Result<()> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Problem(connection, &met.id))))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":id", s(&met.id))
            .expression_attribute_values(":stripe", s(&met.stripe_id))
            .expression_attribute_values(":code", s(met.code))
            .expression_attribute_values(":cause", s(&met.cause))
            .expression_attribute_values(":open", s("open"))
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":run", s(run.to_string()))
            .expression_attribute_values(":one", n(1));
        let mut set = "SET id = :id, stripe_id = :stripe, code = :code, cause = :cause, #state = :open, last_seen = :now, run = :run, \
                       first_seen = if_not_exists(first_seen, :now)"
            .to_owned();
        if let (Some(amount), Some(currency)) = (met.amount, &met.currency) {
            set.push_str(", amount = :amount, currency = :currency");
            update =
                update.expression_attribute_values(":amount", to_attr(&Sum(amount))?).expression_attribute_values(":currency", s(currency));
        }
        update
            .update_expression(format!("{set} ADD attempts :one"))
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        Ok(())
    }

    /// The problems of a connection, a page at a time.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn problems(&self, install: &InstallId, connection: Ulid, before: Option<&str>, limit: i32) -> Result<ProblemPage> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(format!("PROBLEM#{connection}#")))
            .limit(limit.clamp(1, MAX_PROBLEMS_PAGE));
        if let Some(before) = before {
            query = query.set_exclusive_start_key(Some(key(install, &Sk::Problem(connection, before))));
        }
        let answer = query.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        let problems: Vec<ProblemItem> = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_>>()?;
        let next = problems.last().map(|problem| problem.id.clone()).filter(|_| more);
        Ok(ProblemPage { problems, next })
    }

    /// How many problems of a connection are open.
    pub(super) async fn count_problems(&self, install: &InstallId, connection: Ulid) -> Result<u64> {
        let mut count = 0;
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", s(pk(install)))
                .expression_attribute_values(":prefix", s(format!("PROBLEM#{connection}#")))
                .select(aws_sdk_dynamodb::types::Select::Count)
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            count += u64::try_from(answer.count).unwrap_or_default();
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }
}
