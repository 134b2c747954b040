//! A Stripe with a payout and its members, and a ledger with their entries; calls to both counted.

use serde_json::{Value, json};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::table::keys::Sk;
use ulid::Ulid;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::World;

/// 2025-10-09T08:53:20Z.
pub(super) const CREATED: i64 = 1_760_000_000;

/// The movement that the ledger does not hold.
pub(super) const MISSING: &str = "txn_7";

pub(super) fn payout(id: &str, more: &Value) -> Value {
    let mut payout = json!({"id": id, "object": "payout", "amount": 941_000, "currency": "usd",
        "status": "paid",
        "created": CREATED, "arrival_date": CREATED + 172_800, "automatic": true,
        "method": "standard",
        "type": "bank_account", "destination": "ba_1", "balance_transaction": "txn_own",
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null,
        "description": "STRIPE PAYOUT", "statement_descriptor": "=1+1", "reversed_by": null,
        "original_payout": null, "reconciliation_status": "completed",
        "trace_id": {"status": "supported", "value": "0212345"}});
    payout.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payout
}

pub(super) fn charge(n: usize) -> Value {
    let source = json!({"id": format!("ch_{n}"), "object": "charge", "amount": 1000,
        "currency": "usd",
        "customer": "cus_1", "payment_intent": format!("pi_{n}")});
    json!({"id": format!("txn_{n}"), "object": "balance_transaction", "amount": 1000, "fee": 59,
        "net": 941,
        "fee_details": [{"amount": 59, "currency": "usd", "type": "stripe_fee"}], "currency": "usd",
        "created": CREATED - 90_000, "available_on": CREATED, "status": "available",
        "type": "charge",
        "reporting_category": "charge", "source": source})
}

/// A refund of a charge, a product fee without a gross, and the payout's own record.
pub(super) fn others() -> [Value; 3] {
    let mut refund = charge(1000);
    refund["id"] = json!("txn_refund");
    (refund["amount"], refund["fee"], refund["net"]) = (json!(-500), json!(0), json!(-500));
    (refund["type"], refund["reporting_category"]) = (json!("refund"), json!("refund"));
    refund["fee_details"] = json!([]);
    refund["source"] = json!({"id": "re_1", "object": "refund", "payment_intent": "pi_9",
        "charge": {"id": "ch_9", "object": "charge", "customer": "cus_9"}});
    let mut fee = charge(1001);
    fee["id"] = json!("txn_fee");
    (fee["amount"], fee["net"], fee["source"]) = (json!(0), json!(-59), Value::Null);
    (fee["type"], fee["reporting_category"]) = (json!("stripe_fee"), json!("=fee"));
    let mut own = charge(1002);
    own["id"] = json!("txn_own");
    (own["amount"], own["fee"], own["net"]) = (json!(-279_759), json!(0), json!(-279_759));
    (own["type"], own["reporting_category"]) = (json!("payout"), json!("payout"));
    (own["fee_details"], own["source"]) = (json!([]), json!({"id": "po_1", "object": "payout"}));
    [own, refund, fee]
}

impl World {
    /// Stripe has this payout.
    pub(super) async fn stripe_has(&self, payout: &Value) {
        let at = format!("/v1/payouts/{}", payout["id"].as_str().unwrap());
        let answer = ResponseTemplate::new(200).set_body_json(payout);
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.stripe)
            .await;
    }

    /// Stripe lists these members of `po_1`, in pages, and knows no other cursor than their ids.
    pub(super) async fn stripe_lists(&self, members: Vec<Value>) {
        let answer = move |request: &Request| {
            let asked = |name: &str| {
                let mut pairs = request.url.query_pairs();
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            };
            assert_eq!(asked("limit").as_deref(), Some("100"));
            let from = match asked("starting_after") {
                None => 0,
                Some(after) => match members.iter().position(|one| one["id"] == json!(after)) {
                    Some(at) => at + 1,
                    None => return missing("starting_after"),
                },
            };
            let page: Vec<&Value> = members.iter().skip(from).take(100).collect();
            let more = from + page.len() < members.len();
            ResponseTemplate::new(200)
                .set_body_json(json!({"object": "list", "data": page, "has_more": more}))
        };
        Mock::given(method("GET"))
            .and(path("/v1/balance_transactions"))
            .and(query_param("payout", "po_1"))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.stripe)
            .await;
    }

    /// The ledger holds an entry for each reference that it is asked for, but for one movement.
    pub(super) async fn ledger_holds_entries(&self) {
        let answer = |request: &Request| {
            let asked: Value = serde_json::from_slice(&request.body).unwrap();
            let references = asked["filters"][0]["values"].as_array().unwrap().clone();
            assert!(references.len() <= 100);
            let held = references.iter().filter_map(Value::as_str);
            let held = held.filter(|reference| !reference.contains(&format!(":{MISSING}:")));
            let rows: Vec<Value> = held
                .map(|reference| {
                    json!({"transaction_id": format!("ledger:{reference}"), "reference": reference,
                        "currency": "USD", "precise_amount": 1000, "status": "APPLIED"})
                })
                .collect();
            let body = json!({"data": rows, "total": rows.len(), "total_is_estimate": false});
            ResponseTemplate::new(200).set_body_json(body)
        };
        Mock::given(method("POST"))
            .and(path("/transactions/filter"))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.blnk)
            .await;
    }

    pub(super) async fn place_line(&self, connection: Ulid, created: &str, id: &str, more: &Value) {
        let mut line = json!({"id": id, "amount": "12345", "currency": "USD", "status": "paid",
            "created": Millis::parse(created).unwrap().seconds(), "automatic": true,
            "reconciliation": "reconciled", "members": 12, "complete": true});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put_item(&Sk::PayoutLine(connection, created, id), &line).await;
    }
}

/// Counts the calls to Stripe and to the ledger.
pub(super) struct Calls<'w> {
    world: &'w World,
    before: (usize, usize),
}

impl<'w> Calls<'w> {
    pub(super) async fn of(world: &'w World) -> Self {
        let mut calls = Self { world, before: (0, 0) };
        calls.made().await;
        calls
    }

    /// Calls since the last look.
    pub(super) async fn made(&mut self) -> (usize, usize) {
        let now = (
            self.world.stripe.received_requests().await.unwrap().len(),
            self.world.blnk.received_requests().await.unwrap().len(),
        );
        let before = std::mem::replace(&mut self.before, now);
        (now.0 - before.0, now.1 - before.1)
    }
}

pub(super) fn missing(param: &str) -> ResponseTemplate {
    let error = json!({"type": "invalid_request_error", "code": "resource_missing", "param": param,
        "message": "No such object"});
    ResponseTemplate::new(if param == "id" { 404 } else { 400 })
        .set_body_json(json!({"error": error}))
}
