//! Records added while the account is being watched: realistic ones, or exactly the one a test asks
//! for.

use rand::RngExt as _;
use serde::Deserialize;

use super::super::ids::Kind;
use super::super::model::{Customer, Fee, Given, Method, Source, Text};
use super::super::store::Store;
use super::{Draft, Writer};

/// Records of one call at most.
const MAX_COUNT: u32 = 100_000;
/// How far back a realistic refund looks for its charge.
const REFUNDABLE_DAYS: i64 = 90;

/// What to add. Without `type`, `count` movements of the usual mix happen now; with it, `count`
/// records exactly as given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in super::super) struct RecordSpec {
    pub(super) count: Option<u32>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) reporting_category: Option<String>,
    pub(super) amount: Option<i64>,
    pub(super) fee: Option<i64>,
    pub(super) net: Option<i64>,
    pub(super) fee_details: Option<Vec<FeeSpec>>,
    pub(super) currency: Option<String>,
    pub(super) created: Option<i64>,
    pub(super) available_on: Option<i64>,
    pub(super) balance_type: Option<String>,
    /// Id of an existing object, or any id.
    pub(super) source: Option<String>,
    /// Id of the charge that a refund or a dispute is about.
    pub(super) charge: Option<String>,
    /// Id of the customer, made if there is none.
    pub(super) customer: Option<String>,
    pub(super) customer_name: Option<String>,
    pub(super) customer_email: Option<String>,
    /// The customer is gone: only its id answers.
    pub(super) customer_deleted: bool,
    pub(super) description: Option<String>,
    /// Id of the automatic payout that settles it, whether that adds up or not.
    pub(super) payout: Option<String>,
    pub(super) visible_after_ms: i64,
    /// Millionths of a settlement unit for each presentment unit.
    pub(super) exchange_rate_micros: i64,
    pub(super) presentment_amount: Option<i64>,
    pub(super) presentment_currency: Option<String>,
}

/// One fee detail of a record that is given exactly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FeeSpec {
    amount: i64,
    #[serde(rename = "type")]
    kind: String,
    description: Option<String>,
    application: Option<String>,
    /// Another currency than the record's.
    currency: Option<String>,
}

/// Adds records and answers their ids.
///
/// # Errors
/// What is missing or refers to nothing.
pub(in super::super) fn add(
    store: &mut Store,
    spec: &RecordSpec,
    now_ms: i64,
) -> Result<Vec<String>, String> {
    let first = store.transactions.count();
    let mut writer = Writer { store, now: now_ms.div_euclid(1000), born_ms: Some(now_ms) };
    let count = spec.count.unwrap_or(1).min(MAX_COUNT);
    let added = (0..count).try_for_each(|_| match &spec.kind {
        Some(kind) => writer.exact(kind, spec),
        None => {
            writer.realistic();
            Ok(())
        }
    });
    for n in first..store.transactions.count() {
        store.transactions.get_mut(n).hidden_ms = spec.visible_after_ms.max(0);
    }
    store.place_all();
    added?;
    let ids = (first..store.transactions.count()).map(|n| store.id(Kind::Transaction, n));
    Ok(ids.collect())
}

impl Writer<'_> {
    /// One record of the usual mix: mostly payments, some refunds, some fees.
    fn realistic(&mut self) {
        let at = self.now;
        match self.store.rng.random_range(0..100_u32) {
            0..10 => self.refund_some(),
            10..14 => {
                let amount = -self.store.rng.random_range(20..4_000);
                let description = Text::Word(self.store.word("Billing - Usage Fee"));
                let draft = Draft::new(at, "stripe_fee", "fee", "usd", amount);
                self.record(Draft { description, ..draft });
            }
            14..24 => {
                let payment = self.delayed(at);
                self.pay(payment);
            }
            24..30 => {
                let mut payment = self.card(at);
                payment.customer = Some(self.new_customer(None, None));
                self.pay(payment);
            }
            _ => {
                let payment = self.card(at);
                self.pay(payment);
            }
        }
    }

    /// A full refund, now, of the newest card charge that has none; a payment if there is none.
    fn refund_some(&mut self) {
        let oldest = self.now - REFUNDABLE_DAYS * super::DAY;
        let open = self.store.charges.newest(|_, charge| {
            let card = charge.method == Method::Card && charge.transaction.is_some();
            card && charge.refunded == 0 && charge.dispute.is_none() && charge.created >= oldest
        });
        match open.and_then(|charge| self.paid(charge)) {
            Some(paid) => {
                self.refund_at(paid, paid.whole(), self.now);
            }
            None => {
                let payment = self.card(self.now);
                self.pay(payment);
            }
        }
    }

    fn new_customer(&mut self, name: Option<&String>, email: Option<&String>) -> u32 {
        let given = name.is_some() || email.is_some();
        self.store.customers.append(Customer {
            created: self.now,
            money: 0,
            business: false,
            deleted: false,
            given: given.then(|| {
                Box::new(Given { name: name.cloned(), email: email.cloned(), ..Given::default() })
            }),
        })
    }

    /// The record a test asked for, and the objects it refers to.
    fn exact(&mut self, kind: &str, spec: &RecordSpec) -> Result<(), String> {
        let amount = spec.amount.ok_or("amount is missing")?;
        let at = spec.created.unwrap_or(self.now);
        let usual = usual_category(kind);
        let category = spec.reporting_category.as_deref().unwrap_or(usual);
        let currency = spec.currency.as_deref().unwrap_or("usd");
        let next = self.store.transactions.count();
        let payout = match &spec.payout {
            Some(id) => match self.store.source(id) {
                Some(Source::Payout(payout)) => Some(payout),
                _ => return Err(format!("no such payout: {id}")),
            },
            None => None,
        };
        let source = self.exact_source(kind, category, spec, (at, amount, next))?;
        let description = match &spec.description {
            Some(text) => Text::Word(self.store.word(text)),
            None => Text::None,
        };
        let draft = Draft {
            available_on: spec.available_on.unwrap_or(at),
            balance: spec.balance_type.as_deref().unwrap_or("payments"),
            fees: self.exact_fees(spec),
            rate_micros: spec.exchange_rate_micros,
            source,
            description,
            ..Draft::new(at, kind, category, currency, amount)
        };
        let n = self.record(draft);
        let row = self.store.transactions.get_mut(n);
        row.payout = payout.or(row.payout);
        row.fee = spec.fee.unwrap_or(row.fee);
        row.net = spec.net.unwrap_or(row.amount - row.fee);
        Ok(())
    }

    fn exact_fees(&mut self, spec: &RecordSpec) -> Box<[Fee]> {
        let usual = || {
            let amount = spec.fee.filter(|&fee| fee != 0)?;
            let description = Some("Stripe processing fees".to_owned());
            Some(FeeSpec {
                amount,
                kind: "stripe_fee".to_owned(),
                description,
                application: None,
                currency: None,
            })
        };
        let given = spec.fee_details.clone();
        let details = given.unwrap_or_else(|| usual().into_iter().collect());
        let fee = |detail: FeeSpec| Fee {
            amount: detail.amount,
            kind: self.store.word(&detail.kind),
            description: detail.description.map(|text| self.store.word(&text)),
            application: detail.application.map(|id| self.store.word(&id)),
            currency: detail.currency.map(|code| self.store.word(&code)),
        };
        details.into_iter().map(fee).collect()
    }

    /// The customer that a test named: an existing one, or a new one with that id.
    pub(super) fn exact_customer(&mut self, spec: &RecordSpec) -> Result<Option<u32>, String> {
        let Some(id) = &spec.customer else {
            return Ok(None);
        };
        match self.store.find(id) {
            Some((Kind::Customer, n)) => {
                self.store.customers.get_mut(n).deleted |= spec.customer_deleted;
                Ok(Some(n))
            }
            Some(_) => Err(format!("{id} is not a customer")),
            None => {
                let (name, email) = (spec.customer_name.as_ref(), spec.customer_email.as_ref());
                let n = self.new_customer(name, email);
                self.store.name_object(Kind::Customer, n, id);
                self.store.customers.get_mut(n).deleted = spec.customer_deleted;
                Ok(Some(n))
            }
        }
    }

    /// The charge a refund or a dispute is about: the one given, or the newest.
    pub(super) fn exact_charge(&self, spec: &RecordSpec) -> Result<u32, String> {
        if let Some(id) = &spec.charge {
            return match self.store.source(id) {
                Some(Source::Charge(n)) => Ok(n),
                _ => Err(format!("no such charge: {id}")),
            };
        }
        let newest = self.store.charges.newest(|_, c| c.transaction.is_some());
        // A charge that was added by the same call has no place yet.
        let last = self.store.charges.count().checked_sub(1);
        newest.or(last).ok_or_else(|| "there is no charge".to_owned())
    }
}

/// The reporting category that goes with a type, where there is one; otherwise the type's own name.
fn usual_category(kind: &str) -> &str {
    match kind {
        "charge" | "payment" => "charge",
        "refund" | "payment_refund" => "refund",
        "payment_failure_refund" | "payment_reversal" => "charge_failure",
        "payment_unreconciled" => "unreconciled_customer_funds",
        "adjustment" | "obligation_outbound" | "obligation_reversal_inbound" => "other_adjustment",
        "payout_failure" | "payout_cancel" => "payout_reversal",
        "stripe_fee" | "stripe_fx_fee" => "fee",
        "tax_fee" => "tax",
        "application_fee" => "platform_earning",
        "application_fee_refund" => "platform_earning_refund",
        "transfer_refund" | "transfer_cancel" | "transfer_failure" => "transfer_reversal",
        "reserve_transaction" => "connect_reserved_funds",
        "reserved_funds" | "reserve_hold" | "reserve_release" => "risk_reserved_funds",
        other => other,
    }
}
