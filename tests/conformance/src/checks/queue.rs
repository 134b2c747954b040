//! The queue: 201 before anything is written, two rows, silent drops, used-up references.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Line, pass};
use crate::target::{Target, are, change, ensure, states, text};
use crate::{Outcome, Verdict};

pub(super) const CHECKS: &[Line] = &[
    (1, "a queued post is accepted, with names as sent", |t| Box::pin(accepted(t))),
    (2, "it becomes two rows, the second a child of the first", |t| Box::pin(two_rows(t))),
    (3, "the named balances exist and moved", |t| Box::pin(balances(t))),
    (4, "a queued duplicate is accepted and vanishes", |t| Box::pin(duplicate(t))),
    (5, "a direct duplicate is refused", |t| Box::pin(direct_duplicate(t))),
    (6, "so is the child's reference", |t| Box::pin(child_reference(t))),
    (7, "a direct post is one applied row", |t| Box::pin(direct(t))),
    (8, "a direct post without funds writes nothing", |t| Box::pin(no_funds(t))),
    (9, "its reference can be used again", |t| Box::pin(reused(t))),
    (10, "a queued post without funds is rejected, with the reason", |t| Box::pin(rejected(t))),
    (11, "its reference is used up", |t| Box::pin(used_up(t))),
    (20, "effective dates of concurrent queued posts", |t| Box::pin(concurrent(t))),
    (22, "a queued post to an unknown balance vanishes", |t| Box::pin(unknown_queued(t))),
];

fn pair(t: &Target, end: &str) -> [String; 2] {
    [t.reference(end), t.reference(&format!("{end}_q"))]
}

async fn accepted(t: &Target) -> Outcome {
    let answer = t.transaction(&t.valid("1")).await?;
    let well = answer.status == 201 && answer.text("status") == "QUEUED";
    ensure(
        well && answer.text("reference") == t.reference("1")
            && answer.text("source") == t.name("a"),
        || answer.line(),
    )?;
    pass("201 QUEUED")
}

async fn two_rows(t: &Target) -> Outcome {
    let rows = t.until(&pair(t, "1"), |rows| are(rows, &["QUEUED", "APPLIED"])).await?;
    ensure(rows[1]["parent_transaction"] == rows[0]["transaction_id"], || states(&rows))?;
    pass("QUEUED and APPLIED")
}

async fn balances(t: &Target) -> Outcome {
    for (end, balance, column) in [("a", -1050, "debit_balance"), ("b", 1050, "credit_balance")] {
        let row =
            t.balance(end, "USD").await?.ok_or_else(|| format!("no balance {}", t.name(end)))?;
        let well = row["balance"] == balance
            && row[column] == 1050
            && row["ledger_id"] == "general_ledger_id";
        ensure(well, || row.to_string())?;
    }
    pass("-1050 and 1050")
}

async fn duplicate(t: &Target) -> Outcome {
    let (first, second) =
        (t.transaction(&t.valid("1")).await?, t.transaction(&t.valid("1")).await?);
    let known = t.rows(&pair(t, "1")).await?;
    ensure(first.status == 201 && second.status == 201, || {
        format!("{} / {}", first.line(), second.line())
    })?;
    let ids = [
        first.text("transaction_id"),
        second.text("transaction_id"),
        text(&known[0], "transaction_id"),
    ];
    ensure(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2], || {
        format!("ids are not fresh: {ids:?}")
    })?;
    t.wait_for_nothing().await;
    let rows = t.rows(&pair(t, "1")).await?;
    ensure(are(&rows, &["QUEUED", "APPLIED"]) && t.sum("b").await? == 1050, || states(&rows))?;
    for id in &ids[..2] {
        let missing = t.get(&format!("/transactions/{id}")).await?;
        t.refused(&missing, 404, "TXN_NOT_FOUND", "not found")?;
    }
    pass("201 twice, ids that never exist, no balance changed")
}

async fn direct_duplicate(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("1", &json!({}))).await?;
    pass(t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "has already been used")?)
}

async fn child_reference(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("1_q", &json!({}))).await?;
    pass(t.refused(&answer, 409, "TXN_DUPLICATE_REFERENCE", "has already been used")?)
}

async fn direct(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("2", &json!({}))).await?;
    let resolved =
        ["source", "destination"].iter().all(|side| answer.text(side).starts_with("bln_"));
    ensure(answer.status == 201 && answer.text("status") == "APPLIED" && resolved, || {
        answer.line()
    })?;
    let rows = t.rows(&pair(t, "2")).await?;
    ensure(are(&rows, &["APPLIED"]), || states(&rows))?;
    pass("201 APPLIED")
}

async fn no_funds(t: &Target) -> Outcome {
    let poor = json!({"allow_overdraft": null, "source": t.name("empty")});
    let answer = t.transaction(&t.direct("3", &poor)).await?;
    let seen = t.refused(&answer, 400, "TXN_INSUFFICIENT_FUNDS", "insufficient funds")?;
    let row = t.row("3").await?;
    ensure(row.is_none(), || format!("a row was written: {row:?}"))?;
    pass(seen)
}

async fn reused(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("3", &json!({"source": t.name("empty")}))).await?;
    ensure(answer.status == 201 && answer.text("status") == "APPLIED", || answer.line())?;
    pass("201 APPLIED")
}

async fn rejected(t: &Target) -> Outcome {
    let mut body = t.valid("4");
    change(&mut body, &json!({"allow_overdraft": null, "source": t.name("empty2")}));
    let answer = t.transaction(&body).await?;
    ensure(answer.status == 201 && answer.text("status") == "QUEUED", || answer.line())?;
    let rows = t.until(&pair(t, "4"), |rows| are(rows, &["QUEUED", "REJECTED"])).await?;
    let reason = rows[1]["meta_data"]["blnk_rejection_reason"].as_str().unwrap_or_default();
    ensure(reason.contains("insufficient funds") && t.sum("empty2").await? == 0, || {
        rows[1].to_string()
    })?;
    pass(format!("REJECTED: {reason}"))
}

async fn used_up(t: &Target) -> Outcome {
    let mut body = t.valid("4");
    body["source"] = t.name("empty2").into();
    let answer = t.transaction(&body).await?;
    ensure(answer.status == 201, || answer.line())?;
    t.wait_for_nothing().await;
    let rows = t.rows(&pair(t, "4")).await?;
    ensure(are(&rows, &["QUEUED", "REJECTED"]) && t.sum("empty2").await? == 0, || states(&rows))?;
    pass("201, and still REJECTED")
}

async fn concurrent(t: &Target) -> Outcome {
    let ends: Vec<_> = (0..50).map(|at| format!("20-{at}")).collect();
    let posts = ends.iter().enumerate().map(|(at, end)| {
        let mut body = t.valid(end);
        body["effective_date"] = format!("2024-01-02T03:{:02}:{:02}Z", at / 60, at % 60).into();
        async move { t.transaction(&body).await }
    });
    for answer in join_all(posts).await {
        let answer = answer?;
        ensure(answer.status == 201, || answer.line())?;
    }
    let children: Vec<_> = ends.iter().map(|end| t.reference(&format!("{end}_q"))).collect();
    let rows = t
        .until(&children, |rows| {
            rows.len() == 50 && rows.iter().all(|row| text(row, "status") == "APPLIED")
        })
        .await?;
    let lost =
        rows.iter().filter(|row| row.get("effective_date").is_none_or(Value::is_null)).count();
    let parents: Vec<_> = ends.iter().map(|end| t.reference(end)).collect();
    let kept = t.rows(&parents).await?;
    ensure(
        kept.iter().all(|row| text(row, "effective_date").starts_with("2024-01-02T03:")),
        || "a QUEUED row lost its date".to_owned(),
    )?;
    Ok(Verdict::Record(format!("{lost} of 50 lost their effective date")))
}

async fn unknown_queued(t: &Target) -> Outcome {
    let mut body = t.valid("22");
    body["source"] = super::amounts::UNKNOWN_BALANCE.into();
    let mut zero = t.valid("23-queued");
    zero["precise_amount"] = 0.into();
    for body in [body, zero] {
        let answer = t.transaction(&body).await?;
        ensure(answer.status == 201, || answer.line())?;
    }
    t.wait_for_nothing().await;
    let ends = ["22", "22_q", "23-queued", "23-queued_q"];
    let rows = t.rows(&ends.map(|end| t.reference(end))).await?;
    ensure(rows.is_empty(), || states(&rows))?;
    pass("201, no row (an amount of zero likewise)")
}
