//! The search, from Stripe's side and from the ledger's, within its calls.

mod settled;

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::{World, world, world_with};

/// 2025-10-09T08:53:20Z.
const CREATED: i64 = 1_760_000_000;
const LEDGER_ID: &str = "txn_5b1d4c0e-9a57-4f3b-8f0c-2d6e7a93c1e4";

fn record(id: &str, source: &Value, created: i64) -> Value {
    json!({"id": id, "object": "balance_transaction", "amount": 1050, "fee": 61, "net": 989,
        "fee_details": [{"amount": 61, "currency": "usd", "type": "stripe_fee"}],
        "currency": "usd", "created": created, "available_on": created + 86_400,
        "status": "available", "type": "charge", "reporting_category": "charge",
        "balance_type": "payments", "source": source})
}

fn charge(id: &str) -> Value {
    json!({"id": id, "object": "charge", "amount": 1050, "currency": "usd", "status": "succeeded",
        "customer": {"id": "cus_1", "object": "customer"}, "created": CREATED})
}

fn entry(id: &str, reference: &str, amount: i64) -> Value {
    json!({"transaction_id": id, "reference": reference, "currency": "USD",
        "precise_amount": amount, "precision": 100, "source": "bln_mirror",
        "destination": "bln_customer", "status": "APPLIED",
        "created_at": "2025-10-09T09:00:00Z", "effective_date": "2025-10-09T08:53:20Z"})
}

fn reference(transaction: &str, leg: &str) -> String {
    format!("stripe:acct_1:test:{transaction}:{leg}")
}

/// Both entries of a record.
fn both(transaction: &str) -> Vec<Value> {
    let id = if transaction == "txn_1" { LEDGER_ID.to_owned() } else { format!("{transaction}_a") };
    vec![
        entry(&id, &reference(transaction, "amount"), 1050),
        entry(&format!("{transaction}_f"), &reference(transaction, "fee:stripe"), 61),
    ]
}

/// The rows of a list that its filters ask for.
fn answered(rows: &[Value], request: &Request) -> ResponseTemplate {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let filters = body["filters"].as_array().unwrap();
    let meets = |row: &Value, filter: &Value| {
        let cell = &row[filter["field"].as_str().unwrap()];
        match filter["operator"].as_str().unwrap() {
            "in" => filter["values"].as_array().unwrap().contains(cell),
            // The other conditions of a search are the ledger's to judge.
            "eq" if cell.is_string() => cell == &filter["value"],
            _ => true,
        }
    };
    let found: Vec<&Value> =
        rows.iter().filter(|row| filters.iter().all(|filter| meets(row, filter))).collect();
    let body = json!({"data": found, "total": found.len(), "total_is_estimate": false});
    ResponseTemplate::new(200).set_body_json(body)
}

impl World {
    /// A session of a connected account that was synced an hour after [`CREATED`].
    async fn synced(&self) -> String {
        let bearer = self.connected().await;
        let mut connection = self.stored_connection().unwrap();
        connection["watermark"] = json!((CREATED + 3600) * 1000);
        self.put_item(&Sk::Stripe, &connection).await;
        self.stripe.reset().await;
        self.blnk.reset().await;
        bearer
    }

    async fn ledger_holds(&self, entries: Vec<Value>) {
        let balances = vec![
            json!({"balance_id": "bln_mirror", "ledger_id": "ldg_1", "indicator": "@stripe_test",
                "currency": "USD", "balance": 0, "debit_balance": 0, "credit_balance": 0}),
            json!({"balance_id": "bln_customer", "ledger_id": "ldg_1", "currency": "USD",
                "balance": 0, "debit_balance": 0, "credit_balance": 0,
                "meta_data": {"stripe_customer_id": "cus_1"}}),
        ];
        for (kind, rows) in [("transactions", entries), ("balances", balances)] {
            let asked = Mock::given(method("POST")).and(path(format!("/{kind}/filter")));
            let answer = move |request: &Request| answered(&rows, request);
            asked.respond_with(answer).mount(&self.blnk).await;
        }
    }

    async fn stripe_serves(&self, at: &str, body: Value) {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(path(format!("/v1/{at}"))).respond_with(answer).mount(&self.stripe).await;
    }

    async fn stripe_filters(&self, at: &str, by: (&str, &str), rows: Value, more: bool) {
        let body = json!({"object": "list", "data": rows, "has_more": more});
        let answer = ResponseTemplate::new(200).set_body_json(body);
        let asked = Mock::given(path(format!("/v1/{at}"))).and(query_param(by.0, by.1));
        asked.respond_with(answer).mount(&self.stripe).await;
    }

    async fn every_call_fails(&self, status: u16, error: Value) {
        let answer = ResponseTemplate::new(status).set_body_json(json!({"error": error}));
        Mock::given(method("GET")).respond_with(answer).with_priority(9).mount(&self.stripe).await;
    }

    async fn stripe_knows_nothing_else(&self) {
        let error = json!({"type": "invalid_request_error", "code": "resource_missing",
            "message": "No such thing"});
        self.every_call_fails(404, error).await;
    }

    /// Searches, and checks how often Stripe and the ledger were asked.
    async fn found(&self, bearer: &str, body: &Value, calls: (usize, usize)) -> Value {
        let asked = async || {
            let stripe = self.stripe.received_requests().await.unwrap().len();
            (stripe, self.blnk.received_requests().await.unwrap().len())
        };
        let before = asked().await;
        let reply = self.post(bearer, "search", body).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text());
        let after = asked().await;
        let answer = reply.json();
        assert_eq!((after.0 - before.0, after.1 - before.1), calls, "{body}: {answer}");
        answer
    }
}

fn text(query: &str) -> Value {
    json!({"query": query})
}

#[tokio::test]
async fn a_movement_is_found_with_its_entries_accounts_and_problems() {
    let world = world().await;
    let bearer = world.synced().await;
    world
        .stripe_serves("balance_transactions/txn_1", record("txn_1", &charge("ch_1"), CREATED))
        .await;
    world.ledger_holds(both("txn_1")).await;
    world.problem("txn_1", "customer_unknown").await;
    world.problem("txn_10", "validation").await;
    let answer = world.found(&bearer, &text("txn_1"), (1, 2)).await;
    assert_eq!(world.aws.count("Query"), 2, "the problems of one record, and its payouts");
    insta::assert_json_snapshot!("search_movement", answer);
    let by_reference = world.found(&bearer, &text(&reference("txn_1", "amount")), (1, 2)).await;
    assert_eq!(by_reference["movements"], answer["movements"]);
    let by_entry = world.found(&bearer, &text(LEDGER_ID), (1, 3)).await;
    assert_eq!(by_entry["movements"], answer["movements"]);
    assert_eq!(by_entry["kind"], "ledger_transaction");
}

#[tokio::test]
async fn an_object_is_found_by_its_movements_or_by_itself() {
    let world = world().await;
    let bearer = world.synced().await;
    let movements = json!([record("txn_1", &charge("ch_1"), CREATED)]);
    world.stripe_filters("balance_transactions", ("source", "ch_1"), movements, false).await;
    world.stripe_filters("balance_transactions", ("source", "ch_2"), json!([]), false).await;
    world.stripe_filters("balance_transactions", ("source", "ch_3"), json!([]), false).await;
    let failed = json!({"id": "ch_2", "object": "charge", "amount": 700, "currency": "jpy",
        "status": "failed"});
    world.stripe_serves("charges/ch_2", failed).await;
    world.stripe_knows_nothing_else().await;
    world.ledger_holds(both("txn_1")).await;
    let refund = json!({"id": "re_1", "object": "refund",
        "balance_transaction": record("txn_2", &json!("re_1"), CREATED + 60)});
    world.stripe_filters("refunds", ("charge", "ch_1"), json!([refund]), false).await;
    let dispute = json!({"id": "du_1", "object": "dispute",
        "balance_transactions": [record("txn_3", &json!("du_1"), CREATED + 90)]});
    world.stripe_filters("disputes", ("charge", "ch_1"), json!([dispute]), false).await;
    let answer = world.found(&bearer, &text("ch_1"), (3, 2)).await;
    let movement = &answer["movements"][0];
    let sources = [1, 2].map(|at| answer["movements"][at]["source"].as_str().unwrap());
    assert_eq!(sources, ["re_1", "du_1"], "what came of the charge");
    assert_eq!(answer["movements"][2]["customer"], "cus_1");
    assert_eq!((&answer["outcome"], &movement["state"]), (&json!("found"), &json!("posted")));
    assert_eq!((&movement["source"], &movement["customer"]), (&json!("ch_1"), &json!("cus_1")));
    let answer = world.found(&bearer, &text("ch_2"), (2, 0)).await;
    let object = json!({"id": "ch_2", "kind": "charge", "status": "failed", "amount": "700",
        "currency": "JPY", "exponent": 0,
        "stripe_url": "https://dashboard.stripe.com/test/search?query=ch_2"});
    assert_eq!((&answer["outcome"], &answer["object"]), (&json!("found"), &object));
    let answer = world.found(&bearer, &text("ch_3"), (2, 0)).await;
    assert_eq!((&answer["outcome"], &answer["object"]), (&json!("not_found"), &Value::Null));
    let payout = json!([record("txn_9", &json!({"id": "po_1", "object": "payout"}), CREATED)]);
    world.stripe_filters("balance_transactions", ("source", "po_1"), payout, false).await;
    let answer = world.found(&bearer, &text("po_1"), (1, 1)).await;
    assert_eq!(answer["movements"][0]["payout"], "po_1");
    assert_eq!(answer["movements"][0]["payout_state"], "own");
    assert_eq!(answer["movements"][0]["state"], "not_posted", "the sync has passed it");
}

#[tokio::test]
async fn payments_are_found_by_intent_customer_and_email() {
    let world = world().await;
    let bearer = world.synced().await;
    let paid = |id: &str, transaction: &str| {
        let mut charge = charge(id);
        charge["balance_transaction"] = record(transaction, &json!(id), CREATED);
        charge
    };
    let declined = json!({"id": "ch_0", "object": "charge", "balance_transaction": null});
    let of_intent = json!([paid("ch_1", "txn_1"), declined]);
    world.stripe_filters("charges", ("payment_intent", "pi_1"), of_intent, false).await;
    let of_customer = json!([paid("ch_1", "txn_1"), paid("ch_2", "txn_2")]);
    world.stripe_filters("charges", ("customer", "cus_1"), of_customer, false).await;
    world
        .stripe_filters("charges", ("customer", "cus_2"), json!([paid("ch_3", "txn_3")]), true)
        .await;
    let customers = |count: usize| -> Value {
        (1..=count).map(|n| json!({"id": format!("cus_{n}"), "object": "customer"})).collect()
    };
    world.stripe_filters("customers", ("email", "one@example.com"), customers(1), false).await;
    world.stripe_filters("customers", ("email", "many@example.com"), customers(3), false).await;
    world.stripe_filters("customers", ("email", "none@example.com"), customers(0), false).await;
    world.ledger_holds([both("txn_1"), both("txn_2")].concat()).await;
    let ids = |answer: &Value| -> Vec<String> {
        let movements = answer["movements"].as_array().unwrap().iter();
        movements.map(|movement| movement["id"].as_str().unwrap().to_owned()).collect()
    };
    let answer = world.found(&bearer, &text("pi_1"), (1, 2)).await;
    assert_eq!((ids(&answer), &answer["outcome"]), (vec!["txn_1".to_owned()], &json!("found")));
    let movement = &answer["movements"][0];
    assert_eq!((&movement["source"], &movement["customer"]), (&json!("ch_1"), &json!("cus_1")));
    let answer = world.found(&bearer, &text("cus_1"), (1, 2)).await;
    assert_eq!(ids(&answer), ["txn_1", "txn_2"]);
    let answer = world.found(&bearer, &text("one@example.com"), (2, 2)).await;
    assert_eq!((ids(&answer).len(), &answer["kind"]), (2, &json!("email")));
    let answer = world.found(&bearer, &text("many@example.com"), (3, 2)).await;
    assert_eq!(ids(&answer), ["txn_1", "txn_2", "txn_3"]);
    assert_eq!(answer["outcome"], "too_many");
    let answer = world.found(&bearer, &text("none@example.com"), (1, 0)).await;
    assert_eq!(answer["outcome"], "not_found");
}

#[tokio::test]
async fn an_amount_is_found_in_the_ledger_and_read_from_stripe() {
    let world = world().await;
    let bearer = world.synced().await;
    let mut entries: Vec<Value> = (1..=5).flat_map(|n| both(&format!("txn_{n}"))).collect();
    entries.retain(|entry| entry["precise_amount"] == 1050);
    entries.push(entry("txn_x", "stripe:acct_1xtest:txn_7:amount", 1050));
    entries.push(entry("txn_y", &reference("txn_8", "amount"), 1051));
    for n in 1..=5 {
        let id = format!("txn_{n}");
        let body = record(&id, &charge(&format!("ch_{n}")), CREATED);
        world.stripe_serves(&format!("balance_transactions/{id}"), body).await;
    }
    world.ledger_holds(entries).await;
    let fields = json!({"amount": {"amount": "1050", "currency": "USD", "from": "2025-10-01",
        "to": "2025-10-31"}});
    let answer = world.found(&bearer, &fields, (3, 3)).await;
    assert_eq!(answer["outcome"], "too_many");
    assert_eq!(answer["movements"].as_array().unwrap().len(), 3, "{answer}");
    let typed = text("10.50 USD 2025-10-01 2025-10-31");
    let same = world.found(&bearer, &typed, (3, 3)).await;
    assert_eq!(same["movements"], answer["movements"]);
    let asked = world.blnk.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    insta::assert_json_snapshot!("search_amount_filters", body);
}

#[tokio::test]
async fn a_search_says_plainly_what_is_not_in_the_ledger() {
    let world = world().await;
    let bearer = world.synced().await;
    let mut connection = world.stored_connection().unwrap();
    connection["start"] = json!({"at": CREATED - 86_400, "opened": true});
    world.put_item(&Sk::Stripe, &connection).await;
    for (id, created) in [("new", CREATED + 3600), ("old", CREATED - 86_401), ("lost", CREATED)] {
        let body = record(&format!("txn_{id}"), &charge("ch_1"), created);
        world.stripe_serves(&format!("balance_transactions/txn_{id}"), body).await;
    }
    world.stripe_knows_nothing_else().await;
    world.ledger_holds(Vec::new()).await;
    for (query, outcome, state, calls) in [
        ("txn_new", "not_mirrored_yet", Some("not_mirrored_yet"), (1, 1)),
        ("txn_old", "before_the_start", Some("before_the_start"), (1, 1)),
        ("txn_lost", "found", Some("not_posted"), (1, 1)),
        ("txn_none", "not_found", None, (1, 1)),
        ("in_1", "not_readable", None, (0, 0)),
        ("stripe:acct_2:test:txn_1:amount", "not_found", None, (0, 0)),
        ("stripe:acct_1:test:payments:USD:opening", "not_found", None, (0, 1)),
        ("5 USD", "not_found", None, (0, 1)),
    ] {
        let answer = world.found(&bearer, &text(query), calls).await;
        assert_eq!(answer["outcome"], outcome, "{query}: {answer}");
        assert_eq!(answer["movements"][0]["state"].as_str(), state, "{query}: {answer}");
        assert!(answer["text"].as_str().is_some_and(|text| text.len() > 10), "{query}");
    }
}

/// State: the ledger has an entry of a movement that Stripe does not list, as the problem of an
/// unlisted entry reports it. Action: its reference, or the movement's id, is searched for. What
/// must hold: the entry is found.
#[tokio::test]
async fn an_entry_of_a_movement_that_stripe_does_not_list_is_found() {
    let world = world().await;
    let bearer = world.synced().await;
    world.stripe_knows_nothing_else().await;
    world.ledger_holds(both("txn_gone")).await;
    let own = reference("txn_gone", "amount");
    for query in ["txn_gone", own.as_str()] {
        let answer = world.found(&bearer, &text(query), (1, 2)).await;
        assert_eq!(answer["outcome"], "found", "{query}: {answer}");
        let entries = answer["entries"].as_array().unwrap();
        assert!(entries.iter().any(|entry| entry["reference"] == own), "{query}: {answer}");
        assert_eq!(answer["movements"], json!([]));
    }
}

#[tokio::test]
async fn a_key_that_may_not_read_names_the_permission() {
    let world = world().await;
    let bearer = world.synced().await;
    world.ledger_holds(Vec::new()).await;
    let message = "The provided key 'rk_test_***' does not have the required permissions for this \
        endpoint on account 'acct_1'. Having the 'rak_customer_read' permission would allow this \
        request to continue.";
    world.every_call_fails(403, json!({"type": "invalid_request_error", "message": message})).await;
    let answer = world.found(&bearer, &text("ada@example.com"), (1, 0)).await;
    assert_eq!(answer["outcome"], "not_readable");
    assert_eq!(answer["permission"], "rak_customer_read");
    assert!(answer["text"].as_str().unwrap().contains("rak_customer_read"));
    assert!(answer["key_url"].as_str().unwrap().contains("permissions[]=rak_customer_read"));
    world.stripe.reset().await;
    world
        .every_call_fails(401, json!({"type": "invalid_request_error", "code": "api_key_expired"}))
        .await;
    let reply = world.post(&bearer, "search", &text("txn_1")).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "stripe_key_refused"));
}

#[tokio::test]
async fn an_invalid_query_is_refused_before_any_call() {
    let world = world().await;
    let bearer = world.session().await;
    let reply = world.post(&bearer, "search", &text("txn_1")).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "not_connected"));
    let bearer = world.synced().await;
    let amount = |from: &str, to: &str, amount: &str| {
        json!({"amount": {"amount": amount, "currency": "USD", "from": from,
            "to": to}})
    };
    for wrong in [
        json!({}),
        text(""),
        text("anything"),
        text(&"x".repeat(400)),
        json!({"query": 5}),
        json!({"query": "txn_1", "amount": {"amount": "5", "currency": "USD",
            "from": "2026-01-01", "to": "2026-01-02"}}),
        amount("2026-01-01", "2026-04-03", "5"),
        amount("2026-01-02", "2026-01-01", "5"),
        amount("2026-01-01", "2026-01-02", "5.00"),
    ] {
        assert_eq!(world.post(&bearer, "search", &wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(world.stripe.received_requests().await.unwrap().len(), 0);
    assert_eq!(world.blnk.received_requests().await.unwrap().len(), 0);
    let reader = world_with(&["alerts:read"]).await;
    let reply = reader.post(&reader.session().await, "search", &text("txn_1")).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"));
}
