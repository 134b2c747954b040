//! What a Core refuses, and how.

use serde_json::{Value, json};

use crate::core::{Core, Seen, must};

fn skip() -> Value {
    json!({"skip_queue": true})
}

pub(crate) async fn duplicate(core: &Core) -> Seen {
    let answer = core.send("1", skip()).await?.refuses(409, "TXN_DUPLICATE_REFERENCE", "already been used")?;
    Ok(format!("{} {}", answer.status, answer.code()))
}

pub(crate) async fn duplicate_child(core: &Core) -> Seen {
    let answer = core.send("1_q", skip()).await?.refuses(409, "TXN_DUPLICATE_REFERENCE", "already been used")?;
    Ok(answer.status.to_string())
}

pub(crate) async fn insufficient(core: &Core) -> Seen {
    let over = json!({"skip_queue": true, "allow_overdraft": null, "source": core.at("empty")});
    let answer = core.send("3", over).await?.refuses(400, "TXN_INSUFFICIENT_FUNDS", "insufficient funds")?;
    must(core.references(&["3"]).await?.is_empty(), || "a refused post left a row".to_owned())?;
    Ok(format!("{} and no row", answer.status))
}

async fn malformed(core: &Core, amount: &str) -> Seen {
    let body = core.transaction("x", Value::Null).to_string().replace("1050", amount);
    let answer = core.raw("POST", "/transactions", Some(body)).await?.refuses(400, "GEN_MALFORMED_REQUEST", "Invalid input")?;
    Ok(format!("{amount}: {}", answer.status))
}

pub(crate) async fn amount_as_text(core: &Core) -> Seen {
    malformed(core, "\"1050\"").await
}

pub(crate) async fn amount_with_point(core: &Core) -> Seen {
    Ok(format!("{}, {}", malformed(core, "10.5").await?, malformed(core, "1050.0").await?))
}

pub(crate) async fn two_amounts(core: &Core) -> Seen {
    let answer = core.send("x", json!({"amount": 10})).await?.refuses(400, "TXN_VALIDATION_ERROR", "not both")?;
    Ok(answer.message())
}

pub(crate) async fn no_amount(core: &Core) -> Seen {
    let over = json!({"precise_amount": null});
    let answer = core.send("x", over).await?.refuses(400, "", "either amount or precise_amount is required")?;
    Ok(answer.message())
}

pub(crate) async fn blank_fields(core: &Core) -> Seen {
    for field in ["description", "currency", "reference"] {
        core.send("x", json!({field: null})).await?.refuses(400, "TXN_VALIDATION_ERROR", &format!("{field}: cannot be blank"))?;
    }
    Ok("description, currency, reference".to_owned())
}

pub(crate) async fn same_balance(core: &Core) -> Seen {
    let answer = core.send("x", json!({"skip_queue": true, "source": core.at("a"), "destination": core.at("a")})).await?;
    must(answer.status == 400 || answer.status == 409, || format!("{} {}", answer.status, answer.body))?;
    Ok(format!("{} {}", answer.status, answer.message()))
}

pub(crate) async fn date_only(core: &Core) -> Seen {
    let answer = core.send("x", json!({"effective_date": "2025-02-15"})).await?.refuses(400, "GEN_MALFORMED_REQUEST", "Invalid input")?;
    Ok(answer.status.to_string())
}

pub(crate) async fn unknown_balance(core: &Core) -> Seen {
    let over = json!({"skip_queue": true, "source": "bln_00000000-0000-0000-0000-000000000000"});
    let answer = core.send("21", over).await?.refuses(404, "TXN_NOT_FOUND", "not found")?;
    Ok(answer.status.to_string())
}

pub(crate) async fn zero(core: &Core) -> Seen {
    let over = json!({"skip_queue": true, "precise_amount": 0});
    core.send("23", over).await?.refuses(400, "TXN_VALIDATION_ERROR", "must be positive")?;
    core.send("23q", json!({"precise_amount": 0})).await?.expect(201)?;
    tokio::time::sleep(core.patience.absent).await;
    must(core.references(&["23q", "23q_q"]).await?.is_empty(), || "a queued zero left a row".to_owned())?;
    Ok("refused; on the queue accepted, and no row".to_owned())
}

pub(crate) async fn empty_bulk(core: &Core) -> Seen {
    core.post("/transactions/bulk", json!({"transactions": []})).await?.refuses(400, "TXN_BULK_EMPTY", "")?;
    Ok("400".to_owned())
}

pub(crate) async fn huge_bulk(core: &Core) -> Seen {
    let items: Vec<Value> = (0..10_001).map(|at| core.transaction(&format!("h{at}"), Value::Null)).collect();
    let answer = core.post("/transactions/bulk", json!({"transactions": items})).await?.expect(400)?;
    Ok(answer.code())
}

pub(crate) async fn bulk_item(core: &Core) -> Seen {
    let items = [core.transaction("26a", Value::Null), core.transaction("26b", json!({"currency": null}))];
    let answer = core.post("/transactions/bulk", json!({"transactions": items, "skip_queue": true})).await?.expect(400)?;
    must(answer.message().contains("transactions[1]:"), || answer.body.to_string())?;
    let index = answer.body.pointer("/error_detail/details/index").cloned();
    must(index.is_none() || index == Some(json!(1)), || answer.body.to_string())?;
    must(core.references(&["26a", "26b"]).await?.is_empty(), || "something of it was posted".to_owned())?;
    Ok(answer.message())
}
