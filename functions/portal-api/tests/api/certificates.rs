//! Certificates: for the screen, as they are kept, and as a table. The layout of all three is what
//! others rely on.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stripe_sync::model::certificate::{Certificate, Verdict};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::store::certificates::item_of;
use stripe_sync::platform::table::keys::Sk;

use crate::world::{INSTALL, PK, World, world};

pub(crate) const ID: &str = "01K2V7Q8ZJ4M9T3R6W5X0Y1CCC";
const THINNED: &str = "01K2V7Q8ZJ4M9T3R6W5X0Y1DD1";
const NEWEST: &str = "01K2V7Q8ZJ4M9T3R6W5X0Y1DD2";

fn line(balance: &str, mirror: &str, found: &Value) -> Value {
    let mut line = json!({"balance": balance, "mirror": mirror, "currency": "USD", "exponent": 2,
        "ledger": "9900", "expected": "10000",
        "d2": "100", "debits": ["12000", "12000"], "credits": ["2000", "2100"], "records": 42,
        "legs": 57, "digest": "00ff",
        "hours": {"agreed": 11, "differing": 1}});
    line.as_object_mut().unwrap().extend(found.as_object().unwrap().clone());
    line
}

/// A certificate with everything that one can say.
fn certificate() -> Certificate {
    let differs = json!({"stripe": "10000", "d1": "0", "verdict": "mismatch"});
    let unseen =
        json!({"currency": "JPY", "exponent": 0, "verdict": "not_compared", "note": "=1+1"});
    let cause = json!({"kind": "missing", "mirror": "@stripe_test", "currency": "USD",
        "reference": "stripe:acct_1:test:txn_1:amount",
        "stripe_id": "txn_1", "expected": "100", "at": "2025-10-09T08:00:00.000Z",
        "problem": "txn_1:amount"});
    let payouts = json!({"zero": 7, "members": 96, "waiting": 2, "older_to_come": true,
        "unreadable": 1, "more_remainders": 0,
        "remainders": [{"payout": "po_1", "currency": "USD", "net": "-250", "members": 12,
            "at": 1_760_000_000_000_i64}]});
    let whole = json!({"version": 2, "id": ID, "run": "01K2V7Q8ZJ4M9T3R6W5X0Y1DDD",
        "owner": "acct_1:test", "instance": "inst_1",
        "at": 1_760_000_000_000_i64, "verdict": "mismatch", "open_problems": 1, "causes": [cause],
        "payouts": payouts,
        "previous": "ab".repeat(32),
        "lines": [line("payments", "@stripe_test", &differs),
            line("connect_reserved", "@stripe_test_connect_reserved", &unseen)]});
    let mut certificate: Certificate = serde_json::from_value(whole).unwrap();
    certificate.hash = Some(certificate.digest().unwrap());
    certificate
}

impl World {
    /// An install with a certificate as version 2 issued and stored it.
    pub(crate) async fn certified(&self) -> String {
        let bearer = self.connected().await;
        let certificate = certificate();
        let sk = Sk::Proof(self.present(), certificate.id);
        self.put_item(&sk, &serde_json::to_value(&certificate).unwrap()).await;
        self.aws.alter(PK, &sk.to_string(), "schema", json!({"N": "1"}));
        bearer
    }

    /// After it two of version 3, of which the first is thinned.
    async fn certified_since(&self) -> String {
        let bearer = self.certified().await;
        let mut before = certificate();
        for id in [THINNED, NEWEST] {
            let mut next = Certificate {
                id: id.parse().unwrap(),
                version: 3,
                at: before.at.plus_seconds(900),
                verdict: Verdict::Match,
                ..certificate()
            };
            next.seal(Some(&before)).unwrap();
            let install = InstallId::parse(INSTALL).unwrap();
            let mut item = item_of(&install, self.present(), &next).unwrap();
            if id == THINNED {
                item.remove("text");
                item.insert("thinned".into(), AttributeValue::Bool(true));
            }
            let put = self.store.client.put_item().table_name(&self.store.table);
            put.set_item(Some(item)).send().await.unwrap();
            before = next;
        }
        bearer
    }
}

/// Whether a document's hashes are right, as its description says to check them. It knows JSON and
/// SHA-256, and nothing of this application.
fn is_right(document: &Value) -> bool {
    // All names here are ASCII and all numbers whole: then this is the canonical form.
    let hash_of = |members: &BTreeMap<&str, &Value>| {
        hex::encode(Sha256::digest(serde_json::to_string(members).unwrap()))
    };
    let line = ["id", "at", "verdict", "previous", "body"];
    let members =
        || document.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value));
    if document["version"].as_u64().unwrap() < 3 {
        return document["hash"]
            == hash_of(&members().filter(|(name, _)| *name != "hash").collect());
    }
    let of_line = members().filter(|(name, _)| line.contains(name)).collect();
    let of_body = members().filter(|(name, _)| *name != "hash" && !line.contains(name)).collect();
    document["hash"] == hash_of(&of_line)
        && (document["thinned"] == true || document["body"] == hash_of(&of_body))
}

/// State: certificates of both layouts, one of them thinned. What must hold: each document can be
/// checked by other code, and so can the chain; a changed one is found.
#[tokio::test]
async fn a_chain_of_documents_is_checked_by_other_code() {
    let world = world().await;
    let bearer = world.certified_since().await;
    let mut before = Value::Null;
    for id in [ID, THINNED, NEWEST] {
        let document = world.get(&bearer, &format!("certificates/{id}/document")).await.json();
        assert!(is_right(&document), "{document}");
        assert!(before.is_null() || document["previous"] == before, "{document}");
        before = document["hash"].clone();
        for (name, value) in [("at", json!(1)), ("verdict", json!("inconclusive"))] {
            let mut changed = document.clone();
            changed[name] = value;
            assert!(!is_right(&changed), "{id} {name}");
        }
        if document["thinned"] != true {
            let mut changed = document.clone();
            changed["lines"][0]["records"] = json!(43);
            assert!(!is_right(&changed), "{id}");
        }
    }
}

#[tokio::test]
async fn a_thinned_certificate_says_so_everywhere() {
    let world = world().await;
    let bearer = world.certified_since().await;
    let get = async |path: &str| world.get(&bearer, &format!("certificates{path}")).await;
    insta::assert_json_snapshot!("certificates_since", get("").await.json());
    insta::assert_json_snapshot!("thinned", get(&format!("/{THINNED}")).await.json());
    insta::assert_json_snapshot!(
        "thinned_document",
        get(&format!("/{THINNED}/document")).await.json()
    );
    insta::assert_snapshot!("thinned_table", get(&format!("/{THINNED}/table")).await.text());
    insta::assert_json_snapshot!(
        "certificate_document_3",
        get(&format!("/{NEWEST}/document")).await.json()
    );
}

#[tokio::test]
async fn a_certificate_is_shown_with_its_lines_causes_and_payouts() {
    let world = world().await;
    let bearer = world.certified().await;
    insta::assert_json_snapshot!(
        "certificate",
        world.get(&bearer, &format!("certificates/{ID}")).await.json()
    );
    insta::assert_json_snapshot!("certificates", world.get(&bearer, "certificates").await.json());
}

#[tokio::test]
async fn a_stored_certificate_contains_its_own_hash() {
    let world = world().await;
    let bearer = world.certified().await;
    let reply = world.get(&bearer, &format!("certificates/{ID}/document")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(
        reply.header("content-disposition"),
        format!("attachment; filename=\"certificate-{ID}.json\"")
    );
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
    assert!(reply.text().contains(",'=1+1\r\n"), "{}", reply.text());
    insta::assert_snapshot!("certificate_table", reply.text().replace('\r', ""));
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
