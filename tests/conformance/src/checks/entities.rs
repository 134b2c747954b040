//! Identities, balances and metadata.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Target, Version, ensure, text};

pub(super) const CHECKS: &[Line] = &[
    (33, "an identity cannot be created twice", |t| Box::pin(twice(t))),
    (34, "an identity's id has a fixed form", |t| Box::pin(form(t))),
    (35, "a balance can be linked to an identity that exists", |t| Box::pin(link(t))),
    (36, "a named balance can be created, once", |t| Box::pin(named(t))),
    (37, "a balance needs a ledger that exists", |t| Box::pin(ledger(t))),
    (38, "metadata of a transaction reaches its child", |t| Box::pin(fan_out(t))),
    (39, "metadata is merged at its top level only", |t| Box::pin(shallow(t))),
    (40, "the general ledger takes no metadata", |t| Box::pin(general(t))),
    (41, "an update of an identity replaces its metadata", |t| Box::pin(replaced(t))),
];

/// The id of this run's identity: the same for every call.
fn identity(t: &Target) -> String {
    format!("idt_{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, t.tag.as_bytes()))
}

async fn twice(t: &Target) -> Outcome {
    let body =
        json!({"identity_id": identity(t), "first_name": "Ada", "identity_type": "individual"});
    let first = t.post("/identities", &body).await?;
    ensure(first.status == 201 && first.text("identity_id") == identity(t), || first.line())?;
    let second = t.post("/identities", &body).await?;
    // The documentation says 409, the source 400: both are accepted.
    let conflict = second.status == 409;
    let refused = conflict
        || t.refused(&second, 400, "IDT_VALIDATION_ERROR", "Identity already exists").is_ok();
    ensure(refused, || second.line())?;
    pass(format!("201, then {}", second.status))
}

async fn form(t: &Target) -> Outcome {
    let answer =
        t.post("/identities", &json!({"identity_id": "cus_123", "first_name": "Ada"})).await?;
    pass(t.refused(&answer, 400, "IDT_VALIDATION_ERROR", "idt_")?)
}

async fn link(t: &Target) -> Outcome {
    let balance = t.balance("b", "USD").await?.ok_or("no balance")?;
    let path = format!("/balances/{}/identity", text(&balance, "balance_id"));
    let answer = t.put(&path, &json!({"identity_id": identity(t)})).await?;
    ensure(answer.status == 200 && !answer.text("message").is_empty(), || answer.line())?;
    let linked = t.balance("b", "USD").await?.ok_or("no balance")?;
    ensure(text(&linked, "identity_id") == identity(t), || linked.to_string())?;
    let unknown = t.put(&path, &json!({"identity_id": format!("idt_{}", Uuid::nil())})).await?;
    pass(format!("200; unknown: {}", t.refused(&unknown, 404, "BAL_NOT_FOUND", "not found")?))
}

async fn named(t: &Target) -> Outcome {
    let body =
        json!({"ledger_id": "general_ledger_id", "currency": "USD", "indicator": t.name("i")});
    let first = t.post("/balances", &body).await?;
    ensure(first.status == 201, || first.line())?;
    if t.version < Version::Newest {
        ensure(first.text("indicator").is_empty(), || first.line())?;
        return pass("201, the indicator is not seen");
    }
    ensure(first.text("indicator") == t.name("i"), || first.line())?;
    let second = t.post("/balances", &body).await?;
    pass(format!(
        "201, then {}",
        t.refused(&second, 409, "GEN_CONFLICT", "Balance already exists")?
    ))
}

async fn ledger(t: &Target) -> Outcome {
    let body = json!({"ledger_id": format!("ldg_{}", Uuid::nil()), "currency": "USD"});
    let answer = t.post("/balances", &body).await?;
    pass(t.refused(&answer, 400, "GEN_BAD_REQUEST", "Invalid ledger ID")?)
}

async fn fan_out(t: &Target) -> Outcome {
    let row = t.row("1").await?.ok_or("no row")?;
    let path = format!("/{}/metadata", text(&row, "transaction_id"));
    t.post(&path, &json!({"meta_data": {"a": 1}})).await?;
    let answer = t.post(&path, &json!({"meta_data": {"b": 2}})).await?;
    ensure(answer.status == 200 && answer.body == json!({"meta_data": {"b": 2}}), || {
        answer.line()
    })?;
    let rows = t.rows(&[t.reference("1"), t.reference("1_q")]).await?;
    let both = |row: &Value| row["meta_data"]["a"] == 1 && row["meta_data"]["b"] == 2;
    ensure(rows.len() == 2 && rows.iter().all(both), || format!("{rows:?}"))?;
    pass("200 with what was sent; both rows hold both")
}

async fn stored(t: &Target) -> Result<Value, String> {
    let answer = t.get(&format!("/identities/{}", identity(t))).await?;
    ensure(answer.status == 200, || answer.line())?;
    Ok(answer.body["meta_data"].clone())
}

async fn shallow(t: &Target) -> Outcome {
    let path = format!("/{}/metadata", identity(t));
    for value in [json!({"n": {"x": 1}}), json!({"n": {"y": 2}})] {
        let answer = t.post(&path, &json!({"meta_data": value})).await?;
        ensure(answer.status == 200, || answer.line())?;
    }
    let meta = stored(t).await?;
    ensure(meta["n"] == json!({"y": 2}), || meta.to_string())?;
    pass("the nested object is replaced")
}

async fn general(t: &Target) -> Outcome {
    let answer = t.post("/general_ledger_id/metadata", &json!({"meta_data": {"a": 1}})).await?;
    pass(t.refused(&answer, 400, "META_INVALID_ENTITY_ID", "")?)
}

async fn replaced(t: &Target) -> Outcome {
    let answer =
        t.put(&format!("/identities/{}", identity(t)), &json!({"meta_data": {"z": 1}})).await?;
    ensure(answer.status == 200, || answer.line())?;
    let meta = stored(t).await?;
    ensure(meta == json!({"z": 1}), || meta.to_string())?;
    pass("exactly what was sent")
}
