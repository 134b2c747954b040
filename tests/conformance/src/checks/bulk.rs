//! Bulk posts: what they drop, where they stop, and what an atomic one leaves behind.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Answer, Target, are, ensure, states, text};

/// Items of the bulk whose caller disconnects.
const ABANDONED: usize = 300;
/// When it disconnects: a ledger as slow as a real one is then in the middle of them.
const LEAVES_AFTER: Duration = Duration::from_millis(500);

pub(super) const CHECKS: &[Line] = &[
    (27, "a queued bulk drops duplicates silently", |t| Box::pin(queued(t))),
    (28, "a direct bulk stops at a duplicate", |t| Box::pin(prefix(t))),
    (62, "a direct bulk stops at its own repetition", |t| Box::pin(repeated(t))),
    (63, "a caller that disconnects leaves a prefix, and nothing follows", |t| {
        Box::pin(abandoned(t))
    }),
    (29, "an atomic one reverses what it did, later", |t| Box::pin(atomic(t))),
];

async fn post(
    t: &Target,
    items: Vec<Value>,
    skip_queue: bool,
    atomic: bool,
) -> Result<Answer, String> {
    t.post(
        "/transactions/bulk",
        &json!({"transactions": items, "skip_queue": skip_queue, "atomic": atomic}),
    )
    .await
}

async fn queued(t: &Target) -> Outcome {
    let answer = post(t, vec![t.valid("1"), t.valid("5"), t.valid("5")], false, false).await?;
    let well = answer.status == 201
        && answer.text("status") == "applied"
        && answer.body["transaction_count"] == 3;
    ensure(well, || answer.line())?;
    let references = [t.reference("5"), t.reference("5_q")];
    let rows = t.until(&references, |rows| are(rows, &["QUEUED", "APPLIED"])).await?;
    ensure(text(&rows[0], "parent_transaction") == answer.text("batch_id"), || {
        rows[0].to_string()
    })?;
    let before = t.rows(&[t.reference("1"), t.reference("1_q")]).await?;
    ensure(before.len() == 2, || states(&before))?;
    pass("201 \"applied\", 3 counted, 1 posted")
}

async fn prefix(t: &Target) -> Outcome {
    let answer = post(t, vec![t.valid("6"), t.valid("1"), t.valid("7")], true, false).await?;
    let seen = t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "has already been used")?;
    ensure(answer.text("batch_id").starts_with("bulk_"), || answer.line())?;
    let rows = t.rows(&[t.reference("6"), t.reference("7")]).await?;
    ensure(are(&rows, &["APPLIED"]) && text(&rows[0], "reference") == t.reference("6"), || {
        states(&rows)
    })?;
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
    ensure((source, destination) == (0, 0), || {
        format!("balances {source} and {destination} after the reversal")
    })?;
    pass(format!("{seen}; balance {at_once} at the answer, 0 after the queue"))
}

async fn repeated(t: &Target) -> Outcome {
    let answer =
        post(t, vec![t.valid("62"), t.valid("62"), t.valid("62-after")], true, false).await?;
    let seen = t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "transaction 2 (Reference:")?;
    let rows = t.rows(&[t.reference("62"), t.reference("62-after")]).await?;
    ensure(are(&rows, &["APPLIED"]) && text(&rows[0], "reference") == t.reference("62"), || {
        states(&rows)
    })?;
    pass(format!("{seen}; the first stays, the third is not tried"))
}

/// How many items of the abandoned bulk are applied; they must be its first ones.
async fn applied(t: &Target) -> Result<usize, String> {
    let balance = t.balance("left", "USD").await?;
    let sum = balance.map_or(0, |balance| balance["balance"].as_i64().unwrap_or_default());
    let count = usize::try_from(sum / 1050).map_err(|_| format!("balance {sum}"))?;
    let references: Vec<_> = (0..ABANDONED).map(|at| t.reference(&format!("63-{at}"))).collect();
    let mut rows = 0;
    for (at, part) in references.chunks(100).enumerate() {
        let found = t.rows(part).await?;
        let first = count.saturating_sub(at * 100).min(part.len());
        let in_order =
            found.iter().zip(part).all(|(row, reference)| row["reference"] == reference.as_str());
        ensure(found.len() == first && in_order, || {
            format!("balance {sum}, but {} rows of {at}00 to {at}99", found.len())
        })?;
        rows += found.len();
    }
    Ok(rows)
}

async fn abandoned(t: &Target) -> Outcome {
    let item = |at| {
        let mut item = t.valid(&format!("63-{at}"));
        item["destination"] = t.name("left").into();
        item
    };
    let items: Vec<_> = (0..ABANDONED).map(item).collect();
    t.post_and_leave(
        "/transactions/bulk",
        &json!({"transactions": items, "skip_queue": true}),
        LEAVES_AFTER,
    )
    .await;
    // The item in progress may still be written.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let soon = applied(t).await?;
    t.wait_for_nothing().await;
    let later = applied(t).await?;
    ensure(soon == later, || format!("{soon} items, later {later}"))?;
    pass(format!("the first {later} of {ABANDONED}"))
}
