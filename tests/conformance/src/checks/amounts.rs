//! Amounts, currencies, dates, and reversals of what was posted.

use serde_json::json;

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Target, ensure, text};

/// An id that no balance has.
pub(super) const UNKNOWN_BALANCE: &str = "bln_00000000-0000-0000-0000-000000000000";
/// The ISO code for tests.
const TEST_CURRENCY: &str = "XTS";
/// More than a 64-bit float can hold exactly.
const BIG: i64 = 9_007_199_254_740_993;

pub(super) const CHECKS: &[Line] = &[
    (19, "a backdated post counts from its effective date on", |t| Box::pin(backdated(t))),
    (21, "a direct post to an unknown balance is not found", |t| Box::pin(unknown(t))),
    (23, "an amount of zero is refused", |t| Box::pin(zero(t))),
    (30, "the case of a currency matters", |t| Box::pin(currencies(t))),
    (31, "amounts of different precision are added as they are", |t| Box::pin(precisions(t))),
    (32, "an amount beyond 2^53 is returned exactly", |t| Box::pin(big(t))),
    (46, "a refund works once; the second call is refused", |t| Box::pin(refund(t))),
];

async fn backdated(t: &Target) -> Outcome {
    let with = json!({"effective_date": "2024-02-15T10:30:00Z", "destination": t.name("d")});
    let answer = t.transaction(&t.direct("19", &with)).await?;
    ensure(answer.status == 201, || answer.line())?;
    let row = t.row("19").await?.ok_or("no row")?;
    ensure(text(&row, "effective_date") == "2024-02-15T10:30:00Z", || row.to_string())?;
    let id = answer.text("destination");
    for (day, wanted) in [("2024-03-01", 1050), ("2024-02-01", 0)] {
        let at =
            t.get(&format!("/balances/{id}/at?timestamp={day}T00:00:00Z&from_source=true")).await?;
        ensure(at.status == 200 && at.body["balance"]["balance"] == wanted, || {
            format!("{day}: {}", at.line())
        })?;
    }
    pass("1050 after, 0 before")
}

async fn unknown(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("21", &json!({"source": UNKNOWN_BALANCE}))).await?;
    pass(t.refused(&answer, 404, "TXN_NOT_FOUND", "not found")?)
}

async fn zero(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("23", &json!({"precise_amount": 0}))).await?;
    pass(t.refused(&answer, 400, "TXN_VALIDATION_ERROR", "must be positive")?)
}

async fn currencies(t: &Target) -> Outcome {
    for currency in ["usd", "USD"] {
        let with = json!({"currency": currency, "destination": t.name("c")});
        let answer = t.transaction(&t.direct(&format!("30-{currency}"), &with)).await?;
        ensure(answer.status == 201, || answer.line())?;
    }
    let (lower, upper) = (t.balance("c", "usd").await?, t.balance("c", "USD").await?);
    let id = |balance: &Option<serde_json::Value>| {
        balance.as_ref().map(|balance| balance["balance_id"].clone())
    };
    ensure(lower.is_some() && upper.is_some() && id(&lower) != id(&upper), || {
        format!("{lower:?} / {upper:?}")
    })?;
    pass("two balances")
}

/// In a currency for tests: entries of another precision would keep a real one from being synced
/// into this ledger.
async fn precisions(t: &Target) -> Outcome {
    for (precision, amount) in [(1, 7), (100, 1050)] {
        let with = json!({"precision": precision, "precise_amount": amount,
            "currency": TEST_CURRENCY, "destination": t.name("g")});
        let answer = t.transaction(&t.direct(&format!("31-{precision}"), &with)).await?;
        ensure(answer.status == 201, || answer.line())?;
    }
    let balance = t.balance("g", TEST_CURRENCY).await?.ok_or("no balance")?;
    let sum = balance["balance"].as_i64().unwrap_or_default();
    ensure(sum == 1057, || format!("balance {sum}"))?;
    pass("1057")
}

async fn big(t: &Target) -> Outcome {
    let answer = t
        .transaction(&t.direct("32", &json!({"precise_amount": BIG, "destination": t.name("h")})))
        .await?;
    ensure(answer.status == 201 && answer.body["precise_amount"] == BIG, || answer.line())?;
    let row = t.row("32").await?.ok_or("no row")?;
    ensure(row["precise_amount"] == BIG && t.sum("h").await? == BIG, || row.to_string())?;
    pass(BIG.to_string())
}

async fn refund(t: &Target) -> Outcome {
    let row = t.row("2").await?.ok_or("no row")?;
    let id = text(&row, "transaction_id");
    let path = format!("/refund-transaction/{id}");
    let before = t.sum("b").await?;
    let first = t.post(&path, &json!({"skip_queue": true})).await?;
    ensure(first.status == 201 && first.text("reference") == format!("{id}_refund"), || {
        first.line()
    })?;
    let after = t.sum("b").await?;
    ensure(after == before - 1050, || format!("balance {before}, then {after}"))?;
    let second = t.post(&path, &json!({"skip_queue": true})).await?;
    let seen = t.refused(&second, 409, "GEN_CONFLICT", "already been refunded")?;
    // A defect of Core: the second call also finds the reversal of the first, and reverses it.
    let last = t.sum("b").await?;
    let moved = if last == after { "nothing moved" } else { "and yet the money moved back" };
    ensure(last == after || last == before, || format!("balance {before}, {after}, {last}"))?;
    pass(format!("{seen}, {moved}"))
}
