//! Core's HTTP API for a client: disconnects, faults, filters on many rows, the queue.

use std::time::{Duration, Instant};

use crate::common::{Sandbox, answer, start};
use serde_json::{Value, json};

fn entry(reference: &str, source: &str, destination: &str) -> Value {
    json!({
        "precise_amount": 1050, "precision": 100, "currency": "USD", "reference": reference,
        "description": "d",
        "source": source, "destination": destination, "allow_overdraft": true,
        "meta_data": {"stripe_source_id": format!("ch_{reference}"), "position": 5},
    })
}

fn bulk(tag: &str, count: usize) -> Value {
    let items = (0..count).map(|at| entry(&format!("{tag}-{at}"), "@mirror", "@other"));
    json!({"transactions": items.collect::<Vec<_>>(), "skip_queue": true})
}

async fn count(sandbox: &Sandbox, filters: &Value) -> u64 {
    let body = json!({"filters": filters, "include_count": true, "limit": 1});
    let (status, found) = sandbox.core_post("/transactions/filter", &body).await;
    assert_eq!(status, 200, "{found}");
    found["total_count"].as_u64().unwrap_or_default()
}

async fn references(sandbox: &Sandbox, tag: &str) -> Vec<String> {
    let filters = json!([{"field": "reference", "operator": "like", "value": format!("{tag}-%")}]);
    let mut all = Vec::new();
    loop {
        let body =
            json!({"filters": filters, "limit": 100, "offset": all.len(), "sort_order": "asc"});
        let (_, page) = sandbox.core_post("/transactions/filter", &body).await;
        let page = page.as_array().unwrap();
        all.extend(page.iter().map(|row| row["reference"].as_str().unwrap().to_owned()));
        if page.len() < 100 {
            return all;
        }
    }
}

/// Sends a bulk and closes the connection once a part of it is posted. The ledger must stop there.
async fn disconnect(sandbox: &Sandbox, url: String, header: (&str, String), tag: &str) {
    let rows = || sandbox.running.world.core.by_key("core_test_key").unwrap().counts().transactions;
    let before = rows();
    let request = sandbox.http.post(url).header(header.0, header.1).json(&bulk(tag, 9000));
    let caller = tokio::spawn(request.send());
    while rows() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    caller.abort();
    assert!(
        caller.await.unwrap_err().is_cancelled(),
        "all of it was posted before the caller could leave"
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    let posted = references(sandbox, tag).await;
    let prefix: Vec<_> = (0..posted.len()).map(|at| format!("{tag}-{at}")).collect();
    assert_eq!(posted, prefix);
    assert!(posted.len() < 9000, "the ledger went on without its caller");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(references(sandbox, tag).await.len(), posted.len());
    println!("{tag}: {} of 9,000 posted", posted.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_stops_when_its_caller_disconnects() {
    let sandbox = start(&[]).await;
    let core = sandbox.core("/transactions/bulk");
    disconnect(&sandbox, core, ("X-Blnk-Key", "core_test_key".to_owned()), "direct").await;
    let app = json!({"callback_url": sandbox.control("/health"),
        "portal_url": sandbox.control("/health")});
    sandbox.control_post("/cloud/apps", &app).await;
    let keep = json!({"instance_id": "inst_sandbox", "keep_key_on_failure": true});
    let install = sandbox.control_post("/cloud/install", &keep).await;
    let bearer = format!("Bearer {}", install["api_key"].as_str().unwrap());
    let cloud = sandbox.cloud("/proxy/transactions/bulk?instance_id=inst_sandbox");
    disconnect(&sandbox, cloud, ("Authorization", bearer), "proxied").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_takes_effect_and_a_dropped_request_does_not() {
    let sandbox = start(&[]).await;
    let fault = |drop: &str| {
        json!({"surface": "core", "route": "/transactions/bulk",
            "instance": "inst_sandbox", "drop": drop})
    };
    for (drop, done) in [("before", 0), ("after", 3)] {
        sandbox.control_post("/faults", &fault(drop)).await;
        let request = sandbox.http.post(sandbox.core("/transactions/bulk"));
        let request = request.header("X-Blnk-Key", "core_test_key").json(&bulk(drop, 3));
        assert!(request.send().await.is_err(), "an answer came back");
        assert_eq!(references(&sandbox, drop).await.len(), done, "{drop}");
    }
    let committed = json!({"surface": "core", "route": "/transactions", "method": "POST",
        "status": 500, "commit": true, "skip": 1});
    sandbox.control_post("/faults", &committed).await;
    let mut first = entry("commit-0", "@mirror", "@other");
    first["skip_queue"] = true.into();
    assert_eq!(sandbox.core_post("/transactions", &first).await.0, 201);
    let mut second = first.clone();
    second["reference"] = "commit-1".into();
    let (status, body) = sandbox.core_post("/transactions", &second).await;
    assert_eq!((status, body["error_detail"]["code"].as_str()), (500, Some("GEN_INTERNAL")));
    assert_eq!(references(&sandbox, "commit").await.len(), 2);
    let calls = sandbox.http.get(sandbox.control("/calls?surface=core&instance=inst_sandbox"));
    let (_, calls) = answer(calls).await;
    let statuses = |route: &str| -> Vec<(u64, u64)> {
        let lines = calls["calls"].as_array().unwrap().iter();
        let lines = lines.filter(|line| line["route"] == route);
        lines
            .map(|line| (line["status"].as_u64().unwrap(), line["count"].as_u64().unwrap()))
            .collect()
    };
    assert_eq!(statuses("/transactions/bulk"), [(0, 2)]);
    assert_eq!(statuses("/transactions"), [(201, 1), (500, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_answers_before_it_writes_and_drops_invalid_posts() {
    let sandbox = start(&["--apply-delay-ms", "30"]).await;
    let post = entry("q-1", "@a", "@b");
    let (status, answered) = sandbox.core_post("/transactions", &post).await;
    assert_eq!((status, answered["status"].as_str()), (201, Some("QUEUED")));
    assert_eq!(answered["source"], "@a");
    let (status, again) = sandbox.core_post("/transactions", &post).await;
    assert_eq!(status, 201, "a duplicate is accepted like any other");
    assert_ne!(again["transaction_id"], answered["transaction_id"]);
    let mut unknown = entry("q-2", "bln_00000000-0000-0000-0000-000000000000", "@b");
    assert_eq!(sandbox.core_post("/transactions", &unknown).await.0, 201);
    unknown["skip_queue"] = true.into();
    let (status, refused) = sandbox.core_post("/transactions", &unknown).await;
    assert_eq!((status, refused["error_detail"]["code"].as_str()), (404, Some("TXN_NOT_FOUND")));
    let mut poor = entry("q-3", "@empty", "@b");
    poor["allow_overdraft"] = false.into();
    assert_eq!(sandbox.core_post("/transactions", &poor).await.0, 201);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let body = json!({"filters": [{"field": "reference", "operator": "in",
        "values": ["q-1", "q-1_q", "q-2", "q-2_q", "q-3", "q-3_q"]}]});
    let (_, rows) = sandbox.core_post("/transactions/filter", &body).await;
    let mut states: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["reference"].as_str().unwrap(), row["status"].as_str().unwrap()))
        .collect();
    states.sort_unstable();
    let expected =
        [("q-1", "QUEUED"), ("q-1_q", "APPLIED"), ("q-3", "QUEUED"), ("q-3_q", "REJECTED")];
    assert_eq!(states, expected);
    let row = |reference: &str| {
        rows.as_array().unwrap().iter().find(|row| row["reference"] == reference).unwrap()
    };
    assert_eq!(row("q-1_q")["parent_transaction"], row("q-1")["transaction_id"]);
    let reason = row("q-3_q")["meta_data"]["blnk_rejection_reason"].as_str().unwrap();
    assert!(reason.contains("insufficient funds"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_their_rows_and_pages_cover_them_all() {
    let sandbox = start(&[]).await;
    for batch in 0..10 {
        let (status, _) =
            sandbox.core_post("/transactions/bulk", &bulk(&format!("m{batch}"), 2000)).await;
        assert_eq!(status, 201);
    }
    let begun = Instant::now();
    let wanted: Vec<_> = (0..100).map(|at| format!("m3-{at}")).collect();
    let by_reference = json!([{"field": "reference", "operator": "in", "values": wanted}]);
    assert_eq!(count(&sandbox, &by_reference).await, 100);
    let by_meta = |value: Value| {
        json!([{"field": "meta_data.stripe_source_id", "operator": "eq",
            "value": value}])
    };
    assert_eq!(count(&sandbox, &by_meta("ch_m7-1999".into())).await, 1);
    let five =
        |value: Value| json!([{"field": "meta_data.position", "operator": "eq", "value": value}]);
    assert_eq!(count(&sandbox, &five(5.into())).await, 20_000);
    assert_eq!(count(&sandbox, &five("5".into())).await, 0, "types matter");
    let mirror = json!([{"field": "indicator", "operator": "eq", "value": "@mirror"}]);
    assert_eq!(count(&sandbox, &mirror).await, 20_000);
    let both = json!([
        {"field": "indicator", "operator": "eq", "value": "@mirror"},
        {"field": "reference", "operator": "eq", "value": "m0-0"},
    ]);
    assert_eq!(count(&sandbox, &both).await, 1);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let filters = json!([{"field": "reference", "operator": "like", "value": "m5-%"}]);
    let (_, page) =
        sandbox.core_post("/transactions/filter", &json!({"filters": filters, "limit": 101})).await;
    assert_eq!(page.as_array().unwrap().len(), 20, "more than 100 falls back to 20");
    let all = references(&sandbox, "m5").await;
    let expected: Vec<_> = (0..2000).map(|at| format!("m5-{at}")).collect();
    assert_eq!(all, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn entities_are_validated() {
    let sandbox = start(&[]).await;
    let id = "idt_6ba7b810-9dad-51d1-80b4-00c04fd430c8";
    let identity =
        json!({"identity_id": id, "first_name": "Ada", "meta_data": {"z": 1, "n": {"x": 1}}});
    assert_eq!(sandbox.core_post("/identities", &identity).await.0, 201);
    let (status, body) = sandbox.core_post("/identities", &identity).await;
    assert_eq!(
        (status, body["error_detail"]["code"].as_str()),
        (400, Some("IDT_VALIDATION_ERROR"))
    );
    assert_eq!(body["error"], format!("Identity already exists: {id}"));
    let path = format!("/{id}/metadata");
    let (status, merged) = sandbox.core_post(&path, &json!({"meta_data": {"n": {"y": 2}}})).await;
    assert_eq!((status, merged), (200, json!({"meta_data": {"n": {"y": 2}, "z": 1}})));
    let (status, ledger) = sandbox.core_post("/ledgers", &json!({"name": "App"})).await;
    assert_eq!(status, 201);
    let balance = json!({"ledger_id": ledger["ledger_id"], "currency": "USD", "identity_id": id});
    let (status, made) = sandbox.core_post("/balances", &balance).await;
    assert_eq!((status, made["identity_id"].as_str()), (201, Some(id)));
    let (_, twin) = sandbox.core_post("/balances", &balance).await;
    assert_ne!(twin["balance_id"], made["balance_id"], "creation is not idempotent");
    let filters = json!({"filters": [{"field": "identity_id", "operator": "eq", "value": id}]});
    let (_, found) = sandbox.core_post("/balances/filter", &filters).await;
    assert_eq!(found.as_array().unwrap().len(), 2);
    let (status, body) = sandbox.core_post("/balances", &json!({"currency": "USD"})).await;
    assert_eq!((status, body["errors"].as_str()), (400, Some("ledger_id: cannot be blank.")));
    let named = json!({"ledger_id": "general_ledger_id", "currency": "USD", "indicator": "@named"});
    assert_eq!(sandbox.core_post("/balances", &named).await.0, 201);
    let (status, body) = sandbox.core_post("/balances", &named).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (409, Some("Balance already exists for indicator '@named' and 'USD'"))
    );
    let big = json!({"precise_amount": 9_007_199_254_740_993_i64, "currency": "USD",
        "reference": "big", "description": "d", "source": "@named",
        "destination": made["balance_id"], "allow_overdraft": true, "skip_queue": true,
        "effective_date": "2024-02-15T10:30:00Z"});
    let (_, posted) = sandbox.core_post("/transactions", &big).await;
    assert_eq!(posted["precise_amount"], 9_007_199_254_740_993_i64);
    let at = format!("/balances/{}/at?timestamp=", made["balance_id"].as_str().unwrap());
    for (when, balance) in
        [("2024-02-01T00:00:00Z", 0), ("2024-03-01T00:00:00Z", 9_007_199_254_740_993_i64)]
    {
        let request = sandbox
            .http
            .get(sandbox.core(&format!("{at}{when}")))
            .header("X-Blnk-Key", "core_test_key");
        let (_, body) = answer(request).await;
        assert_eq!(body["balance"]["balance"], balance, "{when}");
    }
}
