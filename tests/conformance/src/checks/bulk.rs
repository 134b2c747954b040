//! Bulks: what is dropped, where they stop, and what an atomic one leaves behind.

use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Answer, Target, are, ensure, states, text};

pub(super) const CHECKS: &[Line] = &[
    (27, "a queued bulk drops duplicates in silence", |t| Box::pin(queued(t))),
    (28, "a direct bulk stops at a duplicate", |t| Box::pin(prefix(t))),
    (29, "an atomic one reverses what it did, later", |t| Box::pin(atomic(t))),
];

async fn post(t: &Target, items: Vec<Value>, skip_queue: bool, atomic: bool) -> Result<Answer, String> {
    t.post("/transactions/bulk", &json!({"transactions": items, "skip_queue": skip_queue, "atomic": atomic})).await
}

async fn queued(t: &Target) -> Outcome {
    let answer = post(t, vec![t.valid("1"), t.valid("5"), t.valid("5")], false, false).await?;
    let well = answer.status == 201 && answer.text("status") == "applied" && answer.body["transaction_count"] == 3;
    ensure(well, || answer.line())?;
    let references = [t.reference("5"), t.reference("5_q")];
    let rows = t.until(&references, |rows| are(rows, &["QUEUED", "APPLIED"])).await?;
    ensure(text(&rows[0], "parent_transaction") == answer.text("batch_id"), || rows[0].to_string())?;
    let before = t.rows(&[t.reference("1"), t.reference("1_q")]).await?;
    ensure(before.len() == 2, || states(&before))?;
    pass("201 \"applied\", 3 counted, 1 posted")
}

async fn prefix(t: &Target) -> Outcome {
    let answer = post(t, vec![t.valid("6"), t.valid("1"), t.valid("7")], true, false).await?;
    let seen = t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "has already been used")?;
    ensure(answer.text("batch_id").starts_with("bulk_"), || answer.line())?;
    let rows = t.rows(&[t.reference("6"), t.reference("7")]).await?;
    ensure(are(&rows, &["APPLIED"]) && text(&rows[0], "reference") == t.reference("6"), || states(&rows))?;
    pass(seen)
}

async fn atomic(t: &Target) -> Outcome {
    let mut first = t.valid("8");
    (first["source"], first["destination"]) = (t.name("e").into(), t.name("f").into());
    let answer = post(t, vec![first, t.valid("1")], true, true).await?;
    let seen = t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "has already been used")?;
    let at_once = t.sum("f").await?;
    let row = t.row("8").await?.ok_or("the first item left no row")?;
    ensure(text(&row, "status") == "APPLIED", || row.to_string())?;
    let refund = format!("{}_refund", text(&row, "transaction_id"));
    let references = [refund.clone(), format!("{refund}_q")];
    t.until(&references, |rows| are(rows, &["QUEUED", "APPLIED"])).await?;
    let (source, destination) = (t.sum("e").await?, t.sum("f").await?);
    ensure((source, destination) == (0, 0), || format!("balances {source} and {destination} after the reversal"))?;
    pass(format!("{seen}; balance {at_once} at the answer, 0 after the queue"))
}
