//! A leg in the form that the ledger's API accepts.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::ledger::classify::OffsetAccount;
use crate::model::ledger::customer::customer_of;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::legs::{Leg, LegKind, Mirrored};
use crate::model::ledger::owner::Owner;
use crate::model::ledger::privacy::Withheld;
use crate::model::ledger::reference::Reference;
use crate::model::ledger::time::rfc3339;
use crate::model::money::Currency;
use crate::model::settings::PersonalData;
use crate::model::stripe::types::Source;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::text::storable;

/// The metadata key that names the Stripe account on everything that this app creates.
pub(crate) const META_ACCOUNT: &str = "stripe_account_id";

/// Longer texts from Stripe are truncated in descriptions: they are for people, and a page of
/// entries is one request.
const DESCRIPTION_MAX_CHARS: usize = 160;

/// One item of a bulk post. Skipping the ledger's queue is set once for the whole request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Minor units, always positive; a bare JSON integer.
    pub precise_amount: u64,
    /// Minor units in one unit of the currency.
    pub precision: u64,
    /// ISO 4217 in upper case.
    pub currency: Currency,
    /// Unique in the ledger.
    pub reference: String,
    /// The debited account: an indicator or the id of a balance.
    pub source: String,
    /// The credited account.
    pub destination: String,
    /// For people; never empty.
    pub description: String,
    /// Stripe's posting time, RFC 3339 in UTC.
    pub effective_date: String,
    /// Always true. A mirror of a positive Stripe balance is negative, and by default the ledger
    /// allows named accounts no overdraft.
    pub allow_overdraft: bool,
    /// One level of strings: the ledger merges metadata by top-level keys and passes numbers
    /// through floats.
    pub meta_data: BTreeMap<String, String>,
}

/// The owner and the run that entries are posted for.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// The owner of the movements.
    pub owner: &'a Owner,
    /// The id of the run.
    pub run: &'a str,
    /// Which personal data of a payer may be stored.
    pub personal: PersonalData,
}

impl Posting<'_> {
    /// The entries of a record, one per leg. `balance_of` returns the ledger balance of a Stripe
    /// customer in the record's currency.
    ///
    /// # Errors
    /// [`LedgerError::UnresolvedCustomer`] when `balance_of` does not know a customer,
    /// [`LedgerError::InvalidTime`] when Stripe's time is invalid, [`LedgerError::InvalidId`] when
    /// the record's id is not valid in a reference.
    pub fn entries<'b>(
        &self,
        transaction: &BalanceTransaction,
        mirrored: &Mirrored,
        balance_of: impl Fn(&str) -> Option<&'b str>,
    ) -> Result<Vec<Entry>, LedgerError> {
        let effective_date = rfc3339(transaction.created)?;
        let shared = self.meta_data(transaction, mirrored, &effective_date);
        let withheld = Withheld::of(transaction, self.personal);
        let entry = |leg: &Leg| {
            let offset = match &leg.offset {
                OffsetAccount::Account(account) => account.clone(),
                OffsetAccount::Customer(customer) => match balance_of(customer) {
                    Some(balance) => balance.to_owned(),
                    None => return Err(LedgerError::UnresolvedCustomer(customer.clone())),
                },
            };
            let mirror = leg.mirror.clone();
            let (source, destination) =
                if leg.mirror_delta() > 0 { (mirror, offset) } else { (offset, mirror) };
            let mut meta_data = shared.clone();
            meta_data.insert("stripe_leg".to_owned(), leg.kind.as_str().to_owned());
            Ok(Entry {
                precise_amount: leg.signed.unsigned_abs(),
                precision: mirrored.currency.precision(),
                currency: mirrored.currency,
                reference: Reference::new(self.owner, &mirrored.transaction, leg.kind)?.to_string(),
                source,
                destination,
                description: describe(transaction, leg, &withheld),
                effective_date: effective_date.clone(),
                allow_overdraft: true,
                meta_data,
            })
        };
        mirrored.legs.iter().map(entry).collect()
    }

    fn meta_data(
        &self,
        transaction: &BalanceTransaction,
        mirrored: &Mirrored,
        created: &str,
    ) -> BTreeMap<String, String> {
        let source = transaction.source.as_ref();
        let object = source.and_then(Expandable::object);
        let charge = object.and_then(|object| object.charge.as_ref());
        let in_charge = charge.and_then(Expandable::object);
        let intent = object.and_then(|object| object.payment_intent.as_ref());
        let intent = intent.or(in_charge.and_then(|charge| charge.payment_intent.as_ref()));

        let pairs = [
            (META_ACCOUNT, Some(self.owner.account().to_owned())),
            ("stripe_mode", Some(self.owner.mode().to_string())),
            ("stripe_sync_run", Some(self.run.to_owned())),
            ("stripe_balance_transaction_id", Some(transaction.id.clone())),
            ("stripe_balance", Some(mirrored.kind.to_string())),
            ("stripe_type", Some(transaction.type_.clone())),
            ("stripe_reporting_category", Some(transaction.reporting_category.clone())),
            ("stripe_created", Some(created.to_owned())),
            ("stripe_available_on", rfc3339(transaction.available_on).ok()),
            ("stripe_source_id", source.map(|source| source.id().to_owned())),
            ("stripe_charge_id", charge.map(|charge| charge.id().to_owned())),
            ("stripe_payment_intent_id", intent.map(|IdOnly(id)| id.clone())),
            (
                "stripe_customer_id",
                customer_of(transaction).map(|customer| customer.id().to_owned()),
            ),
            ("stripe_exchange_rate", transaction.exchange_rate.clone()),
        ];
        let presentment =
            object.and_then(|object| presentment(object, mirrored.currency)).into_iter().flatten();
        let pairs =
            pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).chain(presentment);
        pairs
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// What the payer saw, if its currency differs from the settlement currency.
fn presentment(object: &Source, settlement: Currency) -> Option<[(&'static str, String); 2]> {
    let currency: Currency = object.currency.as_deref()?.parse().ok()?;
    let amount = object.amount?;
    (currency != settlement).then(|| {
        [
            ("stripe_presentment_amount", amount.to_string()),
            ("stripe_presentment_currency", currency.to_string()),
        ]
    })
}

/// `Stripe charge: Order 1001`, `Stripe fee on charge: Order 1001`. Ids are in the metadata.
fn describe(transaction: &BalanceTransaction, leg: &Leg, withheld: &Withheld) -> String {
    let kind = if transaction.reporting_category.is_empty() {
        &transaction.type_
    } else {
        &transaction.reporting_category
    };
    let part = match leg.kind {
        LegKind::Amount => "",
        LegKind::FeeStripe => "fee on ",
        LegKind::FeeApplication => "application fee on ",
        LegKind::FeePassthrough => "payment method fee on ",
        LegKind::FeeTax => "tax on fees of ",
        LegKind::FeeWithheld => "tax withheld from ",
        LegKind::FeeOther => "other fee on ",
        LegKind::FeeRest => "unexplained difference of ",
    };
    let mut text = format!("Stripe {part}{}", kind.replace('_', " "));
    let texts = transaction.description.iter().filter(|text| !withheld.is_in(text));
    let words: Vec<&str> = texts.flat_map(|text| text.split_whitespace()).collect();
    if !words.is_empty() {
        text.push_str(": ");
        text.push_str(&words.join(" "));
    }
    storable(&text).chars().take(DESCRIPTION_MAX_CHARS).collect()
}
