//! What is refused before anything is tried, and with which message.

use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Answer, Target, Version, change, ensure};

pub(super) const CHECKS: &[Line] = &[
    (12, "an amount as a string is malformed", |t| Box::pin(string_amount(t))),
    (13, "so is a decimal one, even of a whole number", |t| Box::pin(decimal_amount(t))),
    (14, "two amounts are refused", |t| Box::pin(two_amounts(t))),
    (15, "a missing amount is refused", |t| Box::pin(no_amount(t))),
    (16, "description, currency and reference are required", |t| Box::pin(blank(t))),
    (17, "source and destination must differ", |t| Box::pin(same(t))),
    (18, "a date without a time is malformed", |t| Box::pin(date_only(t))),
    (24, "an empty bulk is refused", |t| Box::pin(empty_bulk(t))),
    (25, "a bulk of 10,001 items is refused", |t| Box::pin(large_bulk(t))),
    (26, "a bulk with a bad item posts nothing", |t| Box::pin(bad_item(t))),
];

fn malformed(t: &Target, answer: &Answer) -> Result<String, String> {
    t.refused(answer, 400, "GEN_MALFORMED_REQUEST", "Invalid input")
}

async fn string_amount(t: &Target) -> Outcome {
    pass(malformed(t, &t.post_amount("12", "\"1050\"").await?)?)
}

async fn decimal_amount(t: &Target) -> Outcome {
    malformed(t, &t.post_amount("13", "10.5").await?)?;
    pass(malformed(t, &t.post_amount("13", "1050.0").await?)?)
}

async fn invalid(t: &Target, end: &str, with: &Value, part: &str) -> Result<String, String> {
    let mut body = t.valid(end);
    change(&mut body, with);
    let answer = t.transaction(&body).await?;
    ensure(answer.body.get("errors").is_some(), || format!("no `errors`: {}", answer.line()))?;
    t.refused(&answer, 400, "TXN_VALIDATION_ERROR", part)
}

async fn two_amounts(t: &Target) -> Outcome {
    pass(invalid(t, "14", &json!({"amount": 5}), "not both").await?)
}

async fn no_amount(t: &Target) -> Outcome {
    pass(
        invalid(
            t,
            "15",
            &json!({"precise_amount": null}),
            "either amount or precise_amount is required",
        )
        .await?,
    )
}

async fn blank(t: &Target) -> Outcome {
    for field in ["description", "currency", "reference"] {
        invalid(t, "16", &json!({field: null}), &format!("{field}: cannot be blank")).await?;
    }
    pass("three times 400")
}

async fn same(t: &Target) -> Outcome {
    let with = json!({"destination": t.name("a")});
    if t.version == Version::Newest {
        return pass(invalid(t, "17", &with, "cannot be the same balance").await?);
    }
    let answer = t.transaction(&t.direct("17", &with)).await?;
    pass(t.refused(&answer, 409, "GEN_CONFLICT", "Optimistic locking failure")?)
}

async fn date_only(t: &Target) -> Outcome {
    let mut body = t.valid("18");
    body["effective_date"] = "2025-02-15".into();
    pass(malformed(t, &t.transaction(&body).await?)?)
}

async fn empty_bulk(t: &Target) -> Outcome {
    let answer = t.post("/transactions/bulk", &json!({"transactions": []})).await?;
    pass(t.refused(&answer, 400, "TXN_BULK_EMPTY", "transactions cannot be empty")?)
}

/// The items are empty: without a limit the first of them is refused, and nothing is posted.
async fn large_bulk(t: &Target) -> Outcome {
    let items = vec![json!({}); 10_001];
    let answer = t.post("/transactions/bulk", &json!({"transactions": items})).await?;
    let part =
        if t.version == Version::Legacy { "transactions[0]" } else { "too many transactions" };
    pass(t.refused(&answer, 400, "TXN_BULK_LIMIT_EXCEEDED", part)?)
}

async fn bad_item(t: &Target) -> Outcome {
    let (good, mut bad) = (t.direct("26-0", &json!({})), t.valid("26-1"));
    change(&mut bad, &json!({"currency": null}));
    let answer = t
        .post("/transactions/bulk", &json!({"transactions": [good, bad], "skip_queue": true}))
        .await?;
    let seen = t.refused(&answer, 400, "TXN_VALIDATION_ERROR", "currency: cannot be blank")?;
    ensure(answer.message().starts_with("transactions[1]:"), || answer.line())?;
    let index = &answer.body["error_detail"]["details"]["index"];
    ensure(t.version == Version::Legacy || *index == 1, || answer.line())?;
    let row = t.row("26-0").await?;
    ensure(row.is_none(), || format!("the good item was posted: {row:?}"))?;
    pass(seen)
}
