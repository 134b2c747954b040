//! Around a ledger's answers: keys, malformed bodies, details of errors, what is echoed and what is
//! stored.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Line, pass};
use crate::target::{NO_PATH, Target, Version, ensure, text};
use crate::{Outcome, Verdict};

/// An effective date with more digits than the database stores, and an offset.
const SENT: &str = "2024-02-15T10:30:00.1234567+02:00";
const KEPT: &str = "2024-02-15T08:30:00.123457Z";

pub(super) const CHECKS: &[Line] = &[
    (51, "a missing key and an unknown one differ", |t| Box::pin(keys(t))),
    (52, "an unknown path is answered in plain text", |t| Box::pin(unknown_path(t))),
    (53, "a body that is not an object is malformed", |t| Box::pin(no_object(t))),
    (54, "a refusal by the database carries the database's message", |t| Box::pin(details(t))),
    (55, "an effective date is echoed as sent, stored in UTC", |t| Box::pin(echoed(t))),
    (56, "an amount in major units is rounded to minor ones", |t| Box::pin(rounded(t))),
    (57, "a balance by id has a version, by its indicator no metadata", |t| {
        Box::pin(single_balance(t))
    }),
];

async fn keys(t: &Target) -> Outcome {
    let (none, wrong) =
        (t.get_with("/ledgers", None).await?, t.get_with("/ledgers", Some("no-such-key")).await?);
    if none.status == 200 && wrong.status == 200 {
        return Ok(Verdict::Record("this ledger asks for no key".to_owned()));
    }
    for (answer, code) in [(&none, "AUTH_MISSING_API_KEY"), (&wrong, "AUTH_INVALID_API_KEY")] {
        let distinct = t.version == Version::Legacy || answer.body["error_detail"]["code"] == code;
        ensure(answer.status == 401 && distinct, || answer.line())?;
    }
    pass("401 twice")
}

async fn unknown_path(t: &Target) -> Outcome {
    let answer = t.get(NO_PATH).await?;
    ensure(answer.status == 404 && answer.body == "404 page not found", || answer.line())?;
    pass("404 page not found")
}

async fn no_object(t: &Target) -> Outcome {
    let array = t.post_text("/transactions", "[]").await?;
    t.refused(&array, 400, "GEN_MALFORMED_REQUEST", "Invalid input")?;
    for (path, code) in [
        ("/transactions/bulk", "GEN_MALFORMED_REQUEST"),
        ("/ledgers/filter", "GEN_VALIDATION_ERROR"),
    ] {
        t.refused(&t.post_text(path, "[]").await?, 400, code, "cannot unmarshal array")?;
    }
    t.refused(&t.post_text("/ledgers/filter", "").await?, 400, "GEN_VALIDATION_ERROR", "EOF")?;
    let followed = t.post_text("/ledgers/filter", "{\"limit\":1} and more").await?;
    ensure(followed.status == 200, || followed.line())?;
    pass("400; what follows an object is not read")
}

async fn details(t: &Target) -> Outcome {
    let body = json!({"identity_id": format!("idt_{}",
        Uuid::new_v5(&Uuid::NAMESPACE_DNS, t.tag.as_bytes()))});
    t.post("/identities", &body).await?;
    let answer = t.post("/identities", &body).await?;
    let details = &answer.body["error_detail"]["details"];
    if t.version == Version::Legacy {
        ensure(details.is_null(), || answer.line())?;
        return pass("none before 0.15");
    }
    let internal = details["Constraint"].as_str().is_some_and(|name| !name.is_empty())
        && details["Code"] == "23505";
    ensure(answer.status != 201 && internal, || answer.line())?;
    pass("PostgreSQL's error, which users should not see")
}

async fn echoed(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("55", &json!({"effective_date": SENT}))).await?;
    ensure(answer.status == 201 && answer.text("effective_date") == SENT, || answer.line())?;
    let row = t.row("55").await?.ok_or("no row")?;
    ensure(text(&row, "effective_date") == KEPT, || row.to_string())?;
    pass(KEPT)
}

async fn rounded(t: &Target) -> Outcome {
    let answer =
        t.transaction(&t.direct("56", &json!({"precise_amount": null, "amount": 10.555}))).await?;
    let well = answer.status == 201
        && answer.body["amount"] == 10.555
        && answer.body["precise_amount"] == 1056;
    ensure(well, || answer.line())?;
    let row = t.row("56").await?.ok_or("no row")?;
    ensure(row["precise_amount"] == 1056 && row["amount"] == 10.56, || row.to_string())?;
    pass("10.555 is answered, 1056 kept")
}

async fn single_balance(t: &Target) -> Outcome {
    let balance = async || -> Result<(Value, Value), String> {
        let named = t.balance("v", "USD").await?.ok_or("no balance")?;
        let single = t.get(&format!("/balances/{}", text(&named, "balance_id"))).await?;
        Ok((named, single.body))
    };
    let mut versions = Vec::new();
    for end in ["57-0", "57-1"] {
        let answer = t.transaction(&t.direct(end, &json!({"destination": t.name("v")}))).await?;
        ensure(answer.status == 201, || answer.line())?;
        versions.push(balance().await?.1["version"].as_i64().unwrap_or_default());
    }
    ensure(versions == [2, 3], || {
        format!("versions {versions:?} after the first and the second post")
    })?;
    let path = format!("/{}/metadata", text(&balance().await?.0, "balance_id"));
    t.post(&path, &json!({"meta_data": {"k": "v"}})).await?;
    let (named, single) = balance().await?;
    let listed = t
        .filter(
            "/balances/filter",
            &json!([{"field": "indicator", "operator": "eq", "value": t.name("v")}]),
        )
        .await?;
    let listed = listed.first().ok_or("not listed")?;
    let well = single["meta_data"]["k"] == "v"
        && listed["meta_data"]["k"] == "v"
        && named["meta_data"].is_null();
    ensure(well, || format!("{single} / {listed} / {named}"))?;
    ensure(listed["version"] == 0 && listed.get("allocation_strategy").is_none(), || {
        listed.to_string()
    })?;
    pass("versions 2 and 3; metadata by id and in lists only")
}
