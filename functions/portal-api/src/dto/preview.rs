//! The preview of a sync.

use serde::Serialize;
use stripe_sync::app::settings::differences::day;
use stripe_sync::model::approval::Conflict;
use stripe_sync::model::distinct::Distinct;
use stripe_sync::model::money::{Currency, Sum};
use stripe_sync::model::preview::UnknownKind;
use stripe_sync::model::run::Run;
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

use crate::dto::format::minor;

/// What a sync of the whole history would create. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Entries that the movements produce.
    entries: u64,
    /// The part of these entries that is already in the ledger.
    entries_there: u64,
    /// The UTC date (`yyyy-mm-dd`) from which movements are posted. Absent for the whole history.
    #[schema(required)]
    start: Option<String>,
    /// Movements before the start. One opening entry for each balance and currency represents them.
    records_before: u64,
    accounts: Vec<PreviewAccount>,
    /// The number of entry sides on further accounts that are not listed.
    accounts_left_out: u64,
    /// Customers whose identities are to be created. Zero when all payments share one account.
    customers: Count,
    /// Customers whose identities are already in the ledger.
    customers_there: Count,
    /// Customers who are linked to an existing identity with their e-mail address.
    customers_matched: Count,
    /// Customers for whom only the sync can decide this: beyond the look-ups of a preview, or with
    /// the address of another new customer.
    customers_open: Count,
    /// Customer balances to create, one for each currency.
    customer_balances: Count,
    unknown: Vec<PreviewUnknown>,
    /// The number of unclassified movements of further kinds that are not listed.
    unknown_left_out: u64,
    /// Movements that cannot be mirrored.
    unreadable: u64,
    /// Other findings.
    findings: Vec<PreviewFinding>,
    /// The oldest movement.
    #[schema(required)]
    first: Option<String>,
    /// The newest movement.
    #[schema(required)]
    last: Option<String>,
    /// Conflicts that prevent a sync from writing.
    conflicts: Vec<PreviewConflict>,
    /// The estimated duration of the sync in seconds. Absent until the preview is complete.
    #[schema(required)]
    seconds: Option<u64>,
    /// The number of Stripe requests that the sync needs. Absent until the preview is complete.
    #[schema(required)]
    stripe_calls: Option<u64>,
}

/// The state of an account in one currency after the sync.
#[derive(Serialize, ToSchema)]
struct PreviewAccount {
    /// Its indicator in the ledger. `customers` means the balances of all customers.
    account: String,
    currency: String,
    exponent: u32,
    entries: u64,
    debits: String,
    credits: String,
    /// Credits less debits. For a mirror this is Stripe's balance with the opposite sign.
    balance: String,
}

/// A number of items.
#[derive(Serialize, ToSchema)]
struct Count {
    count: u64,
    /// Whether the number is exact. Otherwise it is a close estimate.
    exact: bool,
}

/// Movements of an unknown kind. They are posted to the suspense account.
#[derive(Serialize, ToSchema)]
struct PreviewUnknown {
    /// Stripe's name of the kind.
    kind: String,
    records: u64,
    amounts: Vec<PreviewAmount>,
}

/// An amount.
#[derive(Serialize, ToSchema)]
struct PreviewAmount {
    currency: String,
    exponent: u32,
    amount: String,
}

/// A finding about movements that are mirrored nevertheless.
#[derive(Serialize, ToSchema)]
struct PreviewFinding {
    /// The code of the problem that each movement will cause.
    code: String,
    records: u64,
}

/// A currency that the ledger keeps with another precision than Stripe.
#[derive(Serialize, ToSchema)]
struct PreviewConflict {
    currency: String,
    /// Minor units in one unit at Stripe.
    ours: u64,
    /// The conflicting precision in the ledger. Absent when the conflict is of another kind.
    #[schema(required)]
    theirs: Option<u64>,
    /// A conflicting entry.
    #[schema(required)]
    transaction_id: Option<String>,
    text: String,
}

fn named<T: Copy>(figures: (&String, &T)) -> Option<(String, Currency, T)> {
    let (account, code) = figures.0.rsplit_once('#')?;
    Some((account.to_owned(), code.parse().ok()?, *figures.1))
}

impl Preview {
    /// The preview of a run so far, if the run is one.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        let found = run.progress.preview.as_ref()?;
        let accounts =
            found.accounts.iter().filter_map(named).map(|(account, currency, figures)| {
                PreviewAccount {
                    account,
                    currency: currency.to_string(),
                    exponent: currency.exponent(),
                    entries: figures.entries,
                    debits: minor(figures.debits),
                    credits: minor(figures.credits),
                    balance: minor(Sum(figures.credits.0.saturating_sub(figures.debits.0))),
                }
            });
        let done = |figure: u64| Some(figure).filter(|figure| *figure > 0);
        Some(Self {
            entries: found.entries,
            entries_there: found.entries_there,
            start: day(found.start),
            records_before: found.records_before,
            accounts: accounts.collect(),
            accounts_left_out: found.accounts_left_out,
            customers: Count::of(&found.customers),
            customers_there: Count::of(&found.customers_there),
            customers_matched: Count::of(&found.customers_matched),
            customers_open: Count::of(&found.customers_open),
            customer_balances: Count::of(&found.customer_balances),
            unknown: found.unknown.iter().map(PreviewUnknown::of).collect(),
            unknown_left_out: found.unknown_left_out,
            unreadable: found.unreadable,
            findings: found
                .findings
                .iter()
                .map(|(code, records)| PreviewFinding { code: code.clone(), records: *records })
                .collect(),
            first: found.first.map(|at| Millis::from_seconds(at).rfc3339()),
            last: found.last.map(|at| Millis::from_seconds(at).rfc3339()),
            conflicts: found.conflicts.iter().map(PreviewConflict::of).collect(),
            seconds: done(found.seconds),
            stripe_calls: done(found.stripe_calls),
        })
    }
}

impl Count {
    fn of(names: &Distinct) -> Self {
        let (count, exact) = names.count();
        Self { count, exact }
    }
}

impl PreviewUnknown {
    fn of((kind, figures): (&String, &UnknownKind)) -> Self {
        let amounts = figures.amounts.iter().map(|(currency, amount)| PreviewAmount {
            currency: currency.to_string(),
            exponent: currency.exponent(),
            amount: minor(*amount),
        });
        Self { kind: kind.clone(), records: figures.records, amounts: amounts.collect() }
    }
}

impl PreviewConflict {
    fn of(conflict: &Conflict) -> Self {
        Self {
            currency: conflict.currency.to_string(),
            ours: conflict.ours,
            theirs: conflict.theirs,
            transaction_id: conflict.transaction.clone(),
            text: conflict.text.clone(),
        }
    }
}
