//! Identities, balances made by hand, metadata, refunds.

use serde_json::{Value, json};

use crate::core::{Core, Seen, must, text};

fn identity(core: &Core) -> String {
    format!("idt_{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, core.tag.as_bytes()))
}

async fn child_id(core: &Core) -> Result<String, String> {
    Ok(text(&core.row("1").await?, "transaction_id"))
}

pub(crate) async fn identity_twice(core: &Core) -> Seen {
    let body = json!({"identity_id": identity(core), "identity_type": "individual", "first_name": "Ada", "meta_data": {"y": 2}});
    core.post("/identities", body.clone()).await?.expect(201)?;
    let answer = core.post("/identities", body).await?;
    must(answer.status == 400 || answer.status == 409, || format!("{} {}", answer.status, answer.body))?;
    must(answer.message().contains("already exists"), || answer.body.to_string())?;
    Ok(format!("201, then {}", answer.status))
}

pub(crate) async fn identity_id(core: &Core) -> Seen {
    let answer = core.post("/identities", json!({"identity_id": "cus_123", "identity_type": "individual"})).await?;
    answer.refuses(400, "IDT_VALIDATION_ERROR", "")?;
    Ok("400".to_owned())
}

pub(crate) async fn link(core: &Core) -> Seen {
    let id = text(&core.balance(&core.at("b"), "USD").await?.ok_or("no balance @b")?, "balance_id");
    let path = format!("/balances/{id}/identity");
    core.call("PUT", &path, json!({"identity_id": identity(core)})).await?.expect(200)?;
    let unknown = json!({"identity_id": format!("idt_{}", uuid::Uuid::new_v4())});
    core.call("PUT", &path, unknown).await?.refuses(404, "BAL_NOT_FOUND", "")?;
    Ok("200; an unknown identity 404".to_owned())
}

pub(crate) async fn indicator(core: &Core) -> Seen {
    let body = json!({"ledger_id": "general_ledger_id", "currency": "USD", "indicator": core.at("i")});
    let first = core.post("/balances", body.clone()).await?.expect(201)?;
    if first.text("indicator").is_empty() {
        return Ok("this version ignores the indicator".to_owned());
    }
    must(first.text("indicator") == core.at("i"), || first.body.to_string())?;
    core.post("/balances", body).await?.refuses(409, "GEN_CONFLICT", "already exists")?;
    Ok("201, then 409".to_owned())
}

pub(crate) async fn unknown_ledger(core: &Core) -> Seen {
    let body = json!({"ledger_id": format!("ldg_{}", uuid::Uuid::new_v4()), "currency": "USD"});
    core.post("/balances", body).await?.refuses(400, "GEN_BAD_REQUEST", "")?;
    Ok("400".to_owned())
}

pub(crate) async fn metadata_of_transaction(core: &Core) -> Seen {
    let path = format!("/{}/metadata", child_id(core).await?);
    core.post(&path, json!({"meta_data": {"a": 1}})).await?.expect(200)?;
    let answer = core.post(&path, json!({"meta_data": {"b": 2}})).await?.expect(200)?;
    must(answer.body.get("meta_data") == Some(&json!({"b": 2})), || answer.body.to_string())?;
    for reference in ["1", "1_q"] {
        let row = core.row(reference).await?;
        let holds = row.pointer("/meta_data/a") == Some(&json!(1)) && row.pointer("/meta_data/b") == Some(&json!(2));
        must(holds, || row.to_string())?;
    }
    Ok("both rows hold both".to_owned())
}

async fn metadata_of_identity(core: &Core) -> Result<Value, String> {
    let rows = core.rows("identities", json!([{"field": "identity_id", "operator": "eq", "value": identity(core)}]), 20, 0).await?;
    rows.first().and_then(|row| row.get("meta_data")).cloned().ok_or_else(|| format!("{rows:?}"))
}

pub(crate) async fn metadata_is_shallow(core: &Core) -> Seen {
    let path = format!("/{}/metadata", identity(core));
    core.post(&path, json!({"meta_data": {"n": {"x": 1}}})).await?.expect(200)?;
    core.post(&path, json!({"meta_data": {"n": {"y": 2}}})).await?.expect(200)?;
    let meta = metadata_of_identity(core).await?;
    must(meta.get("n") == Some(&json!({"y": 2})), || meta.to_string())?;
    Ok(meta.to_string())
}

pub(crate) async fn metadata_of_general_ledger(core: &Core) -> Seen {
    core.post("/general_ledger_id/metadata", json!({"meta_data": {"a": 1}})).await?.refuses(400, "META_INVALID_ENTITY_ID", "")?;
    Ok("400".to_owned())
}

pub(crate) async fn metadata_replaced(core: &Core) -> Seen {
    core.call("PUT", &format!("/identities/{}", identity(core)), json!({"meta_data": {"z": 1}})).await?.expect(200)?;
    let meta = metadata_of_identity(core).await?;
    must(meta == json!({"z": 1}), || meta.to_string())?;
    Ok(meta.to_string())
}

pub(crate) async fn refund(core: &Core) -> Seen {
    let id = text(&core.row("2").await?, "transaction_id");
    let path = format!("/refund-transaction/{id}");
    let answer = core.post(&path, json!({"skip_queue": true})).await?.expect(201)?;
    must(answer.text("reference") == format!("{id}_refund"), || answer.body.to_string())?;
    core.post(&path, json!({"skip_queue": true})).await?.refuses(409, "GEN_CONFLICT", "refunded")?;
    Ok("201, then 409".to_owned())
}
