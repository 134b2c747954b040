//! Random records: every type, every balance, and every odd shape that Stripe's API allows.

use rand::{Rng, RngExt as _, seq::IndexedRandom as _};
use serde_json::{Value, json};

/// Every type of Stripe's API at the version that the app uses, and one that Stripe does not
/// document.
pub const TYPES: [&str; 53] = [
    "adjustment",
    "advance",
    "advance_funding",
    "anticipation_repayment",
    "application_fee",
    "application_fee_refund",
    "charge",
    "climate_order_purchase",
    "climate_order_refund",
    "connect_collection_transfer",
    "contribution",
    "fee_credit_funding",
    "inbound_transfer",
    "inbound_transfer_reversal",
    "issuing_authorization_hold",
    "issuing_authorization_release",
    "issuing_dispute",
    "issuing_dispute_provisional_credit",
    "issuing_dispute_provisional_credit_reversal",
    "issuing_transaction",
    "obligation_outbound",
    "obligation_reversal_inbound",
    "payment",
    "payment_failure_refund",
    "payment_network_reserve_hold",
    "payment_network_reserve_release",
    "payment_refund",
    "payment_reversal",
    "payment_unreconciled",
    "payout",
    "payout_cancel",
    "payout_failure",
    "payout_minimum_balance_hold",
    "payout_minimum_balance_release",
    "refund",
    "refund_failure",
    "reserve_hold",
    "reserve_release",
    "reserve_transaction",
    "reserved_funds",
    "stripe_balance_payment_debit",
    "stripe_balance_payment_debit_reversal",
    "stripe_fee",
    "stripe_fx_fee",
    "tax_fee",
    "tax_fund",
    "topup",
    "topup_reversal",
    "transfer",
    "transfer_cancel",
    "transfer_failure",
    "transfer_refund",
    "network_settlement_correction",
];
/// Balances; Stripe does not document the last one.
const BALANCES: [&str; 4] =
    ["issuing", "refund_and_dispute_prefunding", "risk_reserved", "settlement_reserved"];
const CURRENCIES: [&str; 9] = ["usd", "usd", "usd", "eur", "eur", "jpy", "kwd", "isk", "ugx"];
const FEES: [&str; 7] = [
    "stripe_fee",
    "application_fee",
    "payment_method_passthrough_fee",
    "tax",
    "withheld_tax",
    "network_fee",
    "interchange_plus",
];
const CATEGORIES: [&str; 6] = [
    "dispute",
    "dispute_reversal",
    "partial_capture_reversal",
    "network_cost",
    "refund_failure",
    "something_new",
];
/// Customers of an account, the last two of them deleted.
const CUSTOMERS: u32 = 6;
/// How old a new record may be, in seconds: incremental runs read this far back.
const LATEST_BY: i64 = 30 * 60;
const DAY: i64 = 86_400;
/// How far a test clock dates records into the future.
const FUTURE: i64 = 3 * DAY;
const PAST: i64 = 40 * DAY;

/// How a record's time relates to when it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// At any time in the last weeks: only before the first run reads.
    History,
    /// At most half an hour ago, now, or in the future: incremental runs must find it.
    Recent,
}

/// A specification for the sandbox: a few equal records, or one.
pub fn record(rng: &mut impl Rng, now: i64, dated: Dated) -> Value {
    if rng.random_ratio(1, 6) {
        // What the sandbox makes by itself, with all related objects.
        return json!({"count": rng.random_range(1..6)});
    }
    let kind = if rng.random_ratio(2, 5) { "charge" } else { pick(rng, &TYPES) };
    let amount = amount(rng, kind);
    let currency = pick(rng, &CURRENCIES);
    let created = created(rng, now, dated);
    let matures = rng.random_ratio(1, 3);
    let available_on = if matures { (created + 2 * DAY).div_euclid(DAY) * DAY } else { created };
    let mut spec = json!({
        "type": kind,
        "amount": amount,
        "currency": currency,
        "created": created,
        "available_on": available_on,
        // Several in one second.
        "count": if rng.random_ratio(1, 8) { rng.random_range(2..5) } else { 1 },
    });
    if kind.starts_with("issuing_") && rng.random_ratio(4, 5) {
        spec["balance_type"] = "issuing".into();
    } else if rng.random_ratio(1, 8) {
        spec["balance_type"] = pick(rng, &BALANCES).into();
    }
    if rng.random_ratio(1, 10) {
        spec["reporting_category"] = pick(rng, &CATEGORIES).into();
    }
    fees(rng, &mut spec, amount, currency);
    if matches!(kind, "charge" | "payment") && rng.random_ratio(2, 3) {
        customer(rng, &mut spec);
    }
    spec
}

/// Makes it a charge of the same amount and time: a refund, for example, cannot exist without a
/// charge.
pub fn into_charge(spec: &mut Value) {
    spec["type"] = "charge".into();
    spec["amount"] = spec["amount"].as_i64().unwrap_or(1).abs().into();
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("reporting_category");
        fields.remove("source");
    }
}

fn pick<'a>(rng: &mut impl Rng, from: &[&'a str]) -> &'a str {
    from.choose(rng).copied().unwrap_or_default()
}

fn amount(rng: &mut impl Rng, kind: &str) -> i64 {
    let size = match rng.random_range(0..20) {
        0 => 0,
        1 => rng.random_range(1..10),
        2 => rng.random_range(1..9_000_000_000_000),
        _ => rng.random_range(100..200_000),
    };
    if matches!(kind, "charge" | "payment" | "topup") || rng.random_ratio(1, 2) {
        size
    } else {
        -size
    }
}

fn created(rng: &mut impl Rng, now: i64, dated: Dated) -> i64 {
    match (dated, rng.random_range(0..10)) {
        (_, 0) => now + rng.random_range(1..FUTURE),
        // Exactly at the start of an hour or a day.
        (Dated::History, 1) => (now - rng.random_range(0..PAST)).div_euclid(3600) * 3600,
        (Dated::History, _) => now - rng.random_range(0..PAST),
        (Dated::Recent, 1..4) => now - rng.random_range(0..LATEST_BY),
        (Dated::Recent, _) => now,
    }
}

fn fees(rng: &mut impl Rng, spec: &mut Value, amount: i64, currency: &str) {
    let mut details = Vec::new();
    for _ in 0..[0, 0, 1, 1, 1, 2, 3, 5][rng.random_range(0..8)] {
        let size = rng.random_range(1..2_000);
        let mut detail = json!({"type": pick(rng, &FEES),
            "amount": if rng.random_ratio(1, 6) { -size } else { size }});
        if rng.random_ratio(1, 15) {
            detail["currency"] = (if currency == "gbp" { "usd" } else { "gbp" }).into();
        }
        details.push(detail);
    }
    if details.is_empty() {
        return;
    }
    let sum: i64 = details.iter().filter_map(|detail| detail["amount"].as_i64()).sum();
    // Sometimes the fee is not the sum of its details, and sometimes the net does not add up.
    let fee = if rng.random_ratio(1, 10) { sum + rng.random_range(-50..50) } else { sum };
    spec["fee"] = fee.into();
    spec["fee_details"] = details.into();
    if rng.random_ratio(1, 15) {
        spec["net"] = (amount - fee + rng.random_range(-50..50)).into();
    }
}

fn customer(rng: &mut impl Rng, spec: &mut Value) {
    let n = rng.random_range(0..CUSTOMERS);
    spec["customer"] = format!("cus_History{n}").into();
    if n >= CUSTOMERS - 2 {
        spec["customer_deleted"] = true.into();
    } else if n > 0 {
        spec["customer_name"] = format!("Ada Number{n}").into();
        spec["customer_email"] = format!("ada{n}@example.com").into();
    }
}
