use std::sync::Arc;

use serde_json::{Value, json};
use stripe_sync::platform::vault::Purpose;
use test_support::{Logs, Reply};
use wiremock::matchers::{header, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::world::{INSTALL, OTHER_KEY, PK, STRIPE_KEY, World, world};

fn row(indicator: &str) -> Value {
    json!({"balance_id": format!("bln_{}", &indicator[1..]), "ledger_id": "general_ledger_id",
        "indicator": indicator, "currency": "USD", "balance": 1,
        "debit_balance": 1, "credit_balance": 2, "created_at": "2026-11-24T10:30:00Z"})
}

impl World {
    /// What must hold after every refusal: nothing of the table, of the keys and of the queue has
    /// changed.
    async fn refused(&self, bearer: &str, key: &str, status: u16, code: &str) -> Reply {
        let before = self.aws.dump();
        self.aws.forget();
        let reply = self.connect(bearer, key).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text());
        assert!(
            !reply.text().contains(key) || key.len() < 9,
            "an answer repeats the key: {}",
            reply.text()
        );
        assert_eq!(self.aws.dump(), before, "{code}");
        let calls = self.aws.calls();
        assert!(
            !calls.contains(&"GenerateDataKey".to_owned())
                && !calls.contains(&"SendMessage".to_owned()),
            "{calls:?}"
        );
        reply
    }

    async fn stripe_refuses(&self, key: &str, resource: &str, status: u16, message: &str) {
        let answer = ResponseTemplate::new(status)
            .set_body_json(json!({"error": {"type": "invalid_request_error", "message": message}}));
        let asked = Mock::given(path(format!("/v1/{resource}")))
            .and(header("authorization", format!("Bearer {key}").as_str()));
        asked.respond_with(answer).with_priority(1).mount(&self.stripe).await;
    }
}

#[tokio::test]
async fn a_text_that_is_no_key_is_refused_before_anybody_is_asked() {
    let world = world().await;
    let bearer = world.session().await;
    for (text, code) in [
        ("pk_test_51OneOneOneOneOneOne", "publishable_key"),
        ("whsec_51OneOneOneOneOneOne", "malformed_key"),
        ("rk_test_short", "malformed_key"),
        ("rk_test_51One OneOneOneOne", "malformed_key"),
        ("", "malformed_key"),
    ] {
        world.refused(&bearer, text, 422, code).await;
    }
    assert!(world.stripe.received_requests().await.unwrap().is_empty());
    assert!(world.blnk.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_that_stripe_refuses_or_that_lacks_a_permission_is_refused_by_name() {
    let world = world().await;
    let bearer = world.session().await;
    world.free_ledger().await;
    for resource in [
        "account",
        "balance",
        "balance_transactions",
        "charges",
        "customers",
        "refunds",
        "disputes",
        "payouts",
    ] {
        world.stripe_refuses(OTHER_KEY, resource, 401, "Invalid API Key provided").await;
    }
    world.refused(&bearer, OTHER_KEY, 422, "invalid_key").await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    for (resource, permission) in [("charges", "rak_charge_read"), ("payouts", "rak_payout_read")] {
        let message = format!(
            "The provided key '{STRIPE_KEY}' does not have the required permissions. Having the \
             '{permission}' permission would allow this."
        );
        world.stripe_refuses(STRIPE_KEY, resource, 403, &message).await;
    }
    let reply = world.refused(&bearer, STRIPE_KEY, 422, "missing_rights").await;
    let expected = json!([{"resource": "charges", "right": "rak_charge_read"},
        {"resource": "payouts", "right": "rak_payout_read"}]);
    assert_eq!(reply.json()["missing"], expected);
    assert!(world.blnk.received_requests().await.unwrap().is_empty());
}

/// Two accounts must never be taken for one: who a key belongs to is said by Stripe, or nothing is
/// connected.
#[tokio::test]
async fn the_account_comes_from_stripes_own_word_or_connecting_is_refused_with_what_to_grant() {
    let world = world().await;
    let bearer = world.session().await;
    world.free_ledger().await;
    world.stripe_answers(STRIPE_KEY, "acct_unread").await;
    let fixture = include_str!("../../../../tests/fixtures/field/12_account_403.json");
    let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
    let say = |message: String| {
        let body = json!({"error": {"type": "invalid_request_error", "message": message}});
        Mock::given(path("/v1/account"))
            .respond_with(ResponseTemplate::new(403).set_body_json(body))
            .with_priority(1)
            .up_to_n_times(1)
    };
    let word = "rak_accounts_kyc_basic_read";
    let named = |account: &str| {
        format!(
            "The provided key 'rk_test_*' lacks a permission on account {account}. Having the \
             '{word}' permission would help."
        )
    };
    for (message, permission) in [
        (fixture["faults"][0]["body"]["error"]["message"].as_str().unwrap().to_owned(), Some(word)),
        (fixture["faults"][1]["body"]["error"]["message"].as_str().unwrap().to_owned(), None),
        (named("'acct_1' of platform 'acct_2'"), Some(word)),
        (named("(hidden)"), Some(word)),
    ] {
        say(message).mount(&world.stripe).await;
        let reply = world.refused(&bearer, STRIPE_KEY, 422, "missing_rights").await.json();
        assert_eq!(reply["missing"], json!([{"resource": "account", "right": permission}]));
        let detail = reply["detail"].as_str().unwrap();
        assert!(
            detail.contains("Accounts (under Connect): Read")
                && detail.contains(permission.unwrap_or("rak_connected_account_read")),
            "{detail}"
        );
        let link = reply["key_url"].as_str().unwrap();
        assert!(
            link.starts_with("https://dashboard.stripe.com/test/apikeys/create?name="),
            "{link}"
        );
        assert!(
            link.contains("&permissions[]=rak_connected_account_read")
                && link.contains("&permissions[]=rak_webhook_write"),
            "{link}"
        );
        assert_eq!(link.contains(word), permission.is_some(), "{link}");
    }
    say(named("'acct_1TKo0EDyDQJqDq47'")).mount(&world.stripe).await;
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    let stored = world.stored_connection().unwrap();
    assert_eq!(
        (&stored["account_id"], stored.get("display_name")),
        (&json!("acct_1TKo0EDyDQJqDq47"), None)
    );
    // The same key, with the account readable now: it is another account, whatever the refusal
    // said.
    let reply = world.refused(&bearer, STRIPE_KEY, 409, "other_account_connected").await;
    assert!(reply.json()["detail"].as_str().unwrap().contains("acct_1TKo0EDyDQJqDq47"));
}

#[tokio::test]
async fn a_ledger_of_another_owner_and_accounts_in_use_are_refused_by_name() {
    let world = world().await;
    let bearer = world.session().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let other = json!({"ledger_id": "ldg_1", "name": "Stripe acct (test)",
        "created_at": "2026-11-24T10:30:00Z",
        "meta_data": {"stripe_sync_mirror": "@stripe_test", "stripe_sync_owner": "acct_9:test"}});
    world.ledger_lists("ledger", &json!([other])).await;
    let reply = world.refused(&bearer, STRIPE_KEY, 409, "ledger_owned_by_other").await;
    assert!(reply.json()["detail"].as_str().unwrap().contains("acct_9:test"));
    world.blnk.reset().await;
    world.ledger_lists("ledger", &json!([])).await;
    world.ledger_lists("balances", &json!([row("@stripe_test"), row("@stripe_test_fees")])).await;
    world.ledger_counts(4, 7).await;
    let reply = world.refused(&bearer, STRIPE_KEY, 409, "accounts_not_free").await;
    let expected = json!([{"indicator": "@stripe_test", "currency": "USD", "entries": 3},
        {"indicator": "@stripe_test_fees", "currency": "USD", "entries": 3}]);
    assert_eq!(reply.json()["accounts"], expected);
    // Our own entries are no obstacle: a reinstall finds what it left.
    world.blnk.reset().await;
    let ours = json!({"ledger_id": "ldg_1", "name": "Stripe acct (test)",
        "created_at": "2026-11-24T10:30:00Z",
        "meta_data": {"stripe_sync_mirror": "@stripe_test", "stripe_sync_owner": "acct_1:test"}});
    world.ledger_lists("ledger", &json!([ours])).await;
    world.ledger_lists("balances", &json!([row("@stripe_test")])).await;
    world.ledger_counts(7, 7).await;
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    assert_eq!(world.stored_connection().unwrap()["ledger_id"], "ldg_1");
}

#[tokio::test]
async fn another_account_is_refused_while_one_is_connected() {
    let world = world().await;
    let bearer = world.connected().await;
    world.stripe_answers(OTHER_KEY, "acct_2").await;
    let reply = world.refused(&bearer, OTHER_KEY, 409, "other_account_connected").await;
    assert!(reply.json()["detail"].as_str().unwrap().contains("acct_1"));
    let live = STRIPE_KEY.replace("test", "live");
    world.stripe_answers(&live, "acct_1").await;
    world.refused(&bearer, &live, 409, "other_account_connected").await;
}

#[tokio::test]
async fn a_connected_account_is_stored_sealed_and_shown_without_its_key() {
    let world = world().await;
    let logs = Logs::capture("portal_api");
    let bearer = world.connected().await;
    let stored = world.stored_connection().unwrap();
    assert_eq!(
        (&stored["account_id"], &stored["mode"], &stored["mirror"]),
        (&json!("acct_1"), &json!("test"), &json!("@stripe_test"))
    );
    assert_eq!(stored["generation"], world.aws.item(PK, "META").unwrap()["generation"]);
    let sealed = serde_json::from_value(stored["sealed_key"].clone()).unwrap();
    let install = stripe_sync::model::install::id::InstallId::parse(INSTALL).unwrap();
    assert!(world.vault.open(&install, Purpose::StripeApiKey, &sealed).await.is_ok());
    assert!(world.vault.open(&install, Purpose::BlnkApiKey, &sealed).await.is_err());
    let shown = world.get(&bearer, "overview").await;
    assert_eq!(
        (&shown.json()["stripe"]["display_name"], &shown.json()["stripe"]["key_last4"]),
        (&json!("Example Ltd"), &json!("eOne"))
    );
    for (place, text) in
        [("the table", world.aws.dump()), ("the log", logs.text()), ("an answer", shown.text())]
    {
        assert!(
            !text.is_empty() && !text.contains("51OneOne") && !text.contains("0123456789abcdef"),
            "a key is in {place}: {text}"
        );
    }
    assert!(world.aws.messages().is_empty(), "connecting starts no run");
    assert_eq!(
        world
            .aws
            .items(PK, "ACTIVITY#")
            .iter()
            .filter(|entry| entry["kind"] == "stripe_connected")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_new_key_of_the_same_account_keeps_the_connection_and_wakes_its_run() {
    let world = world().await;
    let bearer = world.connected().await;
    let run = world.post(&bearer, "runs", &json!({})).await.json()["run"]["id"].clone();
    world.aws.alter(
        PK,
        "STRIPE",
        "paused",
        json!({"M": {"code": {"S": "stripe_key_refused"}, "reason": {"S": "Connect a new key."}}}),
    );
    world.aws.alter(PK, "STRIPE", "watermark", json!({"N": "1760000000000"}));
    let before = world.stored_connection().unwrap();
    let full = "sk_test_51OneOneOneOneOneNew";
    world.stripe_answers(full, "acct_1").await;
    let reply = world.connect(&bearer, full).await;
    assert_eq!((reply.status, &reply.json()["replaced"]), (200, &json!(true)));
    assert_eq!(
        reply.json()["stripe"]["warnings"][0]["code"],
        "secret_key",
        "a full secret key is warned about"
    );
    let after = world.stored_connection().unwrap();
    for kept in ["connection", "generation", "watermark", "current_run", "connected_at"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_ne!(after["sealed_key"], before["sealed_key"]);
    assert!(after.get("paused").is_none());
    let woken = world.aws.messages().pop().unwrap().body;
    assert_eq!((&woken["reason"], &woken["run"]), (&json!("continue"), &run));
}

#[tokio::test]
async fn a_connection_that_an_earlier_installation_left_is_put_aside_for_the_clean_up() {
    let world = world().await;
    world.connected().await;
    let old = world.stored_connection().unwrap();
    world.uninstall().await;
    world.install("blnk_test_fedcba9876543210", &["data:read", "data:write"]).await;
    let bearer = world.session().await;
    assert_eq!(world.connect(&bearer, STRIPE_KEY).await.status, 200);
    let new = world.stored_connection().unwrap();
    assert_ne!(new["connection"], old["connection"]);
    assert_eq!(new.get("watermark"), None);
    let aside =
        world.aws.item(PK, &format!("CLEANUP#{}", old["generation"].as_str().unwrap())).unwrap();
    assert_eq!(aside["connection"], old["connection"]);
}

#[tokio::test]
async fn an_uninstall_while_a_key_is_being_checked_wins() {
    let world = world().await;
    let bearer = world.session().await;
    world.free_ledger().await;
    let aws = Arc::clone(&world.aws);
    let answer = move |_: &Request| {
        aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
        ResponseTemplate::new(200).set_body_json(json!({"id": "acct_1", "object": "account"}))
    };
    Mock::given(path("/v1/account"))
        .respond_with(answer)
        .with_priority(1)
        .mount(&world.stripe)
        .await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "session_over"));
    assert!(world.stored_connection().is_none());
}

/// State: a run paused because Blnk refused the key. Action: a newer key is in force. What must
/// hold: the pause says that its cause is gone only then, and a pause for Stripe's key never does.
#[tokio::test]
async fn a_pause_says_when_a_new_key_has_taken_its_cause_away() {
    let world = world().await;
    let bearer = world.connected().await;
    let key_at = world.aws.item(PK, "META").unwrap()["key_installed_at"].as_i64().unwrap();
    let paused_for = |code: &str| {
        let pause = json!({"M": {"code": {"S": code}, "reason": {"S": "Refused."},
            "key_at": {"N": key_at.to_string()}}});
        world.aws.alter(PK, "STRIPE", "paused", pause);
    };
    let pause = async || world.get(&bearer, "overview").await.json()["stripe"]["paused"].clone();
    paused_for("blnk_key_refused");
    let refused = json!({"code": "blnk_key_refused", "reason": "Refused.", "cause_gone": false});
    assert_eq!(pause().await, refused);
    let later = json!({"N": (key_at + 1).to_string()});
    world.aws.alter(PK, "META", "key_installed_at", later);
    let over = pause().await;
    assert_eq!((&over["code"], &over["cause_gone"]), (&json!("blnk_key_refused"), &json!(true)));
    assert!(over["reason"].as_str().unwrap().starts_with("Blnk Cloud issued a new key"), "{over}");
    paused_for("stripe_key_refused");
    assert_eq!(pause().await["cause_gone"], false);
}

/// The install was delivered again with a new key, and the old one is dead already: the one who
/// connects just then need not know.
#[tokio::test]
async fn connecting_uses_a_waiting_key_when_the_current_one_is_refused() {
    let world = world().await;
    let bearer = world.session().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    let dead = header("authorization", "Bearer blnk_test_0123456789abcdef");
    Mock::given(dead)
        .respond_with(ResponseTemplate::new(401))
        .with_priority(1)
        .mount(&world.blnk)
        .await;
    world.free_ledger().await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "blnk_key_refused"),
        "there is no other"
    );
    world.install("blnk_test_another0123456789", &["data:read", "data:write"]).await;
    let reply = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(world.aws.item(PK, "META").unwrap().get("candidates").is_none(), "it is in force");
}
