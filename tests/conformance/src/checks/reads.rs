//! Filters and pages.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Line, pass};
use crate::Outcome;
use crate::target::{Target, ensure, text};

const ROWS: usize = 45;
const PAGE: usize = 20;

pub(super) const CHECKS: &[Line] = &[
    (42, "metadata filters compare by type", |t| Box::pin(types(t))),
    (43, "a filter that does not exist is refused", |t| Box::pin(bogus(t))),
    (44, "pages of a window cover it, newest first", |t| Box::pin(pages(t))),
];

async fn types(t: &Target) -> Outcome {
    let answer = t.transaction(&t.direct("42", &json!({"meta_data": {"k": "5", "run": t.tag}}))).await?;
    ensure(answer.status == 201, || answer.line())?;
    for (value, wanted) in [(json!("5"), 1), (json!(5), 0)] {
        let filters = json!([
            {"field": "meta_data.k", "operator": "eq", "value": value},
            {"field": "meta_data.run", "operator": "eq", "value": t.tag},
        ]);
        let found = t.filter("/transactions/filter", &filters).await?.len();
        ensure(found == wanted, || format!("{found} rows for {value}"))?;
    }
    pass("\"5\": 1 row, 5: none")
}

async fn bogus(t: &Target) -> Outcome {
    let mut seen = String::new();
    for filter in
        [json!({"field": "bogus", "operator": "eq", "value": "x"}), json!({"field": "reference", "operator": "exists", "value": "x"})]
    {
        let answer = t.post("/transactions/filter", &json!({"filters": [filter]})).await?;
        seen = t.refused(&answer, 400, "GEN_BAD_REQUEST", "Invalid filter")?;
    }
    pass(seen)
}

async fn pages(t: &Target) -> Outcome {
    let items: Vec<_> = (0..ROWS).map(|at| t.direct(&format!("44-{at}"), &json!({"source": t.name("p")}))).collect();
    let answer = t.post("/transactions/bulk", &json!({"transactions": items, "skip_queue": true})).await?;
    ensure(answer.status == 201, || answer.line())?;
    let balance = t.balance("p", "USD").await?.ok_or("no balance")?;
    let own = json!({"field": "source", "operator": "eq", "value": balance["balance_id"]});
    let all = t.filter("/transactions/filter", &json!([own])).await?;
    let times: Vec<_> = all.iter().map(|row| text(row, "created_at")).collect();
    let (first, last) = (times.last().copied().unwrap_or_default(), times.first().copied().unwrap_or_default());
    let window = json!({"field": "created_at", "operator": "between", "values": [first, last]});
    let (mut ids, mut rows) = (HashSet::new(), Vec::<Value>::new());
    loop {
        let body = json!({"filters": [own, window], "limit": PAGE, "offset": rows.len()});
        let page = t.post("/transactions/filter", &body).await?;
        let page = page.body.as_array().cloned().unwrap_or_default();
        let full = page.len() == PAGE;
        ids.extend(page.iter().map(|row| text(row, "transaction_id").to_owned()));
        rows.extend(page);
        if !full {
            break;
        }
    }
    ensure(ids.len() == ROWS && rows.len() == ROWS, || format!("{} rows, {} of them different", rows.len(), ids.len()))?;
    // Fractions are written with as many digits as they need, so that texts do not compare: their padded form does.
    let padded = |row: &Value| format!("{:0<32}", text(row, "created_at").trim_end_matches('Z'));
    ensure(rows.is_sorted_by(|a, b| padded(a) >= padded(b)), || "not newest first".to_owned())?;
    pass(format!("{ROWS} rows on pages of {PAGE}"))
}
