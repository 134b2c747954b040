//! Account rules: previewed, saved once, ended for the future, audited.

use serde_json::{Value, json};
use stripe_sync::platform::table::keys::Sk;
use test_support::Call;
use ulid::Ulid;

use crate::world::{PK, World, world, world_with};

const GRANTS: &str = "@stripe_test_grants";

impl World {
    /// A movement in suspense, as a run leaves it.
    async fn in_suspense(&self, record: &str, names: (&str, &str), more: &Value) -> String {
        let id = format!("{record}:unclassified");
        let mut item = json!({"id": id, "kind": "record", "subject": record, "code": "unknown_type",
            "cause": "No rule knows it.",
            "amount": "500", "currency": "USD", "entry_references": [], "entry_ids": [],
            "state": "open", "attempts": 1,
            "first_seen": 1_760_000_000_000_i64, "last_seen": 1_760_000_100_000_i64,
            "run": Ulid::nil().to_string(),
            "fingerprint": "x", "names": {"reporting_category": names.0, "type": names.1}});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put_item(&Sk::Problem(self.present(), &id), &item).await;
        id
    }

    async fn rules(&self, bearer: &str) -> Value {
        let reply = self.get(bearer, "account-rules").await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
}

fn grants(revision: u64) -> Value {
    json!({"revision": revision, "reporting_category": "grant", "account": GRANTS})
}

/// What a rule shows, without its times.
fn told(rule: &Value) -> Value {
    json!([rule["reporting_category"], rule["type"], rule["account"], rule["state"]])
}

#[tokio::test]
async fn movements_in_suspense_are_listed_by_name_with_amounts() {
    let world = world().await;
    let bearer = world.connected().await;
    world.in_suspense("txn_1", ("grant", "gift"), &json!({})).await;
    world
        .in_suspense("txn_2", ("grant", "gift"), &json!({"state": "dismissed", "amount": "-200"}))
        .await;
    world.in_suspense("txn_3", ("grant", "gift"), &json!({"amount": "9", "currency": "JPY"})).await;
    world.in_suspense("txn_4", ("grant", "gift"), &json!({"state": "resolved"})).await;
    world.in_suspense("txn_5", ("", "prize"), &json!({})).await;
    world.problem("txn_6", "validation").await;
    let shown = world.rules(&bearer).await;
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"]);
    let amount = |currency: &str, exponent: u32, movements: u64, amount: &str| {
        json!({"currency": currency, "exponent": exponent, "movements": movements,
            "amount": amount})
    };
    let row = |names: (&str, &str), counts: (u64, u64), amounts: Value| {
        json!({"reporting_category": names.0, "type": names.1, "movements": counts.0,
            "open": counts.1, "amounts": amounts,
            "first_seen_at": "2025-10-09T08:53:20.000Z", "last_seen_at": "2025-10-09T08:55:00.000Z",
            "rule_id": null})
    };
    let expected = json!({"revision": 0, "rules": [], "maximum": 50,
        "account_prefix": "@stripe_test_", "delay_minutes": 20,
        "unrecognised": [
            row(("", "prize"), (1, 1), json!([amount("USD", 2, 1, "500")])),
            row(("grant", "gift"), (3, 2),
                json!([amount("JPY", 0, 1, "9"), amount("USD", 2, 2, "300")])),
        ],
        "complete": true});
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_preview_says_what_a_rule_would_do_and_stores_nothing() {
    let world = world().await;
    let bearer = world.connected().await;
    world.in_suspense("txn_1", ("grant", "gift"), &json!({})).await;
    world.in_suspense("txn_2", ("grant", "other"), &json!({"amount": "40"})).await;
    let wanted = json!({"reporting_category": "grant", "account": GRANTS});
    let reply = world.post(&bearer, "account-rules/preview", &wanted).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mut shown = reply.json();
    assert!(shown["starts_at"].take().is_string());
    let amounts = json!([{"currency": "USD", "exponent": 2, "movements": 2, "amount": "540"}]);
    assert_eq!(
        shown,
        json!({"starts_at": null, "present_account": "@stripe_test_suspense", "movements": 2,
            "open": 2,
            "amounts": amounts, "complete": true, "refusals": []})
    );
    let wanted = json!({"reporting_category": "charge", "account": "@stripe_test_fees"});
    let shown = world.post(&bearer, "account-rules/preview", &wanted).await.json();
    let refusals: Vec<(&Value, &Value)> = shown["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| (&refusal["code"], &refusal["field"]))
        .collect();
    assert_eq!(
        refusals,
        [
            (&json!("known_name"), &json!("reporting_category")),
            (&json!("invalid_account"), &json!("account"))
        ]
    );
    assert!(world.aws.item(PK, "SETTINGS").is_none());
}

#[tokio::test]
async fn a_rule_is_saved_once_ended_once_and_audited() {
    let world = world().await;
    let bearer = world.connected().await;
    world.in_suspense("txn_1", ("grant", "gift"), &json!({})).await;
    let reply = world.post(&bearer, "account-rules", &grants(0)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let saved = reply.json();
    assert_eq!((&saved["changed"], &saved["revision"]), (&json!(true), &json!(1)));
    assert_eq!(told(&saved["rule"]), json!(["grant", null, GRANTS, "upcoming"]));
    let again = world.post(&bearer, "account-rules", &grants(0)).await.json();
    assert_eq!((&again["changed"], &again["rule"]), (&json!(false), &saved["rule"]));
    let shown = world.rules(&bearer).await;
    assert_eq!((&shown["rules"], &shown["revision"]), (&json!([saved["rule"]]), &json!(1)));
    assert_eq!(shown["unrecognised"][0]["rule_id"], saved["rule"]["id"], "from then on");
    let trail = world.audited("account_rule_added");
    assert_eq!((trail.len(), &trail[0]["subject"]), (1, &json!(format!("grant: {GRANTS}"))));
    assert!(trail[0]["launch_id"].is_string());

    let mut other = grants(1);
    other["account"] = json!("@stripe_test_others");
    let reply = world.post(&bearer, "account-rules", &other).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "rule_exists"));
    let stale = json!({"revision": 0, "type": "prize", "account": GRANTS});
    let reply = world.post(&bearer, "account-rules", &stale).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "changed_meanwhile"));

    let id = saved["rule"]["id"].as_str().unwrap();
    let end = format!("account-rules/{id}/end");
    let reply = world.post(&bearer, &end, &json!({"revision": 0})).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "changed_meanwhile"));
    let ended = world.post(&bearer, &end, &json!({"revision": 1})).await.json();
    assert_eq!((&ended["changed"], &ended["revision"]), (&json!(true), &json!(2)));
    assert_eq!(told(&ended["rule"]), json!(["grant", null, GRANTS, "ending"]));
    let again = world.post(&bearer, &end, &json!({"revision": 1})).await.json();
    assert_eq!((&again["changed"], &again["rule"]), (&json!(false), &ended["rule"]));
    assert_eq!(world.audited("account_rule_ended").len(), 1);
    assert_eq!(world.rules(&bearer).await["unrecognised"][0]["rule_id"], Value::Null);
    // The same names may get another account, and the ended rule stays.
    let mut other = grants(2);
    other["account"] = json!("@stripe_test_others");
    assert_eq!(world.post(&bearer, "account-rules", &other).await.status, 200);
    assert_eq!(world.rules(&bearer).await["rules"].as_array().unwrap().len(), 2);

    // Settings are replaced whole, and leave the rules alone.
    let settings = world.get(&bearer, "settings").await.json();
    let mut change = json!({});
    for kept in [
        "revision",
        "pay_ins",
        "account_names",
        "start_date",
        "match_by_email",
        "personal_data",
        "ceilings",
    ] {
        change[kept] = settings[kept].clone();
    }
    change["interval"] = json!("daily");
    let put = |change: Value| {
        let call = Call::new("PUT", "/portal/api/settings").bearer(&bearer).json(&change);
        let router = world.router.clone();
        async move { call.to(&router).await }
    };
    assert_eq!(put(change.clone()).await.status, 200);
    assert_eq!(world.rules(&bearer).await["rules"].as_array().unwrap().len(), 2);
    change["revision"] = json!(4);
    change["account_names"] = json!({"fees": GRANTS});
    let reply = put(change).await;
    assert_eq!((reply.status, reply.code().as_str()), (422, "invalid_setting"));
}

#[tokio::test]
async fn an_invalid_rule_is_refused_and_nothing_is_stored() {
    let world = world().await;
    let bearer = world.connected().await;
    let rule = |member: &str, value: Value| {
        let mut rule = grants(0);
        rule[member] = value;
        rule
    };
    for (wrong, status, code) in [
        (json!({}), 400, "bad_request"),
        (rule("colour", json!("red")), 400, "bad_request"),
        (rule("account", json!("grants")), 422, "invalid_account"),
        (rule("account", json!("@grants")), 422, "invalid_account"),
        (rule("account", json!("@stripe_test_balance_x")), 422, "invalid_account"),
        (rule("reporting_category", json!("")), 422, "invalid_name"),
        (rule("reporting_category", Value::Null), 422, "nothing_named"),
        (rule("type", json!("stripe_fee")), 422, "known_name"),
    ] {
        let reply = world.post(&bearer, "account-rules", &wrong).await;
        assert_eq!(reply.status, status, "{wrong}: {}", reply.text());
        assert_eq!(reply.code(), code, "{wrong}");
    }
    for (path, status) in [(Ulid::nil().to_string(), 404), ("x".to_owned(), 404)] {
        let end = format!("account-rules/{path}/end");
        assert_eq!(world.post(&bearer, &end, &json!({"revision": 0})).await.status, status);
    }
    assert!(world.aws.item(PK, "SETTINGS").is_none());
}

#[tokio::test]
async fn an_account_with_entries_of_others_is_refused() {
    let world = world().await;
    let bearer = world.connected().await;
    world.blnk.reset().await;
    world.ledger_lists("ledger", &json!([])).await;
    let balance = json!({"balance_id": "bln_1", "ledger_id": "general_ledger_id",
        "indicator": GRANTS, "currency": "EUR",
        "balance": 5, "credit_balance": 5, "debit_balance": 0,
        "created_at": "2025-10-01T00:00:00Z"});
    world.ledger_lists("balances", &json!([balance])).await;
    world.ledger_counts(1, 3).await;
    let reply = world.post(&bearer, "account-rules", &grants(0)).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (422, "account_not_free"),
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("2 entries in EUR"), "{}", reply.text());
}

#[tokio::test]
async fn rules_need_a_connection_and_permissions() {
    let world = world().await;
    let bearer = world.session().await;
    for reply in [
        world.get(&bearer, "account-rules").await,
        world.post(&bearer, "account-rules", &grants(0)).await,
        world
            .post(&bearer, "account-rules/preview", &json!({"type": "x", "account": GRANTS}))
            .await,
    ] {
        assert_eq!((reply.status, reply.code().as_str()), (409, "not_connected"));
    }
    let world = world_with(&["data:read"]).await;
    let bearer = world.connected().await;
    assert_eq!(world.get(&bearer, "account-rules").await.status, 200);
    let end = format!("account-rules/{}/end", Ulid::nil());
    for path in ["account-rules", end.as_str()] {
        let reply = world.post(&bearer, path, &grants(0)).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"), "{path}");
    }
}

#[tokio::test]
async fn a_group_is_dismissed_for_one_reason_and_nothing_else() {
    let world = world().await;
    let bearer = world.connected().await;
    for at in 0..120 {
        let names = if at < 103 { ("grant", "gift") } else { ("prize", "gift") };
        world.in_suspense(&format!("txn_{at}"), names, &json!({})).await;
    }
    let group = |names: Value| json!({"unrecognised": names, "reason": "Moved by hand."});
    let names = json!({"reporting_category": "grant", "type": "gift"});
    let done = world.post(&bearer, "problems/dismiss", &group(names.clone())).await.json();
    assert_eq!(
        (&done["changed"], &done["more"], &done["open"]),
        (&json!(103), &json!(false), &json!(17))
    );
    // 97 fit a transaction beside its conditions.
    assert_eq!(world.audited("problem_dismissed").len(), 2);
    let again = world.post(&bearer, "problems/dismiss", &group(names)).await.json();
    assert_eq!((&again["changed"], &again["open"]), (&json!(0), &json!(17)));
    let nameless = json!({"reporting_category": "", "type": "gift"});
    let none = world.post(&bearer, "problems/dismiss", &group(nameless)).await.json();
    assert_eq!(none["changed"], json!(0), "an empty name is one of its own");
    for wrong in [json!({}), json!({"reporting_category": ""}), json!({"category": "grant"})] {
        let reply = world.post(&bearer, "problems/dismiss", &group(wrong.clone())).await;
        assert_eq!(reply.status, 400, "{wrong}");
    }
    let both =
        json!({"ids": ["txn_119:unclassified"], "unrecognised": {"type": "gift"}, "reason": "x"});
    assert_eq!(world.post(&bearer, "problems/dismiss", &both).await.status, 400);
}
