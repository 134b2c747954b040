//! Certificates: for the screen, as they are kept, and as a table. The layout of all three is what others rely on.

use serde_json::{Value, json};
use stripe_sync::model::certificate::Certificate;
use stripe_sync::platform::store::keys::Sk;

use crate::world::{World, world};

const ID: &str = "01K2V7Q8ZJ4M9T3R6W5X0Y1CCC";

fn line(balance: &str, mirror: &str, found: &Value) -> Value {
    let mut line = json!({"balance": balance, "mirror": mirror, "currency": "USD", "exponent": 2, "ledger": "9900", "expected": "10000",
        "d2": "100", "debits": ["12000", "12000"], "credits": ["2000", "2100"], "records": 42, "legs": 57, "digest": "00ff",
        "hours": {"agreed": 11, "differing": 1}});
    line.as_object_mut().unwrap().extend(found.as_object().unwrap().clone());
    line
}

/// A certificate with everything that one can say.
fn certificate() -> Certificate {
    let differs = json!({"stripe": "10000", "d1": "0", "verdict": "mismatch"});
    let unseen = json!({"currency": "JPY", "exponent": 0, "verdict": "not_compared", "note": "=1+1"});
    let cause = json!({"kind": "missing", "mirror": "@stripe_test", "currency": "USD", "reference": "stripe:acct_1:test:txn_1:amount",
        "stripe_id": "txn_1", "expected": "100", "at": "2025-10-09T08:00:00.000Z", "problem": "txn_1:amount"});
    let payouts = json!({"zero": 7, "members": 96, "waiting": 2, "older_to_come": true, "unreadable": 1, "more_remainders": 0,
        "remainders": [{"payout": "po_1", "currency": "USD", "net": "-250", "members": 12, "at": 1_760_000_000_000_i64}]});
    let whole = json!({"version": 2, "id": ID, "run": "01K2V7Q8ZJ4M9T3R6W5X0Y1DDD", "owner": "acct_1:test", "instance": "inst_1",
        "at": 1_760_000_000_000_i64, "verdict": "mismatch", "open_problems": 1, "causes": [cause], "payouts": payouts,
        "previous": "ab".repeat(32),
        "lines": [line("payments", "@stripe_test", &differs), line("connect_reserved", "@stripe_test_connect_reserved", &unseen)]});
    let mut certificate: Certificate = serde_json::from_value(whole).unwrap();
    certificate.hash = Some(certificate.digest().unwrap());
    certificate
}

impl World {
    async fn certified(&self) -> String {
        let bearer = self.connected().await;
        let certificate = certificate();
        self.put_item(&Sk::Proof(self.present(), certificate.id), &serde_json::to_value(&certificate).unwrap()).await;
        bearer
    }
}

#[tokio::test]
async fn a_certificate_is_shown_with_its_lines_causes_and_payouts() {
    let world = world().await;
    let bearer = world.certified().await;
    insta::assert_json_snapshot!("certificate", world.get(&bearer, &format!("certificates/{ID}")).await.json());
    insta::assert_json_snapshot!("certificates", world.get(&bearer, "certificates").await.json());
}

#[tokio::test]
async fn a_certificate_as_it_is_kept_bears_its_own_hash() {
    let world = world().await;
    let bearer = world.certified().await;
    let reply = world.get(&bearer, &format!("certificates/{ID}/document")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"certificate-{ID}.json\""));
    let kept: Certificate = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(kept, certificate());
    assert_eq!(kept.hash, Some(kept.digest().unwrap()));
    insta::assert_json_snapshot!("certificate_document", reply.json());
}

#[tokio::test]
async fn a_certificate_as_a_table_holds_no_formula() {
    let world = world().await;
    let bearer = world.certified().await;
    let reply = world.get(&bearer, &format!("certificates/{ID}/table")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(reply.text().contains(",'=1+1\n"), "{}", reply.text());
    insta::assert_snapshot!("certificate_table", reply.text());
}

#[tokio::test]
async fn a_certificate_of_another_connection_is_not_found() {
    let world = world().await;
    let bearer = world.certified().await;
    for id in ["01K2V7Q8ZJ4M9T3R6W5X0Y1EEE", "no-id"] {
        for path in ["", "/document", "/table"] {
            let reply = world.get(&bearer, &format!("certificates/{id}{path}")).await;
            assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"), "{id}{path}");
        }
    }
}
