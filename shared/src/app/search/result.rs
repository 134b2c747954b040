//! The result of a search: each movement with its entries and problems.

use std::collections::{BTreeMap, HashMap};

use crate::app::search::payouts::PAYOUT_PREFIX;
use crate::app::search::steps::Gathered;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::ledger::{ChargeAccounts, Chart, Owner, Reference, customer_of, mirror};
use crate::model::money::Sum;
use crate::model::problem::item::ProblemItem;
use crate::model::search::{MirroredRange, MovementState, PayoutState, SearchOutcome};
use crate::model::session::Portal;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;
use crate::platform::blnk::{LedgerBalance, LedgerTransaction};
use crate::platform::clock;
use crate::platform::table::Store;

/// An account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    /// The id of its balance, or its name where an entry was never applied.
    pub id: String,
    /// Its name: `@…`.
    pub indicator: Option<String>,
    /// The Stripe customer whose balance it is.
    pub customer: Option<String>,
}

/// An entry of the ledger, or one that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its reference.
    pub reference: String,
    /// Its id; absent when it is not in the ledger.
    pub transaction_id: Option<String>,
    /// Minor units, always positive.
    pub amount: Sum,
    /// Its currency.
    pub currency: String,
    /// The ledger's status; absent when it is not in the ledger.
    pub status: Option<String>,
    /// The debited account.
    pub source: Option<FoundAccount>,
    /// The credited account.
    pub destination: Option<FoundAccount>,
}

/// The ledger's status of an entry that moved its balances.
const APPLIED: &str = "APPLIED";

impl FoundEntry {
    /// Whether it has moved its balances.
    #[must_use]
    pub fn is_posted(&self) -> bool {
        self.status.as_deref() == Some(APPLIED)
    }
}

/// A movement with what belongs to it.
#[derive(Debug)]
pub struct FoundMovement {
    /// Stripe's record.
    pub record: BalanceTransaction,
    /// The Stripe customer who paid.
    pub customer: Option<String>,
    /// The payout that it belongs to.
    pub payout: Option<String>,
    /// What is known about its payout.
    pub payout_state: PayoutState,
    /// Its state in the ledger.
    pub state: MovementState,
    /// Its entries, in the ledger or not.
    pub entries: Vec<FoundEntry>,
    /// Its problems that are not resolved.
    pub problems: Vec<ProblemItem>,
}

/// An object of Stripe that has moved no money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    /// Stripe's id.
    pub id: String,
    /// Stripe's type of object.
    pub kind: String,
    /// Stripe's status.
    pub status: Option<String>,
    /// Minor units of its own currency.
    pub amount: Option<Sum>,
    /// Its own currency, upper case.
    pub currency: Option<String>,
}

/// The outcome of a search.
#[derive(Debug)]
pub struct SearchResult {
    /// The outcome as a code.
    pub outcome: SearchOutcome,
    /// The permission that the Stripe key lacks.
    pub permission: Option<String>,
    /// The movements, in the order in which they were found.
    pub movements: Vec<FoundMovement>,
    /// Ledger entries that belong to none of the movements shown.
    pub entries: Vec<FoundEntry>,
    /// An object that has moved no money.
    pub object: Option<FoundObject>,
}

impl SearchResult {
    pub(super) const fn empty(outcome: SearchOutcome) -> Self {
        Self { outcome, permission: None, movements: Vec::new(), entries: Vec::new(), object: None }
    }
}

/// Builds the result from what was found.
pub(super) async fn assemble(
    store: &Store,
    portal: &Portal,
    connection: &Connection,
    owner: &Owner,
    gathered: Gathered,
) -> Result<SearchResult> {
    let reach = MirroredRange {
        from: connection.posted_from(),
        watermark: connection.watermark.map(Millis::seconds),
    };
    let names = Accounts::of(&gathered.balances);
    let mut rows: BTreeMap<String, LedgerTransaction> =
        gathered.entries.into_iter().map(|row| (row.reference.clone(), row)).collect();
    let chart = Chart::new(connection.mirror.as_str()).map_err(Error::internal)?;
    let ids: Vec<&str> = gathered.movements.iter().map(|record| record.id.as_str()).collect();
    let mut problems =
        store.problems().of_records(&portal.install, connection.connection, &ids).await?;
    let (mut movements, mut customers) = (Vec::new(), gathered.customers);
    let (mut payouts, now) = (gathered.payouts, clock::now().seconds());
    for record in gathered.movements {
        let entries = entries_of(&record, owner, &chart, &names, &mut rows);
        let posted = entries.iter().filter(|entry| entry.is_posted()).count();
        let state = MovementState::of(record.created, entries.len(), posted, reach);
        let problems = problems.remove(&record.id).unwrap_or_default();
        let named = customer_of(&record).map(|customer| customer.id().to_owned());
        let customer = named.or_else(|| customers.remove(&record.id));
        let (payout, payout_state) = payout_of(&record, payouts.remove(&record.id), now);
        movements.push(FoundMovement {
            record,
            customer,
            payout,
            payout_state,
            state,
            entries,
            problems,
        });
    }
    let states: Vec<MovementState> = movements.iter().map(|movement| movement.state).collect();
    let object = gathered.object.map(FoundObject::of);
    let entries: Vec<FoundEntry> = rows.into_values().map(|row| names.posted(row)).collect();
    let anything_else = object.is_some() || !entries.is_empty();
    let outcome = if gathered.denied.is_some() && movements.is_empty() {
        SearchOutcome::NotReadable
    } else {
        SearchOutcome::of(&states, anything_else, gathered.more)
    };
    Ok(SearchResult { outcome, permission: gathered.denied, movements, entries, object })
}

/// The payout of a movement, and its state. `settled_by` is what Stripe has confirmed.
fn payout_of(
    record: &BalanceTransaction,
    settled_by: Option<String>,
    now: i64,
) -> (Option<String>, PayoutState) {
    let source = record.source.as_ref().map(|source| source.id().to_owned());
    if let Some(own) = source.filter(|id| id.starts_with(PAYOUT_PREFIX)) {
        return (Some(own), PayoutState::Own);
    }
    let state = if settled_by.is_some() {
        PayoutState::Settled
    } else if record.available_on > now {
        PayoutState::NotAvailable
    } else {
        PayoutState::Unknown
    };
    (settled_by, state)
}

/// The entries of a movement: the expected ones, then others under its references.
fn entries_of(
    record: &BalanceTransaction,
    owner: &Owner,
    chart: &Chart,
    names: &Accounts<'_>,
    rows: &mut BTreeMap<String, LedgerTransaction>,
) -> Vec<FoundEntry> {
    // A record that cannot be split has no expected entries; those in the ledger are shown.
    let legs =
        mirror(record, chart, &ChargeAccounts::none()).map_or_else(|_| Vec::new(), |it| it.legs);
    let mut entries = Vec::new();
    for leg in legs {
        let Ok(reference) = Reference::new(owner, &record.id, leg.kind) else { continue };
        let reference = reference.to_string();
        entries.push(match rows.remove(&reference) {
            Some(row) => names.posted(row),
            None => FoundEntry {
                reference,
                transaction_id: None,
                amount: Sum(i128::from(leg.signed.unsigned_abs())),
                currency: record.currency.to_uppercase(),
                status: None,
                source: None,
                destination: None,
            },
        });
    }
    let own = |reference: &str| {
        let parsed = reference.parse::<Reference>();
        parsed.is_ok_and(|of| of.owner() == owner && of.transaction() == record.id)
    };
    let others: Vec<String> = rows.keys().filter(|reference| own(reference)).cloned().collect();
    entries.extend(others.iter().filter_map(|key| rows.remove(key)).map(|row| names.posted(row)));
    entries
}

/// The accounts that were read, by their ids.
struct Accounts<'b>(HashMap<&'b str, &'b LedgerBalance>);

impl<'b> Accounts<'b> {
    fn of(balances: &'b [LedgerBalance]) -> Self {
        Self(balances.iter().map(|balance| (balance.balance_id.as_str(), balance)).collect())
    }

    fn named(&self, id: String) -> Option<FoundAccount> {
        let balance = self.0.get(id.as_str());
        let indicator = balance.and_then(|balance| balance.indicator.clone());
        let customer = balance.and_then(|balance| balance.customer()).map(str::to_owned);
        (!id.is_empty()).then_some(FoundAccount { id, indicator, customer })
    }

    fn posted(&self, row: LedgerTransaction) -> FoundEntry {
        FoundEntry {
            reference: row.reference,
            transaction_id: Some(row.transaction_id),
            amount: Sum(row.precise_amount),
            currency: row.currency,
            status: Some(row.status),
            source: self.named(row.source),
            destination: self.named(row.destination),
        }
    }
}

impl FoundObject {
    fn of(source: Source) -> Self {
        Self {
            id: source.id,
            kind: source.object,
            status: source.status,
            amount: source.amount.map(|amount| Sum(i128::from(amount))),
            currency: source.currency.map(|currency| currency.to_uppercase()),
        }
    }
}
