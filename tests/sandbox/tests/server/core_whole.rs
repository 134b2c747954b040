//! What other apps do on the same ledger: holds, splits, schedules, dry runs, locks; and a ledger
//! that is saved and restored.

use std::time::{Duration, Instant};

use crate::common::{Sandbox, answer, start};
use serde_json::{Value, json};

fn entry(reference: &str, more: &Value) -> Value {
    let mut body = json!({
        "precise_amount": 1000, "precision": 100, "currency": "USD", "reference": reference,
        "description": "d",
        "source": "@a", "destination": "@b", "allow_overdraft": true, "skip_queue": true,
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn post(sandbox: &Sandbox, reference: &str, more: &Value) -> (u16, Value) {
    sandbox.core_post("/transactions", &entry(reference, more)).await
}

async fn call(
    sandbox: &Sandbox,
    method: reqwest::Method,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    answer(
        sandbox
            .http
            .request(method, sandbox.core(path))
            .header("X-Blnk-Key", "core_test_key")
            .json(body),
    )
    .await
}

async fn balance(sandbox: &Sandbox, name: &str) -> Value {
    let path = format!("/balances/indicator/{name}/currency/USD");
    call(sandbox, reqwest::Method::GET, &path, &json!({})).await.1
}

async fn rows(sandbox: &Sandbox, references: &[&str]) -> Vec<(String, String)> {
    let filters = json!([{"field": "reference", "operator": "in", "values": references}]);
    let (_, found) = sandbox.core_post("/transactions/filter", &json!({"filters": filters})).await;
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "reference"), text(row, "status")))
        .collect();
    rows.sort_unstable();
    rows
}

async fn knobs(sandbox: &Sandbox, change: &Value) {
    sandbox.control_post("/core/instances/inst_sandbox/knobs", change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_committed_in_parts_and_the_rest_is_released() {
    let sandbox = start(&["--apply-delay-ms", "20"]).await;
    let (status, held) = post(&sandbox, "hold", &json!({"inflight": true})).await;
    assert_eq!(
        (status, held["status"].as_str(), &held["inflight"]),
        (201, Some("INFLIGHT"), &json!(true))
    );
    let b = balance(&sandbox, "@b").await;
    assert_eq!((&b["balance"], &b["inflight_balance"]), (&json!(0), &json!(1000)));
    let path = format!("/transactions/inflight/{}", held["transaction_id"].as_str().unwrap());
    let put = async |body: Value| call(&sandbox, reqwest::Method::PUT, &path, &body).await;
    let (status, part) =
        put(json!({"status": "commit", "precise_amount": 300, "skip_queue": true})).await;
    assert_eq!(
        (status, part["status"].as_str(), &part["parent_transaction"]),
        (200, Some("APPLIED"), &held["transaction_id"])
    );
    let (status, refused) =
        put(json!({"status": "commit", "precise_amount": 701, "skip_queue": true})).await;
    assert_eq!(
        (status, &refused["error_detail"]["code"]),
        (400, &json!("TXN_COMMIT_AMOUNT_EXCEEDED"))
    );
    let (_, preview) = put(json!({"status": "void", "dry_run": true})).await;
    assert_eq!(
        (&preview["operation"], &preview["precise_amount"]),
        (&json!("void"), &json!("700"))
    );
    // Without skip_queue the answer is the unchanged hold; a second call finds the first in
    // progress.
    let (status, queued) = put(json!({"status": "void"})).await;
    assert_eq!(
        (status, &queued["queued"], &queued["status"]),
        (200, &json!(true), &json!("INFLIGHT"))
    );
    assert_eq!(put(json!({"status": "commit"})).await.0, 409);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let b = balance(&sandbox, "@b").await;
    assert_eq!((&b["balance"], &b["inflight_balance"]), (&json!(300), &json!(0)));
    let (status, refused) = put(json!({"status": "commit", "skip_queue": true})).await;
    assert_eq!((status, &refused["error_detail"]["code"]), (409, &json!("TXN_ALREADY_VOIDED")));
    // Held funds cannot be spent.
    post(&sandbox, "fill", &json!({"source": "@x", "destination": "@c"})).await;
    post(&sandbox, "keep", &json!({"source": "@c", "inflight": true, "precise_amount": 600})).await;
    let (status, refused) = post(
        &sandbox,
        "spend",
        &json!({"source": "@c", "precise_amount": 500, "allow_overdraft": false}),
    )
    .await;
    assert_eq!((status, &refused["error_detail"]["code"]), (400, &json!("TXN_INSUFFICIENT_FUNDS")));
}

#[tokio::test(flavor = "multi_thread")]
async fn splits_schedules_and_expiries_take_effect_when_due() {
    let sandbox = start(&["--apply-delay-ms", "10"]).await;
    let parts = json!([
        {"identifier": "@p1", "distribution": "25%"},
        {"identifier": "@p2", "distribution": "1.50"},
        {"identifier": "@p3", "distribution": "left"},
    ]);
    let split =
        |skip: bool| json!({"destination": null, "destinations": parts, "skip_queue": skip});
    let (status, whole) = post(&sandbox, "split", &split(true)).await;
    assert_eq!((status, whole["status"].as_str()), (201, Some("APPLIED")), "{whole}");
    let (status, _) = post(&sandbox, "later", &split(false)).await;
    assert_eq!(status, 201);
    let in_a_moment = jiff::Timestamp::from_microsecond(sandbox::clock::now_micros() + 900_000)
        .unwrap()
        .to_string();
    let (_, planned) =
        post(&sandbox, "planned", &json!({"scheduled_for": in_a_moment, "skip_queue": false}))
            .await;
    assert_eq!(planned["status"], "SCHEDULED");
    post(
        &sandbox,
        "brief",
        &json!({"inflight": true, "inflight_expiry_date": in_a_moment, "destination": "@brief"}),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    for (name, sum) in [("@p1", 500), ("@p2", 300), ("@p3", 1200)] {
        assert_eq!(
            balance(&sandbox, name).await["balance"],
            sum,
            "{name}: once directly, once through the queue"
        );
    }
    let names = ["split-1", "split-2", "split-3", "later_1", "later_1_q", "later_3_q"];
    assert_eq!(rows(&sandbox, &names).await.len(), names.len());
    let [scheduled] = rows(&sandbox, &["planned", "planned_q"]).await.try_into().unwrap();
    assert_eq!(scheduled.1, "SCHEDULED");
    assert_eq!(balance(&sandbox, "@brief").await["inflight_balance"], 1000);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(rows(&sandbox, &["planned_q"]).await[0].1, "APPLIED");
    let brief = balance(&sandbox, "@brief").await;
    assert_eq!(
        (&brief["inflight_balance"], &brief["balance"]),
        (&json!(0), &json!(0)),
        "what was held is given back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_effect_and_changes_nothing() {
    let sandbox = start(&[]).await;
    post(&sandbox, "real", &json!({})).await;
    let before = sandbox.running.world.core.by_key("core_test_key").unwrap().counts();
    let (status, preview) =
        post(&sandbox, "dry", &json!({"dry_run": true, "destination": "@new"})).await;
    assert_eq!(
        (status, &preview["would_apply"], &preview["precise_amount"]),
        (200, &json!(true), &json!("1000"))
    );
    assert_eq!(
        (&preview["balances"][1]["virtual"], &preview["balances"][1]["resulting_balance"]),
        (&json!(true), &json!("1000"))
    );
    let (_, taken) = post(&sandbox, "real", &json!({"dry_run": true})).await;
    assert_eq!(
        (&taken["would_apply"], &taken["rejection"]["code"]),
        (&json!(false), &json!("TXN_DUPLICATE_REFERENCE"))
    );
    let poor = json!({"source": "@new", "allow_overdraft": false});
    let items = [entry("i1", &json!({"destination": "@new"})), entry("i2", &poor)];
    for (skip_queue, would_apply) in [(true, true), (false, false)] {
        let body = json!({"transactions": items, "skip_queue": skip_queue, "dry_run": true});
        let (status, bulk) = sandbox.core_post("/transactions/bulk", &body).await;
        assert_eq!(
            (status, &bulk["cumulative"], &bulk["would_apply"]),
            (200, &json!(skip_queue), &json!(would_apply)),
            "{bulk}"
        );
    }
    let counts = sandbox.running.world.core.by_key("core_test_key").unwrap().counts();
    assert_eq!(counts, before, "neither a row nor a balance was made");
    // A Core without dry runs ignores the field and posts.
    knobs(&sandbox, &json!({"core_version": "0.15.2"})).await;
    assert_eq!(post(&sandbox, "dry", &json!({"dry_run": true})).await.0, 201);
    assert_eq!(rows(&sandbox, &["dry"]).await[0].1, "APPLIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_balance_is_locked_and_two_currencies_run_in_parallel() {
    let sandbox = start(&["--ledger-rate", "100"]).await;
    post(&sandbox, "first", &json!({})).await;
    knobs(&sandbox, &json!({"lock_wait_ms": 100})).await;
    let lock = json!({"indicator": "@a", "currency": "USD", "hold_ms": 400});
    sandbox.control_post("/core/instances/inst_sandbox/locks", &lock).await;
    let (status, busy) = post(&sandbox, "second", &json!({})).await;
    assert_eq!((status, &busy["error_detail"]["code"]), (423, &json!("GEN_RESOURCE_LOCKED")));
    assert!(busy["error"].as_str().unwrap().starts_with("failed to acquire lock"), "{busy}");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(post(&sandbox, "second", &json!({})).await.0, 201, "the reference was not used up");
    // 60 entries in each of two currencies at 100 a second: 0.6 s in parallel.
    let bulk = |currency: &str| {
        let items =
            (0..60).map(|at| entry(&format!("{currency}-{at}"), &json!({"currency": currency})));
        json!({"transactions": items.collect::<Vec<_>>(), "skip_queue": true})
    };
    let (begun, usd, eur) = (Instant::now(), bulk("USD"), bulk("EUR"));
    let (usd, eur) = tokio::join!(
        sandbox.core_post("/transactions/bulk", &usd),
        sandbox.core_post("/transactions/bulk", &eur)
    );
    assert_eq!((usd.0, eur.0), (201, 201));
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(500) && took < Duration::from_millis(1000), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_queued_posts_at_the_configured_moment() {
    let sandbox = start(&[]).await;
    knobs(
        &sandbox,
        &json!({"apply_delay_ms": "0-20", "lose_before_persist": 1,
            "identity_dup_status": 409, "recovery_ms": 300}),
    )
    .await;
    let queued = json!({"skip_queue": false, "effective_date": "2024-01-01T00:00:00Z"});
    assert_eq!(post(&sandbox, "lost", &queued).await.0, 201);
    knobs(&sandbox, &json!({"lose_before_apply": 1})).await;
    assert_eq!(post(&sandbox, "stuck", &queued).await.0, 201);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(
        rows(&sandbox, &["lost", "lost_q", "stuck", "stuck_q"]).await,
        [("stuck".to_owned(), "QUEUED".to_owned())]
    );
    assert_eq!(balance(&sandbox, "@b").await["balance"], 0);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(rows(&sandbox, &["stuck_q"]).await[0].1, "APPLIED", "it is recovered in the end");
    let identity = json!({"identity_id": "idt_6ba7b810-9dad-51d1-80b4-00c04fd430c8"});
    let statuses = [
        sandbox.core_post("/identities", &identity).await.0,
        sandbox.core_post("/identities", &identity).await.0,
    ];
    assert_eq!(statuses, [201, 409]);
    let refused = sandbox
        .http
        .post(sandbox.control("/core/instances/inst_sandbox/knobs"))
        .json(&json!({"no_such_knob": 1}));
    assert_eq!(answer(refused).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_saved_to_a_file_and_restored() {
    let file = std::env::temp_dir().join(format!("sandbox-{}.json", sandbox::clock::hex(16)));
    let path = file.to_str().unwrap();
    let queued = json!({"skip_queue": false});
    {
        let sandbox = start(&["--core-state", path, "--apply-delay-ms", "60000"]).await;
        post(&sandbox, "kept", &json!({"meta_data": {"n": {"x": [1, "2"]}}})).await;
        post(&sandbox, "waiting", &queued).await;
        post(
            &sandbox,
            "held",
            &json!({"inflight": true, "precise_amount": 9_007_199_254_740_993_i64}),
        )
        .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        sandbox.control_post("/core/save", &json!({})).await;
    }
    let sandbox = start(&["--core-state", path, "--apply-delay-ms", "10"]).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let b = balance(&sandbox, "@b").await;
    assert_eq!(
        (&b["balance"], &b["inflight_balance"]),
        (&json!(2000), &json!(9_007_199_254_740_993_i64)),
        "the queue went on"
    );
    assert_eq!(post(&sandbox, "kept", &json!({})).await.0, 409, "references are remembered");
    let state = sandbox.http.get(sandbox.control("/core/instances/inst_sandbox/state"));
    let text = state.send().await.unwrap().text().await.unwrap();
    let broken = text.replace("\"status\":\"INFLIGHT\"", "\"status\":\"NONSENSE\"");
    let put = |body: String| {
        sandbox.http.put(sandbox.control("/core/instances/inst_sandbox/state")).body(body)
    };
    assert_eq!(answer(put(broken)).await.0, 400);
    let (status, counts) = answer(put(text)).await;
    assert_eq!((status, &counts["transactions"]), (200, &json!(4)));
    std::fs::remove_file(&file).unwrap();
}

/// State: entries of one amount on several days. Action: ask for an amount, in major units and as
/// text, in a span. What must hold: the entries of that span, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_by_amount_and_span() {
    let sandbox = start(&[]).await;
    for (reference, amount, day) in
        [("amount-1", 1050, "01"), ("amount-2", 1050, "02"), ("amount-3", 1051, "01")]
    {
        let date = format!("2026-03-{day}T00:00:00Z");
        let more = json!({"precise_amount": amount, "amount": null, "effective_date": date,
            "skip_queue": true});
        let (status, made) = post(&sandbox, reference, &more).await;
        assert_eq!(status, 201, "{made}");
    }
    for figure in ["10.50", "10.5"] {
        let filters = json!([
            {"field": "amount", "operator": "eq", "value": figure},
            {"field": "currency", "operator": "eq", "value": "USD"},
            {"field": "effective_date", "operator": "gte", "value": "2026-03-01T00:00:00Z"},
            {"field": "effective_date", "operator": "lt", "value": "2026-03-02T00:00:00Z"},
            {"field": "reference", "operator": "like", "value": "amount-%"},
        ]);
        let (_, found) =
            sandbox.core_post("/transactions/filter", &json!({"filters": filters})).await;
        let rows = found.as_array().unwrap();
        assert_eq!(rows.len(), 1, "{figure}: {found}");
        assert_eq!(
            (&rows[0]["reference"], &rows[0]["precise_amount"]),
            (&json!("amount-1"), &json!(1050))
        );
    }
}
