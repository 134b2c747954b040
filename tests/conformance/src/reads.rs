//! Filters and pages.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::core::{Core, Seen, must, text};

pub(crate) async fn metadata_types(core: &Core) -> Seen {
    core.send("42", json!({"skip_queue": true, "meta_data": {"conformance": core.tag, "k": "5"}})).await?.expect(201)?;
    let found = |value: Value| async move {
        let filters = json!([{"field": "meta_data.conformance", "operator": "eq", "value": core.tag},
            {"field": "meta_data.k", "operator": "eq", "value": value}]);
        core.rows("transactions", filters, 20, 0).await.map(|rows| rows.len())
    };
    let (as_text, as_number) = (found(json!("5")).await?, found(json!(5)).await?);
    must((as_text, as_number) == (1, 0), || format!("{as_text} as text, {as_number} as a number"))?;
    Ok("text finds text only".to_owned())
}

pub(crate) async fn bad_filters(core: &Core) -> Seen {
    for filter in [json!({"field": "bogus", "operator": "eq", "value": "1"}), json!({"field": "reference", "operator": "exists"})] {
        let answer = core.post("/transactions/filter", json!({"filters": [filter]})).await?;
        must(answer.status == 400, || format!("{} {}", answer.status, answer.body))?;
    }
    Ok("400".to_owned())
}

pub(crate) async fn paging(core: &Core) -> Seen {
    const ROWS: usize = 45;
    const PAGE: u32 = 20;
    let items: Vec<Value> = (0..ROWS).map(|at| core.transaction(&format!("44-{at}"), json!({"meta_data": {"paging": core.tag}}))).collect();
    core.post("/transactions/bulk", json!({"transactions": items, "skip_queue": true})).await?.expect(201)?;
    let filters = json!([{"field": "meta_data.paging", "operator": "eq", "value": core.tag}]);
    let (mut seen, mut newest_first, mut last) = (HashSet::new(), true, None);
    for page in 0..4 {
        for row in core.rows("transactions", filters.clone(), PAGE, page * PAGE).await? {
            let created: jiff::Timestamp = text(&row, "created_at").parse().map_err(|_| row.to_string())?;
            newest_first &= last.is_none_or(|last| created <= last);
            last = Some(created);
            seen.insert(text(&row, "reference"));
        }
    }
    must(seen.len() == ROWS && newest_first, || format!("{} rows, newest first: {newest_first}", seen.len()))?;
    Ok(format!("{ROWS} rows"))
}
