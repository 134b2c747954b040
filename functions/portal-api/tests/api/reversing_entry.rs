//! The entry that undoes what somebody else posted: prepared, never posted.

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;
use ulid::Ulid;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use crate::world::{World, world, world_with};

const ENTRY: &str = "txn_5b1d4c0e-9a57-4f3b-8f0c-2d6e7a93c1e4";

impl World {
    /// The problem of a proof that found somebody else's entry.
    async fn foreign_entry(&self, code: &str) -> String {
        let id = format!("{ENTRY}:drift");
        let item = json!({"id": id, "kind": "entry", "subject": ENTRY, "code": code,
            "cause": "Somebody else posted this entry to the mirror.", "amount": "12345",
            "currency": "USD",
            "entry_references": ["rent-march"], "entry_ids": [ENTRY], "state": "open",
            "attempts": 1,
            "first_seen": 1_760_000_000_000_i64, "last_seen": 1_760_000_100_000_i64,
            "run": Ulid::nil().to_string()});
        self.put_item(&Sk::Problem(self.present(), &id), &item).await;
        id
    }

    /// What was asked of the ledger: no entry is ever posted.
    async fn asked_of_the_ledger(&self) -> Vec<String> {
        let asked = self.blnk.received_requests().await.unwrap();
        asked.iter().map(|request| request.url.path().to_owned()).collect()
    }
}

fn row(more: &Value) -> Value {
    let mut row = json!({"transaction_id": ENTRY, "reference": "rent-march", "currency": "USD",
        "precise_amount": 12_345, "precision": 100, "source": "bln_mirror",
        "destination": "bln_nameless",
        "status": "APPLIED", "created_at": "2025-10-09T09:00:00Z"});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn balance(id: &str, indicator: Option<&str>) -> Value {
    json!({"balance_id": id, "ledger_id": "ldg_1", "indicator": indicator, "currency": "USD",
        "balance": 0,
        "debit_balance": 0, "credit_balance": 0})
}

#[tokio::test]
async fn a_reversing_entry_for_a_foreign_entry_is_prepared_and_nothing_is_posted() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.foreign_entry("foreign_entry").await;
    world.blnk.reset().await;
    world.ledger_lists("transactions", &json!([row(&json!({}))])).await;
    let sides = json!([balance("bln_mirror", Some("@stripe_test")), balance("bln_nameless", None)]);
    world.ledger_lists("balances", &sides).await;
    let reply = world.get(&bearer, &format!("problems/{id}/reversing-entry")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let entry = reply.json();
    for (name, expected) in [
        ("reverses", ENTRY),
        ("source", "bln_nameless"),
        ("destination", "@stripe_test"),
        ("amount", "12345"),
        ("currency", "USD"),
        ("precision", "100"),
        ("reference", &format!("{ENTRY}:reversal")),
        ("description", &format!("Reverses rent-march ({id})")),
    ] {
        assert_eq!(entry[name], expected, "{name}");
    }
    let body: Value = serde_json::from_str(entry["body"].as_str().unwrap()).unwrap();
    let expected = json!({"precise_amount": 12_345, "precision": 100, "currency": "USD",
        "source": "bln_nameless", "destination": "@stripe_test",
        "reference": format!("{ENTRY}:reversal"),
        "description": format!("Reverses rent-march ({id})"), "allow_overdraft": true});
    assert_eq!(body, expected);
    assert_eq!(world.asked_of_the_ledger().await, ["/transactions/filter", "/balances/filter"]);
}

#[tokio::test]
async fn an_amount_beyond_any_float_keeps_its_digits() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.foreign_entry("foreign_entry").await;
    world.blnk.reset().await;
    let large = 9_007_199_254_740_993_i64;
    world.ledger_lists("transactions", &json!([row(&json!({"precise_amount": large}))])).await;
    world.ledger_lists("balances", &json!([])).await;
    let entry = world.get(&bearer, &format!("problems/{id}/reversing-entry")).await.json();
    assert_eq!(entry["amount"], large.to_string());
    assert!(entry["body"].as_str().unwrap().contains("\"precise_amount\": 9007199254740993,"));
}

#[tokio::test]
async fn an_entry_that_cannot_be_reversed_is_refused_by_name() {
    let world = world().await;
    let bearer = world.connected().await;
    let ask = async |id: &str| world.get(&bearer, &format!("problems/{id}/reversing-entry")).await;
    assert_eq!(ask("txn_none:drift").await.status, 404);
    let id = world.foreign_entry("entry_changed").await;
    let ours = ask(&id).await;
    assert_eq!((ours.status, ours.code().as_str()), (409, "nothing_to_reverse"));

    world.foreign_entry("foreign_entry").await;
    world.blnk.reset().await;
    world.ledger_lists("transactions", &json!([])).await;
    assert_eq!(ask(&id).await.status, 404, "the entry is gone");
    world.blnk.reset().await;
    world.ledger_lists("transactions", &json!([row(&json!({"precision": 0}))])).await;
    world.ledger_lists("balances", &json!([])).await;
    let unknown = ask(&id).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (409, "precision_unknown"));
    world.blnk.reset().await;
    let failing = Mock::given(method("POST"));
    failing.respond_with(ResponseTemplate::new(503)).mount(&world.blnk).await;
    assert_eq!(ask(&id).await.status, 503, "it may work in a moment");

    let blind = world_with(&["alerts:read"]).await;
    let reply = blind.get(&blind.session().await, &format!("problems/{id}/reversing-entry")).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"));
}
