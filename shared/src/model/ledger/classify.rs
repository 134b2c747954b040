//! Chooses the account that a movement is exchanged with.
//!
//! Stripe names a movement three times: by its accounting category, its type, and the object that
//! caused it. The first of the three that a rule knows decides. All three are open enumerations, so
//! there is always a fallback: the account that a person's rule gives, else the suspense account.

use std::collections::HashMap;

use crate::model::ledger::account::Account;
use crate::model::ledger::chart::Chart;
use crate::model::ledger::finding::Finding;
use crate::model::money::Currency;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::stripe::types::{Charge, Customer, Source};

/// The other side of a leg.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffsetAccount {
    /// The balance of a Stripe customer, in the currency of the record.
    Customer(String),
    /// A ledger account: an indicator (`@…`) or the id of a balance.
    Account(String),
}

/// The account that a charge's own entry was posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeAccount {
    /// An indicator (`@…`) or the id of a balance.
    pub account: String,
    /// The currency of that entry. A balance holds one currency, and the ledger would not notice
    /// another.
    pub currency: Currency,
}

/// What the ledger already records about the charges behind refunds and reversals, keyed by the
/// charge's own balance transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChargeAccounts(HashMap<String, ChargeAccount>);

impl ChargeAccounts {
    /// Nothing is known: every refund follows the customer of its charge.
    pub fn none() -> Self {
        Self::default()
    }

    /// Records the account on the entry of a charge's balance transaction.
    pub fn insert(&mut self, charge_transaction: impl Into<String>, account: ChargeAccount) {
        self.0.insert(charge_transaction.into(), account);
    }

    fn get(&self, charge_transaction: &str, currency: Currency) -> Option<&str> {
        let known = self.0.get(charge_transaction)?;
        (known.currency == currency).then_some(known.account.as_str())
    }
}

/// What a rule says about a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// A payment: the account of its customer.
    Charge,
    /// A movement that undoes a payment: the account of that payment.
    FollowsCharge,
    /// One account for all movements of this kind.
    Fixed(Account),
}

/// The balance transaction whose entry decides the account of this refund, failure or reversal:
/// that of the charge it undoes. `None` for every other movement, and when the charge was not
/// expanded. The caller looks these up, one call per page, to fill [`ChargeAccounts`].
pub fn charge_entry(transaction: &BalanceTransaction) -> Option<&str> {
    if rule(transaction) != Some(Rule::FollowsCharge) {
        return None;
    }
    let source = transaction.source.as_ref()?.object()?;
    let of_charge = match (&source.charge, is_charge(source)) {
        (Some(charge), _) => charge.object()?.balance_transaction.as_ref(),
        (None, true) => source.balance_transaction.as_ref(),
        (None, false) => None,
    };
    of_charge.map(|IdOnly(id)| id.as_str()).filter(|id| *id != transaction.id)
}

/// The offset account of a record's gross amount, and what a person should know about the choice.
pub(crate) fn offset_of(
    transaction: &BalanceTransaction,
    currency: Currency,
    chart: &Chart,
    charges: &ChargeAccounts,
) -> (OffsetAccount, Option<Finding>) {
    match rule(transaction) {
        Some(Rule::Fixed(account)) => (OffsetAccount::Account(chart.account(account)), None),
        Some(Rule::Charge) => of_payer(transaction, chart),
        Some(Rule::FollowsCharge) => {
            let posted = charge_entry(transaction).and_then(|id| charges.get(id, currency));
            // An entry between a mirror and itself would make the ledger refuse the whole page.
            match posted.filter(|account| !chart.is_mirror(account)) {
                Some(account) => (OffsetAccount::Account(account.to_owned()), None),
                None => of_payer(transaction, chart),
            }
        }
        None => match rule_account(transaction, chart) {
            Some(account) => (OffsetAccount::Account(account.to_owned()), None),
            None => {
                let account = chart.account(Account::Suspense);
                (OffsetAccount::Account(account), Some(unclassified(transaction)))
            }
        },
    }
}

/// The account that a person's rule gives to a record that no rule of the app knows.
pub(crate) fn rule_account<'c>(
    transaction: &BalanceTransaction,
    chart: &'c Chart,
) -> Option<&'c str> {
    if rule(transaction).is_some() {
        return None;
    }
    let (category, type_) = (&transaction.reporting_category, &transaction.type_);
    let account = chart.rules().account_of(category, type_, transaction.created);
    // An entry between a mirror and itself would make the ledger refuse the whole page.
    account.filter(|account| !chart.is_mirror(account))
}

/// What a person should know about a record on the suspense account.
pub(crate) fn unclassified(transaction: &BalanceTransaction) -> Finding {
    Finding::Unclassified {
        reporting_category: transaction.reporting_category.clone(),
        type_: transaction.type_.clone(),
        source: source_object(transaction).unwrap_or_default().to_owned(),
    }
}

fn of_payer(transaction: &BalanceTransaction, chart: &Chart) -> (OffsetAccount, Option<Finding>) {
    let shared = if chart.has_one_account() { Account::Customers } else { Account::Guests };
    let guests = || OffsetAccount::Account(chart.account(shared));
    match &transaction.source {
        None => (guests(), None),
        Some(Expandable::Id(_)) => (guests(), Some(Finding::SourceNotExpanded)),
        Some(Expandable::Object(source)) => {
            let charge = source.charge.as_ref().and_then(Expandable::object);
            let from_connect = source.source_transfer.is_some()
                || charge.is_some_and(|charge| charge.source_transfer.is_some());
            if from_connect {
                return (OffsetAccount::Account(chart.account(Account::Connect)), None);
            }
            match payer(source) {
                Some(customer) if !chart.has_one_account() => {
                    (OffsetAccount::Customer(customer.id().to_owned()), None)
                }
                Some(_) => (guests(), None),
                // Without the charge, a guest cannot be distinguished from a customer.
                None if source.charge.is_some() && charge.is_none() => {
                    (guests(), Some(Finding::SourceNotExpanded))
                }
                None => (guests(), None),
            }
        }
    }
}

/// The customer who paid: the charge's, else the one on the object itself. An application fee names
/// a charge of another account, whose customers are not ours.
pub(crate) fn payer(source: &Source) -> Option<&Expandable<Customer>> {
    if source.object == "application_fee" {
        return None;
    }
    let of_charge = source
        .charge
        .as_ref()
        .and_then(Expandable::object)
        .and_then(|charge: &Charge| charge.customer.as_ref());
    of_charge.or(source.customer.as_ref()).filter(|customer| !customer.id().is_empty())
}

fn is_charge(source: &Source) -> bool {
    source.object == "charge"
}

/// The kind of the object behind a record, when it was expanded.
pub(crate) fn source_object(transaction: &BalanceTransaction) -> Option<&str> {
    transaction.source.as_ref()?.object().map(|source| source.object.as_str())
}

fn rule(transaction: &BalanceTransaction) -> Option<Rule> {
    by_category(&transaction.reporting_category)
        .or_else(|| by_type(&transaction.type_))
        .or_else(|| source_object(transaction).and_then(by_source))
}

/// Whether a rule of the app knows one of these names, so that no person's rule can apply.
#[must_use]
pub fn knows_name(reporting_category: Option<&str>, type_: Option<&str>) -> bool {
    reporting_category.and_then(by_category).or_else(|| type_.and_then(by_type)).is_some()
}

/// Names shared by categories and types.
fn by_category(name: &str) -> Option<Rule> {
    // `family` is the name itself or the name with a suffix: `transfer`, `transfer_refund`, but not
    // `transferred_…`.
    let family = |stem: &str| {
        name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let account = match name {
        "charge" | "payment" => return Some(Rule::Charge),
        "refund"
        | "refund_failure"
        | "charge_failure"
        | "partial_capture_reversal"
        | "payment_reversal" => {
            return Some(Rule::FollowsCharge);
        }
        "dispute" | "dispute_reversal" => Account::Disputes,
        "fee" | "network_cost" | "fee_credit_funding" => Account::Fees,
        "tax" | "tax_fund" => Account::Tax,
        "connect_collection_transfer" => Account::Connect,
        "connect_reserved_funds" => Account::ConnectReserved,
        "risk_reserved_funds" => Account::Reserves,
        "anticipation_repayment" => Account::Advances,
        "contribution" => Account::Climate,
        "unreconciled_customer_funds" => Account::Unclaimed,
        _ if family("payout_minimum_balance") => Account::PayoutMinimum,
        _ if family("payout") || family("topup") || family("inbound_transfer") => Account::Payouts,
        _ if family("transfer") || family("stripe_balance_payment_debit") => Account::Connect,
        _ if family("platform_earning") => Account::Platform,
        _ if family("payment_network_reserve") => Account::Reserves,
        _ if family("advance") || family("obligation") || family("financing") => Account::Advances,
        _ if family("issuing") => Account::IssuingSpend,
        _ if family("climate") => Account::Climate,
        _ => return None,
    };
    Some(Rule::Fixed(account))
}

/// Types that are named differently from their category.
fn by_type(name: &str) -> Option<Rule> {
    let account = match name {
        "payment_refund" | "payment_failure_refund" => return Some(Rule::FollowsCharge),
        "stripe_fee" | "stripe_fx_fee" => Account::Fees,
        "tax_fee" => Account::Tax,
        "application_fee" | "application_fee_refund" => Account::Platform,
        "reserve_transaction" => Account::ConnectReserved,
        "reserved_funds" | "reserve_hold" | "reserve_release" => Account::Reserves,
        "payment_unreconciled" | "transferred_to_balance_transaction" => Account::Unclaimed,
        same => return by_category(same),
    };
    Some(Rule::Fixed(account))
}

/// The last resort, for adjustments whose category says nothing: the kind of the object behind
/// them.
fn by_source(object: &str) -> Option<Rule> {
    let account = match object {
        "charge" | "refund" => return Some(Rule::FollowsCharge),
        "dispute" => Account::Disputes,
        "payout" | "topup" => Account::Payouts,
        "transfer" | "transfer_reversal" | "connect_collection_transfer" => Account::Connect,
        "application_fee" | "fee_refund" => Account::Platform,
        "reserve_transaction" => Account::ConnectReserved,
        "tax_deducted_at_source" => Account::Tax,
        issuing if issuing.starts_with("issuing.") => Account::IssuingSpend,
        _ => return None,
    };
    Some(Rule::Fixed(account))
}
