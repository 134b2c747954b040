//! Filters and pages.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Line, pass};
use crate::target::{Target, Version, ensure, text};
use crate::{Outcome, Verdict};

const ROWS: usize = 45;
const PAGE: usize = 20;

pub(super) const CHECKS: &[Line] = &[
    (42, "metadata filters compare by type", |t| Box::pin(types(t))),
    (43, "a filter that does not exist is refused", |t| Box::pin(bogus(t))),
    (59, "a page has at most 100 rows, an empty one is not counted", |t| Box::pin(limits(t))),
    (70, "the form of an empty list depends on its kind", |t| Box::pin(empty(t))),
    (71, "a text with U+0000 is neither stored nor searched", |t| Box::pin(null(t))),
    (60, "metadata: nothing compares with null, 3.0 is 3", |t| Box::pin(floats(t))),
    (61, "rows of the same time in a list", |t| Box::pin(ties(t))),
    (44, "pages of a window cover it, newest first", |t| Box::pin(pages(t))),
];

async fn types(t: &Target) -> Outcome {
    let answer =
        t.transaction(&t.direct("42", &json!({"meta_data": {"k": "5", "run": t.tag}}))).await?;
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
    for filter in [
        json!({"field": "bogus", "operator": "eq", "value": "x"}),
        json!({"field": "reference", "operator": "exists", "value": "x"}),
    ] {
        let answer = t.post("/transactions/filter", &json!({"filters": [filter]})).await?;
        seen = t.refused(&answer, 400, "GEN_BAD_REQUEST", "Invalid filter")?;
    }
    pass(seen)
}

async fn pages(t: &Target) -> Outcome {
    let items: Vec<_> = (0..ROWS)
        .map(|at| t.direct(&format!("44-{at}"), &json!({"source": t.name("p")})))
        .collect();
    let answer =
        t.post("/transactions/bulk", &json!({"transactions": items, "skip_queue": true})).await?;
    ensure(answer.status == 201, || answer.line())?;
    let balance = t.balance("p", "USD").await?.ok_or("no balance")?;
    let own = json!({"field": "source", "operator": "eq", "value": balance["balance_id"]});
    let all = t.filter("/transactions/filter", &json!([own])).await?;
    let times: Vec<_> = all.iter().map(|row| text(row, "created_at")).collect();
    let (first, last) =
        (times.last().copied().unwrap_or_default(), times.first().copied().unwrap_or_default());
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
    ensure(ids.len() == ROWS && rows.len() == ROWS, || {
        format!("{} rows, {} of them different", rows.len(), ids.len())
    })?;
    // Fractions of seconds have as many digits as they need, so only padded texts can be compared.
    let padded = |row: &Value| format!("{:0<32}", text(row, "created_at").trim_end_matches('Z'));
    ensure(rows.is_sorted_by(|a, b| padded(a) >= padded(b)), || "not newest first".to_owned())?;
    pass(format!("{ROWS} rows on pages of {PAGE}"))
}

/// The rows of an answer, and how many it says there are.
async fn counted(
    t: &Target,
    path: &str,
    filter: &Value,
    limit: usize,
    offset: usize,
) -> Result<(Value, Value), String> {
    let body =
        json!({"filters": [filter], "limit": limit, "offset": offset, "include_count": true});
    let answer = t.post(path, &body).await?;
    ensure(answer.status == 200, || answer.line())?;
    Ok((answer.body["data"].clone(), answer.body["total_count"].clone()))
}

async fn limits(t: &Target) -> Outcome {
    let balance = t.balance("p", "USD").await?.ok_or("no balance")?;
    let own = json!({"field": "source", "operator": "eq", "value": balance["balance_id"]});
    for (limit, wanted) in [(100, ROWS), (101, PAGE), (0, PAGE)] {
        let (rows, total) = counted(t, "/transactions/filter", &own, limit, 0).await?;
        let given = rows.as_array().map_or(0, Vec::len);
        ensure(given == wanted && total == ROWS, || {
            format!("limit {limit}: {given} rows of {total}")
        })?;
    }
    let past = counted(t, "/transactions/filter", &own, PAGE, 10 * ROWS).await?;
    ensure(past == (json!([]), Value::Null), || format!("past the end: {past:?}"))?;
    let unknown = json!({"field": "indicator", "operator": "eq", "value": t.name("unknown")});
    let empty = counted(t, "/balances/filter", &unknown, PAGE, 0).await?;
    ensure(empty == (Value::Null, Value::Null), || format!("no balances: {empty:?}"))?;
    pass("101 is 20; past the end [] and no count; no balances: null")
}

async fn floats(t: &Target) -> Outcome {
    let answer =
        t.transaction(&t.direct("60", &json!({"meta_data": {"n": 3, "mark": t.tag}}))).await?;
    ensure(answer.status == 201, || answer.line())?;
    let cases = [
        ("eq", json!(3.0), 1),
        ("ne", json!(3.0), 0),
        ("ne", json!(4), 1),
        ("ne", Value::Null, 0),
        ("gt", Value::Null, 0),
    ];
    for (operator, value, wanted) in cases {
        let filters = json!([
            {"field": "meta_data.mark", "operator": "eq", "value": t.tag},
            {"field": "meta_data.n", "operator": operator, "value": value},
        ]);
        let found = t.filter("/transactions/filter", &filters).await?.len();
        ensure(found == wanted, || format!("{operator} {value}: {found} rows"))?;
    }
    pass("five comparisons")
}

/// A queued transaction's two rows have the same time. The database promises nothing about their
/// order.
async fn ties(t: &Target) -> Outcome {
    let filters = json!([{"field": "reference", "operator": "in",
        "values": [t.reference("1"), t.reference("1_q")]}]);
    let rows = t.filter("/transactions/filter", &filters).await?;
    ensure(rows.len() == 2 && rows[0]["created_at"] == rows[1]["created_at"], || {
        format!("{rows:?}")
    })?;
    let first = if text(&rows[0], "status") == "QUEUED" { "the older" } else { "the newer" };
    Ok(Verdict::Record(format!("{first} row first")))
}

/// The form of an empty list depends on its kind, and on whether a count was requested.
async fn empty(t: &Target) -> Outcome {
    let unknown = t.name("unknown");
    for (path, field, none) in [
        ("/transactions/filter", "reference", json!([])),
        ("/ledgers/filter", "name", json!([])),
        ("/balances/filter", "indicator", Value::Null),
        ("/identities/filter", "email_address", Value::Null),
    ] {
        let filter = json!({"field": field, "operator": "eq", "value": unknown});
        let counted = t.post(path, &json!({"filters": [filter], "include_count": true})).await?;
        ensure(counted.status == 200 && counted.body == json!({"data": none}), || {
            format!("{path}: {}", counted.body)
        })?;
        let bare = t.post(path, &json!({"filters": [filter]})).await?;
        ensure(bare.status == 200 && bare.body == none, || {
            format!("{path}, not counted: {}", bare.body)
        })?;
    }
    pass("[] for transactions and ledgers, null for balances and identities; no count")
}

async fn null(t: &Target) -> Outcome {
    let with_null = "a\u{0}b";
    let answer = t
        .post("/identities", &json!({"identity_type": "individual", "first_name": with_null}))
        .await?;
    ensure(answer.status == 500 || (t.version == Version::Legacy && answer.status == 400), || {
        answer.line()
    })?;
    let entry = t.transaction(&t.direct("71", &json!({"description": with_null}))).await?;
    ensure(entry.status >= 400 && t.row("71").await?.is_none(), || entry.line())?;
    let filter = json!({"field": "email_address", "operator": "eq", "value": with_null});
    let found = t.post("/identities/filter", &json!({"filters": [filter]})).await?;
    ensure(found.status >= 400, || found.line())?;
    pass(format!("identity {}, entry {}, filter {}", answer.status, entry.status, found.status))
}
