//! What entries do to balances.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::core::{Core, Seen, must, text};

pub(crate) async fn made_on_demand(core: &Core) -> Seen {
    for (rest, balance, debit, credit) in [("a", -1050, 1050, 0), ("b", 1050, 0, 1050)] {
        let row = core.balance(&core.at(rest), "USD").await?.ok_or_else(|| format!("no balance @{rest}"))?;
        must(text(&row, "ledger_id") == "general_ledger_id", || row.to_string())?;
        for (name, value) in [("balance", balance), ("debit_balance", debit), ("credit_balance", credit)] {
            must(row.get(name).and_then(Value::as_i64) == Some(value), || row.to_string())?;
        }
    }
    Ok("in the general ledger".to_owned())
}

pub(crate) async fn skip_queue(core: &Core) -> Seen {
    let answer = core.send("2", json!({"skip_queue": true})).await?.expect(201)?;
    let resolved = answer.text("source").starts_with("bln_") && answer.text("destination").starts_with("bln_");
    must(answer.text("status") == "APPLIED" && resolved, || answer.body.to_string())?;
    let rows = core.references(&["2", "2_q"]).await?;
    must(rows.len() == 1, || format!("{rows:?}"))?;
    Ok("APPLIED, one row".to_owned())
}

pub(crate) async fn reference_not_burned(core: &Core) -> Seen {
    let answer = core.send("3", json!({"skip_queue": true, "source": core.at("empty")})).await?.expect(201)?;
    must(answer.text("status") == "APPLIED", || answer.body.to_string())?;
    Ok("APPLIED".to_owned())
}

pub(crate) async fn backdated(core: &Core) -> Seen {
    let over = json!({"skip_queue": true, "effective_date": "2024-02-15T10:30:00Z", "destination": core.at("d")});
    core.send("19", over).await?.expect(201)?;
    let kept = text(&core.row("19").await?, "effective_date");
    must(kept.starts_with("2024-02-15T10:30:00"), || kept.clone())?;
    let id = text(&core.balance(&core.at("d"), "USD").await?.ok_or("no balance @d")?, "balance_id");
    for (at, expected) in [("2024-03-01T00:00:00Z", 1050), ("2024-02-01T00:00:00Z", 0)] {
        let answer = core.call("GET", &format!("/balances/{id}/at?timestamp={at}&from_source=true"), Value::Null).await?.expect(200)?;
        let then = answer.body.pointer("/balance/balance").and_then(Value::as_i64);
        must(then == Some(expected), || format!("at {at}: {}", answer.body))?;
    }
    Ok("1050 after its date, 0 before".to_owned())
}

pub(crate) async fn bulk_is_a_prefix(core: &Core) -> Seen {
    let items = ["6", "1", "7"].map(|reference| core.transaction(reference, Value::Null));
    let body = json!({"transactions": items, "skip_queue": true, "atomic": false});
    let answer = core.post("/transactions/bulk", body).await?.refuses(409, "TXN_DUPLICATE_REFERENCE", "")?;
    must(text(&core.row("6").await?, "status") == "APPLIED", || "what came before is not there".to_owned())?;
    must(core.references(&["7"]).await?.is_empty(), || "what came after is there".to_owned())?;
    Ok(answer.message())
}

pub(crate) async fn case_of_currency(core: &Core) -> Seen {
    for (reference, currency) in [("30a", "usd"), ("30b", "USD")] {
        core.send(reference, json!({"skip_queue": true, "currency": currency, "destination": core.at("c")})).await?.expect(201)?;
    }
    let rows = core.rows("balances", json!([{"field": "indicator", "operator": "eq", "value": core.at("c")}]), 20, 0).await?;
    must(rows.len() == 2, || format!("{rows:?}"))?;
    Ok("two balances".to_owned())
}

pub(crate) async fn mixed_precision(core: &Core) -> Seen {
    for (reference, precision) in [("31a", 1), ("31b", 100)] {
        core.send(reference, json!({"skip_queue": true, "precision": precision, "destination": core.at("p")})).await?.expect(201)?;
    }
    let holds = core.holds("p").await?;
    must(holds == 2100, || format!("{holds}"))?;
    Ok(holds.to_string())
}

pub(crate) async fn large_amount(core: &Core) -> Seen {
    const AMOUNT: i64 = 9_007_199_254_740_993;
    core.send("32", json!({"skip_queue": true, "precise_amount": AMOUNT, "destination": core.at("big")})).await?.expect(201)?;
    let row = core.row("32").await?;
    must(row.get("precise_amount").and_then(Value::as_i64) == Some(AMOUNT), || row.to_string())?;
    let holds = core.holds("big").await?;
    must(holds == AMOUNT, || holds.to_string())?;
    Ok(holds.to_string())
}

pub(crate) async fn contention(core: &Core) -> Seen {
    const POSTS: usize = 20;
    const TRIES: usize = 20;
    let over = json!({"skip_queue": true, "source": core.at("hot"), "destination": core.at("hot-b")});
    let mut left: Vec<String> = (0..POSTS).map(|at| format!("45-{at}")).collect();
    let mut busy = 0;
    for _ in 0..TRIES {
        let answers = join_all(left.iter().map(|reference| core.send(reference, over.clone()))).await;
        let mut again = Vec::new();
        for (reference, answer) in left.into_iter().zip(answers) {
            let answer = answer?;
            match answer.status {
                201 => {}
                423 | 409 => {
                    busy += 1;
                    again.push(reference);
                }
                _ => return Err(format!("{} {}", answer.status, answer.body)),
            }
        }
        left = again;
        if left.is_empty() {
            break;
        }
    }
    must(left.is_empty(), || format!("{left:?} were never taken"))?;
    let holds = core.holds("hot-b").await?;
    must(holds == 20 * 1050, || holds.to_string())?;
    Ok(format!("exact; {busy} were told to try again"))
}
