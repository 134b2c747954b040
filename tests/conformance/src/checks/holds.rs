//! Amounts that are held before they are applied.

use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Answer, Target, ensure};

pub(super) const CHECKS: &[Line] =
    &[(58, "a hold is committed in parts, and the rest is released", |t| Box::pin(parts(t)))];

async fn finish(t: &Target, id: &str, what: Value) -> Result<Answer, String> {
    let mut body = what;
    body["skip_queue"] = true.into();
    t.put(&format!("/transactions/inflight/{id}"), &body).await
}

/// The balance and the amount on hold.
async fn sums(t: &Target) -> Result<(i64, i64), String> {
    let balance = t.balance("held", "USD").await?.ok_or("no balance")?;
    let number = |field: &str| balance[field].as_i64().unwrap_or_default();
    Ok((number("balance"), number("inflight_balance")))
}

async fn parts(t: &Target) -> Outcome {
    let hold = t
        .transaction(&t.direct("58", &json!({"inflight": true, "destination": t.name("held")})))
        .await?;
    ensure(hold.status == 201 && hold.text("status") == "INFLIGHT", || hold.line())?;
    ensure(sums(t).await? == (0, 1050), || "the amount is not held".to_owned())?;
    let id = hold.text("transaction_id");
    let part = finish(t, id, json!({"status": "commit", "precise_amount": 400})).await?;
    let well = part.status == 200
        && part.text("status") == "APPLIED"
        && part.text("parent_transaction") == id;
    ensure(well && part.text("amount_string") == "4", || part.line())?;
    let more = finish(t, id, json!({"status": "commit", "precise_amount": 700})).await?;
    t.refused(
        &more,
        400,
        "TXN_COMMIT_AMOUNT_EXCEEDED",
        "cannot commit more than the remaining amount",
    )?;
    let seen = sums(t).await?;
    ensure(seen == (400, 650), || format!("after a part: {seen:?}"))?;
    let rest = finish(t, id, json!({"status": "void"})).await?;
    ensure(
        rest.status == 200 && rest.text("status") == "VOID" && rest.body["precise_amount"] == 650,
        || rest.line(),
    )?;
    for status in ["void", "commit"] {
        let again = finish(t, id, json!({"status": status})).await?;
        t.refused(&again, 409, "TXN_ALREADY_VOIDED", "already been voided")?;
    }
    let seen = sums(t).await?;
    ensure(seen == (400, 0), || format!("at the end: {seen:?}"))?;
    pass("400 of 1050 applied, 650 released; then 409")
}
