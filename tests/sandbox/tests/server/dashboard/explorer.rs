//! The ledger explorer of the dashboard.

use serde_json::{Value, json};

use super::{api, ask, get, world};
use crate::common::{Sandbox, answer};

fn entry(reference: &str, amount: i64, from: &str, to: &str, more: &Value) -> Value {
    let mut body = json!({"precise_amount": amount, "precision": 100, "currency": "USD",
        "reference": reference, "description": "d",
        "source": from, "destination": to, "allow_overdraft": true, "skip_queue": true});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().cloned().unwrap_or_default());
    body
}

/// Posts to the default instance's ledger. Returns the transaction's id.
async fn posted(sandbox: &Sandbox, entry: &Value) -> String {
    let (status, body) = sandbox.core_post("/transactions", entry).await;
    assert_eq!(status, 201, "{body}");
    body["transaction_id"].as_str().unwrap().to_owned()
}

/// A customer's balance with entries in and out, a hold and its commit.
struct Filled {
    person: String,
    balance: String,
    hold: String,
}

impl Filled {
    async fn in_ledger(sandbox: &Sandbox) -> Self {
        let (_, person) = sandbox
            .core_post(
                "/identities",
                &json!({"first_name": "Ada", "last_name": "L.",
                    "meta_data": {"customer": "cus_1"}}),
            )
            .await;
        let person = person["identity_id"].as_str().unwrap().to_owned();
        let balance =
            json!({"ledger_id": "general_ledger_id", "currency": "USD", "identity_id": person});
        let (_, balance) = sandbox.core_post("/balances", &balance).await;
        let balance = balance["balance_id"].as_str().unwrap().to_owned();

        for step in 1..=25 {
            posted(
                sandbox,
                &entry(
                    &format!("in-{step}"),
                    step,
                    "@bank",
                    &balance,
                    &json!({"meta_data": {"payout": step % 2}}),
                ),
            )
            .await;
        }
        posted(sandbox, &entry("out", 100, &balance, "@bank", &json!({}))).await;
        let hold =
            posted(sandbox, &entry("hold", 40, &balance, "@bank", &json!({"inflight": true})))
                .await;
        let commit = sandbox
            .http
            .put(sandbox.core(&format!("/transactions/inflight/{hold}")))
            .header("X-Blnk-Key", "core_test_key");
        let commit = answer(
            commit.json(&json!({"status": "commit", "precise_amount": 15, "skip_queue": true})),
        )
        .await;
        assert_eq!(commit.0, 200, "{}", commit.1);
        Self { person, balance, hold }
    }
}

async fn parent_and_children_are_linked(sandbox: &Sandbox, account: &Filled) {
    let Filled { balance, hold, .. } = account;
    let held = get(sandbox, &format!("/ledger/transactions/{hold}")).await;
    assert_eq!(
        (&held["transaction"]["status"], &held["parent"], &held["names"][balance]),
        (&json!("INFLIGHT"), &Value::Null, &json!("Ada L."))
    );
    let children =
        get(sandbox, &format!("/ledger/transactions?filters=parent_transaction_eq%3D{hold}")).await;
    assert_eq!(
        (&children["total"], &children["data"][0]["precise_amount"]),
        (&json!(1), &json!("15"))
    );
    let child = children["data"][0]["transaction_id"].as_str().unwrap();
    let child = get(sandbox, &format!("/ledger/transactions/{child}")).await;
    assert_eq!(
        (&child["parent"]["reference"], &child["transaction"]["status"]),
        (&json!("hold"), &json!("APPLIED"))
    );
}

async fn entries_add_up_to_the_balance(sandbox: &Sandbox, account: &Filled) {
    let balance = &account.balance;
    let shown = get(sandbox, &format!("/ledger/balances/{balance}")).await;
    assert_eq!(
        (&shown["balance"], &shown["debit_balance"], &shown["credit_balance"]),
        (&json!("210"), &json!("115"), &json!("325"))
    );
    assert_eq!((&shown["identity_name"], &shown["precision"]), (&json!("Ada L."), &json!("100")));
    let mut entries = Vec::new();
    for page in 1..=2 {
        let some = get(sandbox, &format!("/ledger/balances/{balance}/entries?page={page}")).await;
        assert_eq!(some["total"], 28, "25 in, one out, the hold and its commit");
        entries.extend(some["data"].as_array().unwrap().clone());
    }
    assert_eq!(entries.len(), 28);
    let mut sum = 0_i64;
    for entry in entries.iter().rev() {
        let amount: i64 = entry["precise_amount"].as_str().unwrap().parse().unwrap();
        assert_ne!(entry["debit"], entry["credit"], "{entry}");
        let signed = if entry["credit"] == true { amount } else { -amount };
        sum += if entry["status"] == "APPLIED" { signed } else { 0 };
        assert_eq!(entry["running"], sum.to_string(), "{entry}");
    }
    assert_eq!(sum, 210);
}

async fn identity_and_balance_are_linked(sandbox: &Sandbox, account: &Filled) {
    let Filled { person, balance, .. } = account;
    let identity = get(sandbox, &format!("/ledger/identities/{person}")).await;
    assert_eq!(
        (&identity["name"], &identity["meta_data"]),
        (&json!("Ada L."), &json!(r#"{"customer":"cus_1"}"#))
    );
    let own = get(sandbox, &format!("/ledger/balances?identity_id={person}")).await;
    assert_eq!((&own["total"], &own["data"][0]["balance_id"]), (&json!(1), &json!(balance)));
    let by_name = get(sandbox, "/ledger/identities?search=aDA").await;
    assert_eq!(by_name["total"], 1);
    assert_eq!(get(sandbox, "/ledger/identities?search=bob").await["total"], 0);
}

async fn filters_and_pages_count_all(sandbox: &Sandbox) {
    let odd = get(
        sandbox,
        "/ledger/transactions?filters=metadata.payout_eq%3D1%26status_eq%3DAPPLIED&page=2&limit=10",
    )
    .await;
    let references: Vec<_> = odd["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["reference"].as_str().unwrap())
        .collect();
    assert_eq!(
        (&odd["total"], references),
        (&json!(13), vec!["in-5", "in-3", "in-1"]),
        "the second page, newest first"
    );
    let past = get(sandbox, "/ledger/transactions?filters=reference_eq%3Dout&page=9").await;
    assert_eq!(
        (&past["total"], &past["data"]),
        (&json!(1), &json!([])),
        "how many there are is known past the end, too"
    );
}

async fn what_is_not_there_is_refused(sandbox: &Sandbox) {
    for (path, status) in [
        ("/ledger/transactions/txn_none", 404),
        ("/ledger/balances/bln_none/entries", 404),
        ("/ledger/identities/idt_none", 404),
        ("/ledger/transactions?filters=no_such_column_eq%3D1", 400),
        ("/ledger/transactions?filters=reference_eq%3Dout%26logical_operator%3Dor", 400),
    ] {
        let refused = answer(sandbox.http.get(api(sandbox, path))).await;
        assert_eq!(
            (refused.0, refused.1["error"].is_string()),
            (status, true),
            "{path}: {}",
            refused.1
        );
    }
}

/// The explorer shows an entry's parent, its children and its effect on a balance. The balance
/// excludes holds and includes their commits. Read page by page, it agrees with the sum after every
/// entry.
#[tokio::test(flavor = "multi_thread")]
async fn the_explorer_links_an_entry_with_its_parent_its_children_and_its_balance() {
    let (sandbox, _) = world().await;
    let account = Filled::in_ledger(&sandbox).await;
    parent_and_children_are_linked(&sandbox, &account).await;
    entries_add_up_to_the_balance(&sandbox, &account).await;
    identity_and_balance_are_linked(&sandbox, &account).await;
    filters_and_pages_count_all(&sandbox).await;
    what_is_not_there_is_refused(&sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_by_hand_takes_money_off_the_balance_that_an_account_is_mirrored_into() {
    let (sandbox, _) = world().await;
    let asked = json!({"account": "acct_1", "mode": "test"});
    let nothing = ask(&sandbox, "/ledger/by-hand", &asked).await;
    assert_eq!(nothing.0, 409, "nothing of the account is there: {}", nothing.1);
    for bad in [json!({"account": "acct_%", "mode": "test"}), json!({"account": "acct_1"})] {
        assert_eq!(ask(&sandbox, "/ledger/by-hand", &bad).await.0, 400, "{bad}");
    }

    // Another account's entries, and those of no account, say nothing about this one's mirror.
    for (reference, from, to) in [
        ("stripe:acct_1:test:txn_1:amount", "@mirror", "@customers"),
        ("stripe:acct_1:test:txn_1:fee", "@fees", "@mirror"),
        ("stripe:acct_12:test:txn_1:amount", "@other", "@customers"),
        ("rent", "@bank", "@customers"),
    ] {
        posted(&sandbox, &entry(reference, 500, from, to, &json!({}))).await;
    }
    let (status, made) = ask(&sandbox, "/ledger/by-hand", &asked).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(
        (&made["amount"], &made["precision"], &made["currency"]),
        (&json!("12345"), &json!("100"), &json!("USD"))
    );
    let found = get(&sandbox, "/ledger/transactions").await;
    let newest = &found["data"][0];
    assert_eq!((&newest["reference"], &newest["status"]), (&made["reference"], &json!("APPLIED")));
    let name = |side: &str| &found["names"][newest[side].as_str().unwrap()];
    assert_eq!((name("source"), name("destination")), (&json!("@mirror"), &json!("@petty_cash")));
}
