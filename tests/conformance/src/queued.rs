//! The queue: answered before anything is written.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::core::{Core, Seen, must, text};

pub(crate) async fn accepted(core: &Core) -> Seen {
    let answer = core.send("1", Value::Null).await?.expect(201)?;
    must(answer.text("status") == "QUEUED" && answer.text("source") == core.at("a"), || answer.body.to_string())?;
    must(answer.text("reference") == core.name("1"), || answer.body.to_string())?;
    Ok(answer.text("status"))
}

pub(crate) async fn two_rows(core: &Core) -> Seen {
    let child = core.awaited("1_q", "APPLIED").await?;
    let parent = core.row("1").await?;
    must(text(&parent, "status") == "QUEUED", || parent.to_string())?;
    must(text(&child, "parent_transaction") == text(&parent, "transaction_id"), || format!("{parent} {child}"))?;
    Ok("QUEUED and its APPLIED child".to_owned())
}

pub(crate) async fn duplicates_vanish(core: &Core) -> Seen {
    let known = text(&core.row("1").await?, "transaction_id");
    for _ in 0..2 {
        let answer = core.send("1", Value::Null).await?.expect(201)?;
        let id = answer.text("transaction_id");
        must(id != known, || "the id of the first post".to_owned())?;
        must(core.call("GET", &format!("/transactions/{id}"), Value::Null).await?.status == 404, || format!("{id} exists"))?;
    }
    tokio::time::sleep(core.patience.absent.min(std::time::Duration::from_secs(10))).await;
    must(core.references(&["1", "1_q"]).await?.len() == 2, || "more rows than two".to_owned())?;
    let holds = core.holds("b").await?;
    must(holds == 1050, || format!("@b holds {holds}"))?;
    Ok("201 twice, nothing written".to_owned())
}

pub(crate) async fn rejected(core: &Core) -> Seen {
    core.send("4", json!({"allow_overdraft": null, "source": core.at("empty2")})).await?.expect(201)?;
    let child = core.awaited("4_q", "REJECTED").await?;
    let reason = child.pointer("/meta_data/blnk_rejection_reason").and_then(Value::as_str).unwrap_or_default();
    must(reason.contains("insufficient funds"), || child.to_string())?;
    let holds = core.holds("empty2").await?;
    must(holds == 0, || format!("@empty2 holds {holds}"))?;
    Ok(reason.to_owned())
}

pub(crate) async fn burned(core: &Core) -> Seen {
    core.send("4", json!({"source": core.at("empty2")})).await?.expect(201)?;
    tokio::time::sleep(core.patience.absent.min(std::time::Duration::from_secs(10))).await;
    let mut states: Vec<String> = core.references(&["4", "4_q"]).await?.iter().map(|row| text(row, "status")).collect();
    states.sort();
    must(states == ["QUEUED", "REJECTED"], || format!("{states:?}"))?;
    Ok(states.join(", "))
}

pub(crate) async fn coalesced(core: &Core) -> Seen {
    const POSTS: usize = 50;
    let over = json!({"effective_date": "2024-02-15T10:30:00Z", "source": core.at("co-a"), "destination": core.at("co-b")});
    let references: Vec<String> = (0..POSTS).map(|at| format!("20-{at}")).collect();
    for answer in join_all(references.iter().map(|reference| core.send(reference, over.clone()))).await {
        answer?.expect(201)?;
    }
    let mut lost = 0;
    for reference in &references {
        let row = core.awaited(&format!("{reference}_q"), "APPLIED").await?;
        lost += usize::from(row.get("effective_date").is_none_or(|date| date.is_null() || date == "0001-01-01T00:00:00Z"));
    }
    Ok(format!("all applied; {lost} of {POSTS} lost their effective date"))
}

pub(crate) async fn unknown_balance(core: &Core) -> Seen {
    core.send("22", json!({"source": "bln_00000000-0000-0000-0000-000000000000"})).await?.expect(201)?;
    tokio::time::sleep(core.patience.absent).await;
    must(core.references(&["22", "22_q"]).await?.is_empty(), || "a row exists".to_owned())?;
    Ok("accepted, and no row".to_owned())
}

pub(crate) async fn bulk(core: &Core) -> Seen {
    let items = ["1", "5", "5"].map(|reference| core.transaction(reference, Value::Null));
    let answer = core.post("/transactions/bulk", json!({"transactions": items})).await?.expect(201)?;
    must(answer.text("status") == "applied" && answer.body.get("transaction_count") == Some(&json!(3)), || answer.body.to_string())?;
    core.awaited("5_q", "APPLIED").await?;
    let rows = core.references(&["5", "5_q"]).await?;
    must(rows.len() == 2, || format!("{rows:?}"))?;
    must(text(&core.row("5").await?, "parent_transaction") == answer.text("batch_id"), || format!("{rows:?}"))?;
    Ok("201, counted 3, posted 1".to_owned())
}

pub(crate) async fn atomic_bulk(core: &Core) -> Seen {
    let over = json!({"source": core.at("at-a"), "destination": core.at("at-b")});
    let items = [core.transaction("8", over.clone()), core.transaction("1", over)];
    let body = json!({"transactions": items, "skip_queue": true, "atomic": true});
    core.post("/transactions/bulk", body).await?.refuses(409, "TXN_DUPLICATE_REFERENCE", "")?;
    let row = core.row("8").await?;
    must(text(&row, "status") == "APPLIED", || row.to_string())?;
    let refund = format!("{}_refund", text(&row, "transaction_id"));
    let until = tokio::time::Instant::now() + core.patience.appears;
    loop {
        let filters = json!([{"field": "reference", "operator": "in", "values": [refund, format!("{refund}_q")]}]);
        let rows = core.rows("transactions", filters, 20, 0).await?;
        let mut states: Vec<String> = rows.iter().map(|row| text(row, "status")).collect();
        states.sort();
        if states == ["APPLIED", "QUEUED"] {
            break;
        }
        must(tokio::time::Instant::now() < until, || format!("the refund did not come: {rows:?}"))?;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let holds = core.holds("at-b").await?;
    must(holds == 0, || format!("@at-b holds {holds}"))?;
    Ok("undone by a queued refund".to_owned())
}
