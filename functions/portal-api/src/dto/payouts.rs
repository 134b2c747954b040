//! Payouts as the portal shows them. Amounts are decimal strings of minor units.

use serde::{Deserialize, Serialize};
use stripe_sync::model::error::Error;
use stripe_sync::model::money::Currency;
use stripe_sync::model::payout::item::{PayoutItem, PayoutLine, Reconciliation};
use stripe_sync::model::payout::members::{CategoryTotals, PayoutMembers};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::store::payout_items::PayoutFilter;
use utoipa::{IntoParams, ToSchema};

use crate::dto::format::{exponent, minor};

/// The longest status that is accepted as one of Stripe's.
const MAX_STATUS: usize = 40;

/// Which payouts. They are listed newest first, by their creation.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PayoutsQuery {
    /// The UTC month in which they were created, `yyyy-mm`.
    month: Option<String>,
    /// Stripe's status: `pending`, `in_transit`, `paid`, `failed`, `canceled`.
    status: Option<String>,
    /// What is known about their members.
    reconciled: Option<Reconciliation>,
    /// Their own currency.
    currency: Option<String>,
    /// The `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of payouts, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PayoutList {
    pub(crate) payouts: Vec<PayoutSummary>,
    /// Asks for the next page, as `cursor`. With a filter a page may hold fewer payouts than fit,
    /// and even none: only an absent `next` is the end.
    #[schema(required)]
    pub(crate) next: Option<String>,
}

/// A payout in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PayoutSummary {
    /// Stripe's id.
    id: String,
    /// In the payout's own currency; negative for a reversal.
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    /// Stripe's status.
    status: String,
    created: String,
    /// When it should arrive.
    #[schema(required)]
    arrival: Option<String>,
    /// Stripe created it by its schedule.
    automatic: bool,
    /// `standard` or `instant`.
    #[schema(required)]
    method: Option<String>,
    /// The reference that the bank shows.
    #[schema(required)]
    trace_id: Option<String>,
    /// What the bank's statement shows.
    #[schema(required)]
    statement_descriptor: Option<String>,
    /// Stripe's code of the failure.
    #[schema(required)]
    failure_code: Option<String>,
    reconciliation: Reconciliation,
    /// When its members were first seen to add up to zero.
    #[schema(required)]
    reconciled_at: Option<String>,
    /// Members, its own record included, once they were added up.
    #[schema(required)]
    members: Option<u64>,
}

/// A payout.
#[derive(Serialize, ToSchema)]
pub(crate) struct PayoutDetail {
    #[serde(flatten)]
    summary: PayoutSummary,
    /// The statuses that it was seen in, oldest first. Stripe does not report when they changed.
    changes: Vec<PayoutStatusChange>,
    /// `bank_account` or `card`.
    #[serde(rename = "type")]
    #[schema(required)]
    type_: Option<String>,
    /// Whether the bank shows a reference: `pending`, `supported`, `unsupported`.
    #[schema(required)]
    trace_id_status: Option<String>,
    #[schema(required)]
    description: Option<String>,
    /// The bank account or card.
    #[schema(required)]
    destination: Option<PayoutDestination>,
    /// Stripe's record of the money that left the balance.
    #[schema(required)]
    balance_transaction: Option<String>,
    /// Stripe's record of the money that came back.
    #[schema(required)]
    failure_balance_transaction: Option<String>,
    /// Stripe's description of the failure.
    #[schema(required)]
    failure_message: Option<String>,
    /// The payout that reversed it.
    #[schema(required)]
    reversed_by: Option<String>,
    /// The payout that it reverses.
    #[schema(required)]
    original_payout: Option<String>,
    /// Its members by category, once they were added up.
    #[schema(required)]
    settled: Option<PayoutSettled>,
    /// What can and cannot be known about its members.
    members_note: &'static str,
    /// When it was last read at Stripe and had changed.
    read_at: String,
}

/// A status that a payout was seen in.
#[derive(Serialize, ToSchema)]
struct PayoutStatusChange {
    status: String,
    at: String,
}

/// Where a payout goes.
#[derive(Serialize, ToSchema)]
struct PayoutDestination {
    id: String,
    #[schema(required)]
    last4: Option<String>,
}

/// What a payout settled, added up.
#[derive(Serialize, ToSchema)]
struct PayoutSettled {
    /// When.
    at: String,
    currencies: Vec<PayoutCurrency>,
}

/// What a payout settled in the currency of the records, which may differ from the bank's.
#[derive(Serialize, ToSchema)]
struct PayoutCurrency {
    currency: String,
    exponent: u32,
    /// The sum of all nets, the payout's own record included: zero when they balance.
    remainder: String,
    categories: Vec<PayoutCategory>,
}

/// The members of one reporting category. The payout's own record is one of them.
#[derive(Serialize, ToSchema)]
struct PayoutCategory {
    category: String,
    count: u64,
    gross: String,
    fee: String,
    net: String,
}

impl PayoutsQuery {
    /// The filter, checked.
    pub(crate) fn filter(&self) -> Result<PayoutFilter, Error> {
        let month = self.month.as_deref().map(month).transpose()?;
        let status = self.status.as_deref().map(status).transpose()?;
        let currency = self.currency.as_deref().map(|code| {
            let parsed = code.parse::<Currency>();
            parsed.map_err(|_| Error::field("currency", "`currency` is not a currency."))
        });
        let currency = currency.transpose()?.map(|code| code.to_string());
        Ok(PayoutFilter { month, status, reconciliation: self.reconciled, currency })
    }
}

fn month(text: &str) -> Result<String, Error> {
    let is_month = matches!(text.as_bytes(), [y1, y2, y3, y4, b'-', m1 @ b'0'..=b'1', m2]
        if [y1, y2, y3, y4, m1, m2].iter().all(|byte| byte.is_ascii_digit()))
        && text
            .get(5..)
            .and_then(|month| month.parse().ok())
            .is_some_and(|n| (1..=12).contains(&n));
    if is_month {
        Ok(text.to_owned())
    } else {
        Err(Error::field("month", "`month` is not a month, `yyyy-mm`."))
    }
}

fn status(text: &str) -> Result<String, Error> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if (1..=MAX_STATUS).contains(&text.len()) && text.bytes().all(is_word) {
        Ok(text.to_owned())
    } else {
        Err(Error::field("status", "`status` is not a status of a payout."))
    }
}

/// Writes Unix seconds.
pub(crate) fn at(seconds: i64) -> String {
    Millis::from_seconds(seconds).rfc3339()
}

/// What can and cannot be known about the members of a payout.
pub(crate) const fn note(reconciliation: Reconciliation, complete: bool) -> &'static str {
    match reconciliation {
        Reconciliation::Reconciled => "The members and the payout's own record add up to zero.",
        Reconciliation::Remainder => {
            "The members and the payout's own record do not add up to zero. Stripe may list a \
             member late."
        }
        Reconciliation::Pending if complete => {
            "The members can be listed. They are added up by one of the next syncs."
        }
        Reconciliation::Pending => {
            "Stripe has not finished with this payout. Its members can be listed after that."
        }
        Reconciliation::NotListed => {
            "Stripe lists the members of automatic payouts only. Which movements a manual or \
                instant payout settled cannot be known; its amount is part of the proof of the \
                balance."
        }
        Reconciliation::Returned => {
            "This payout failed or was cancelled, and its money came back. What it was to settle \
             is part of a later payout."
        }
    }
}

impl PayoutSummary {
    pub(crate) fn of(line: &PayoutLine) -> Self {
        Self {
            id: line.id.clone(),
            amount: line.amount.map(minor),
            currency: line.currency.clone(),
            exponent: line.currency.as_deref().map_or(2, exponent),
            status: line.status.clone(),
            created: at(line.created),
            arrival: line.arrival.map(at),
            automatic: line.automatic,
            method: line.method.clone(),
            trace_id: line.trace_id.clone(),
            statement_descriptor: line.statement_descriptor.clone(),
            failure_code: line.failure_code.clone(),
            reconciliation: line.reconciliation,
            reconciled_at: line.reconciled_at.map(Millis::rfc3339),
            members: line.members,
        }
    }
}

impl PayoutDetail {
    pub(crate) fn of(item: &PayoutItem) -> Self {
        let changes = item.changes.iter().map(|change| PayoutStatusChange {
            status: change.status.clone(),
            at: change.at.rfc3339(),
        });
        let destination = item.destination.as_ref();
        Self {
            summary: PayoutSummary::of(&PayoutLine::of(item)),
            changes: changes.collect(),
            type_: item.type_.clone(),
            trace_id_status: item.trace_id.as_ref().map(|trace| trace.status.clone()),
            description: item.description.clone(),
            destination: destination.map(|destination| PayoutDestination {
                id: destination.id.clone(),
                last4: destination.last4.clone(),
            }),
            balance_transaction: item.transaction.clone(),
            failure_balance_transaction: item.failure_transaction.clone(),
            failure_message: item.failure_message.clone(),
            reversed_by: item.reversed_by.clone(),
            original_payout: item.original_payout.clone(),
            settled: item.members.as_ref().map(PayoutSettled::of),
            members_note: note(item.reconciliation(), item.complete),
            read_at: item.read_at.rfc3339(),
        }
    }
}

impl PayoutSettled {
    fn of(members: &PayoutMembers) -> Self {
        let category = |(category, totals): (&String, &CategoryTotals)| PayoutCategory {
            category: category.clone(),
            count: totals.count,
            gross: minor(totals.gross),
            fee: minor(totals.fee),
            net: minor(totals.net),
        };
        let currencies = members.totals.remainders().map(|(currency, remainder)| PayoutCurrency {
            currency: currency.to_owned(),
            exponent: exponent(currency),
            remainder: minor(remainder),
            categories: members
                .totals
                .0
                .get(currency)
                .map(|rows| rows.iter().map(category).collect())
                .unwrap_or_default(),
        });
        Self { at: members.at.rfc3339(), currencies: currencies.collect() }
    }
}
