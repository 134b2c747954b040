//! The search for a movement of money from either side.

use serde::{Deserialize, Serialize};
use stripe_sync::app::search::{
    FoundAccount, FoundEntry, FoundMovement, FoundObject, SearchResult,
};
use stripe_sync::model::error::Error;
use stripe_sync::model::ledger::Mode;
use stripe_sync::model::problem::item::{ProblemItem, ProblemState};
use stripe_sync::model::search::{MovementState, PayoutState, Query, QueryKind, SearchOutcome};
use stripe_sync::model::stripe::links::{encoded, object_url};
use stripe_sync::model::stripe::permissions::key_link;
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

use crate::dto::format::{exponent, minor};

/// What to search for: a text, or an amount.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SearchRequest {
    /// An id of Stripe, a reference or an id of a ledger entry, an e-mail address, or an amount
    /// with its currency (`12.05 USD`) and, if they follow, the first and the last day.
    query: Option<String>,
    amount: Option<SearchAmount>,
}

/// An amount that moved in a span of at most 92 days.
#[derive(Deserialize, ToSchema)]
struct SearchAmount {
    /// Minor units, in either direction.
    amount: String,
    currency: String,
    /// The first UTC day, `yyyy-mm-dd`.
    from: String,
    /// The last UTC day, `yyyy-mm-dd`.
    to: String,
}

/// The outcome of a search.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    outcome: SearchOutcome,
    /// How the text was interpreted.
    kind: QueryKind,
    /// The outcome, for people.
    text: String,
    /// The permission that the Stripe key lacks, as Stripe names it.
    #[schema(required)]
    permission: Option<String>,
    /// Stripe's page for creating a key with that permission.
    #[schema(required)]
    key_url: Option<String>,
    movements: Vec<SearchMovement>,
    /// Ledger entries that belong to none of the movements shown.
    entries: Vec<SearchEntry>,
    #[schema(required)]
    object: Option<SearchObject>,
}

/// A movement at Stripe, with what belongs to it.
#[derive(Serialize, ToSchema)]
struct SearchMovement {
    /// Stripe's id.
    id: String,
    #[serde(rename = "type")]
    type_: String,
    reporting_category: String,
    gross: String,
    fee: String,
    net: String,
    currency: String,
    exponent: u32,
    created_at: String,
    /// When the money becomes available.
    available_at: String,
    /// `pending` or `available`.
    status: String,
    /// The object that moved the money.
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    customer: Option<String>,
    /// The payout that it belongs to: it is the payout's own movement, or the payout settled it.
    #[schema(required)]
    payout: Option<String>,
    payout_state: PayoutState,
    /// Its state in the ledger.
    state: MovementState,
    entries: Vec<SearchEntry>,
    problems: Vec<SearchProblem>,
    /// In Stripe's dashboard.
    stripe_url: String,
    /// Its entries in Blnk's dashboard.
    #[schema(required)]
    ledger_url: Option<String>,
}

/// An entry of the ledger, or one that should be there.
#[derive(Serialize, ToSchema)]
struct SearchEntry {
    reference: String,
    /// Absent when it is not in the ledger.
    #[schema(required)]
    transaction_id: Option<String>,
    posted: bool,
    /// Minor units, always positive.
    amount: String,
    currency: String,
    exponent: u32,
    /// The debited account.
    #[schema(required)]
    source: Option<SearchAccount>,
    /// The credited account.
    #[schema(required)]
    destination: Option<SearchAccount>,
    /// In Blnk's dashboard.
    #[schema(required)]
    ledger_url: Option<String>,
}

/// An account of the ledger.
#[derive(Serialize, ToSchema)]
struct SearchAccount {
    id: String,
    /// Its name, `@…`.
    #[schema(required)]
    indicator: Option<String>,
    /// The Stripe customer whose balance it is.
    #[schema(required)]
    customer: Option<String>,
}

/// A problem of a movement.
#[derive(Serialize, ToSchema)]
struct SearchProblem {
    id: String,
    code: String,
    cause: String,
    state: ProblemState,
}

/// An object of Stripe that has moved no money.
#[derive(Serialize, ToSchema)]
struct SearchObject {
    id: String,
    kind: String,
    #[schema(required)]
    status: Option<String>,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    exponent: u32,
    stripe_url: String,
}

/// Where links lead.
pub(crate) struct Links<'a> {
    pub(crate) mode: Mode,
    pub(crate) dashboard_url: Option<&'a str>,
}

impl SearchRequest {
    pub(crate) fn query(&self, now: Millis) -> Result<Query, Error> {
        match (&self.query, &self.amount) {
            (Some(text), None) => Query::parse(text, now).ok_or_else(|| {
                Error::field(
                    "query",
                    "Search for an id, a reference, an e-mail address or an amount with its \
                     currency.",
                )
            }),
            (None, Some(of)) => Query::amount(&of.amount, &of.currency, &of.from, &of.to)
                .ok_or_else(|| {
                    Error::field(
                        "amount",
                        "An amount needs minor units, a currency and at most 92 days.",
                    )
                }),
            _ => Err(Error::field("query", "Give either a text or an amount.")),
        }
    }
}

impl SearchAnswer {
    pub(crate) fn of(query: &Query, result: SearchResult, links: &Links<'_>) -> Self {
        let text = text(query, &result);
        let permission = result.permission;
        Self {
            outcome: result.outcome,
            kind: query.kind(),
            text,
            key_url: permission.as_deref().map(|permission| key_link(links.mode, [permission])),
            permission,
            movements: result
                .movements
                .into_iter()
                .map(|movement| SearchMovement::of(movement, links))
                .collect(),
            entries: result
                .entries
                .into_iter()
                .map(|entry| SearchEntry::of(entry, links))
                .collect(),
            object: result.object.map(|object| SearchObject::of(object, links)),
        }
    }
}

fn is_complete(movement: &FoundMovement) -> bool {
    matches!(movement.state, MovementState::Posted | MovementState::NothingToPost)
}

/// The outcome, for people.
fn text(query: &Query, result: &SearchResult) -> String {
    let text = match result.outcome {
        SearchOutcome::Found if result.object.is_some() => {
            "Stripe knows it, and it has moved no money."
        }
        SearchOutcome::Found if result.movements.iter().all(is_complete) => {
            "Found, and everything of it is in the ledger."
        }
        SearchOutcome::Found => "Found, but not everything of it is in the ledger.",
        SearchOutcome::NotMirroredYet => {
            "Stripe has it, and no sync has read it yet. The next sync brings it to the ledger."
        }
        SearchOutcome::BeforeTheStart => {
            "It is older than the start date. It is part of an opening entry, not an entry of its \
                own."
        }
        SearchOutcome::NotReadable if matches!(query, Query::Invoice(_)) => {
            "The app does not read invoices. Search for the payment (pi_… or ch_…) instead."
        }
        SearchOutcome::NotReadable => {
            return format!(
                "The Stripe key may not read this. Give it the permission {}, or connect another \
                 key.",
                result.permission.as_deref().unwrap_or("that Stripe names")
            );
        }
        SearchOutcome::NotFound => "Neither Stripe nor the ledger knows it.",
        SearchOutcome::TooMany => "There is more than is shown. Search for something narrower.",
    };
    text.to_owned()
}

impl SearchMovement {
    fn of(found: FoundMovement, links: &Links<'_>) -> Self {
        let record = found.record;
        let at = |seconds: i64| Millis::from_seconds(seconds).rfc3339();
        let whole = |amount: i64| amount.to_string();
        let currency = record.currency.to_uppercase();
        let source = record.source.as_ref().map(|source| source.id().to_owned());
        let filter = format!("metadata.stripe_balance_transaction_id_eq={}", encoded(&record.id));
        Self {
            stripe_url: object_url(source.as_deref().unwrap_or(&record.id), links.mode),
            ledger_url: links.entries(&filter),
            payout: found.payout,
            payout_state: found.payout_state,
            gross: whole(record.amount),
            fee: whole(record.fee),
            net: whole(record.net),
            exponent: exponent(&currency),
            created_at: at(record.created),
            available_at: at(record.available_on),
            state: found.state,
            entries: found.entries.into_iter().map(|entry| SearchEntry::of(entry, links)).collect(),
            problems: found.problems.into_iter().map(SearchProblem::of).collect(),
            id: record.id,
            type_: record.type_,
            reporting_category: record.reporting_category,
            status: record.status,
            customer: found.customer,
            currency,
            source,
        }
    }
}

impl SearchEntry {
    fn of(entry: FoundEntry, links: &Links<'_>) -> Self {
        let filter = format!("reference_eq={}", encoded(&entry.reference));
        let is_there = entry.transaction_id.is_some();
        Self {
            ledger_url: links.entries(&filter).filter(|_| is_there),
            posted: entry.is_posted(),
            amount: minor(entry.amount),
            exponent: exponent(&entry.currency),
            reference: entry.reference,
            transaction_id: entry.transaction_id,
            currency: entry.currency,
            source: entry.source.map(SearchAccount::of),
            destination: entry.destination.map(SearchAccount::of),
        }
    }
}

impl SearchAccount {
    fn of(account: FoundAccount) -> Self {
        Self { id: account.id, indicator: account.indicator, customer: account.customer }
    }
}

impl SearchProblem {
    fn of(problem: ProblemItem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            id: problem.id,
            cause: problem.cause,
            state: problem.state,
        }
    }
}

impl SearchObject {
    fn of(object: FoundObject, links: &Links<'_>) -> Self {
        Self {
            stripe_url: object_url(&object.id, links.mode),
            id: object.id,
            kind: object.kind,
            status: object.status,
            amount: object.amount.map(minor),
            exponent: object.currency.as_deref().map_or(2, exponent),
            currency: object.currency,
        }
    }
}

impl Links<'_> {
    /// Entries in Blnk's dashboard, by a filter.
    fn entries(&self, filter: &str) -> Option<String> {
        let base = self.dashboard_url?;
        Some(format!("{base}/cloud/transactions?filters={}&page=1", encoded(filter)))
    }
}
