//! Which accounts entries go to.

use serde_json::{Value, json};
use stripe_sync::model::settings::PayIns;

use super::{Books, charge_of};

/// Stripe moves money into the reserve.
async fn reserved(books: &Books, amount: i64) {
    let record = json!({"type": "reserve_transaction", "amount": amount, "currency": "usd"});
    books.at_stripe("records", record).await;
}

/// What is held is on the reserve's first account and on its new one together.
async fn both_accounts_hold_the_reserve(books: &Books, run: &Value) {
    let proof = books.certificate(run);
    let lines = proof["lines"].as_array().unwrap();
    let reserve = lines
        .iter()
        .find(|line| line["balance"] == "connect_reserved" && line["currency"] == "USD")
        .unwrap();
    let held = |indicator: &'static str| async {
        books.named(indicator).await.map_or(0, |row| row["balance"].as_i64().unwrap())
    };
    let both = held("@held").await + held("@stripe_test_connect_reserved").await;
    assert_eq!(
        (&reserve["mirror"], &reserve["ledger"]),
        (&json!("@held"), &json!(both.abs().to_string())),
        "{reserve}"
    );
    assert_eq!(held("@held").await.abs(), 300);
}

/// Accounts are renamed and payments pooled after data exists: what is posted stays, refunds follow
/// their charges, the proof holds.
#[tokio::test]
async fn renamed_accounts_and_pooled_payments_leave_what_is_posted_and_end_in_a_match() {
    let mut books = Books::open(41, 120).await;
    let old = books.charge(5_000, "cus_old", json!({})).await;
    reserved(&books, -700).await;
    books.sync().await;
    let balance = books.balances("cus_old").await.remove(0)["balance_id"].clone();
    assert_eq!(books.entry(&old, "amount").await["destination"], balance);

    books
        .set(|settings| {
            settings.pay_ins = PayIns::OneAccount;
            settings.account_names = [("fees", "@costs"), ("connect_reserved", "@held")]
                .map(|(word, name)| (word.into(), name.into()))
                .into();
        })
        .await;
    let identities = books.ledger().await.matches("\"idt_").count();
    let new = books.charge(6_000, "cus_new", json!({})).await;
    let again = books.charge(6_100, "cus_old", json!({})).await;
    let guest = books
        .at_stripe("records", json!({"type": "charge", "amount": 300, "currency": "usd"}))
        .await["ids"][0]
        .clone();
    let refund = books
        .at_stripe(
            "records",
            json!({"type": "refund", "amount": -5_000, "currency": "usd",
                "charge": charge_of(&books, &old).await}),
        )
        .await;
    reserved(&books, -300).await;
    let run = books.sync().await;

    let pooled = books.named("@stripe_test_customers").await.unwrap();
    for record in [&new, &again, guest.as_str().unwrap()] {
        assert_eq!(
            books.entry(record, "amount").await["destination"],
            pooled["balance_id"],
            "{record}"
        );
    }
    let refund = refund["ids"][0].as_str().unwrap();
    assert_eq!(
        books.entry(refund, "amount").await["source"],
        balance,
        "a refund goes where its charge went"
    );
    assert_eq!(
        books.entry(&new, "fee:stripe").await["source"],
        books.named("@costs").await.unwrap()["balance_id"]
    );
    assert_eq!(books.balances("cus_new").await, Vec::<Value>::new());
    assert_eq!(
        books.ledger().await.matches("\"idt_").count(),
        identities,
        "no identity was made or linked"
    );
    both_accounts_hold_the_reserve(&books, &run).await;

    // Back again: the first names are known to be ours.
    books
        .set(|settings| {
            (settings.pay_ins, settings.account_names) = (PayIns::Customers, Default::default());
        })
        .await;
    let last = books.charge(6_200, "cus_new", json!({})).await;
    books.sync().await;
    assert_eq!(
        books.entry(&last, "amount").await["destination"],
        books.balances("cus_new").await.remove(0)["balance_id"]
    );
}

/// A name that somebody else uses is refused before anything is written to it; the run says which.
#[tokio::test]
async fn a_name_in_use_by_others_is_refused_before_the_first_entry() {
    let mut books = Books::open(42, 20).await;
    books.sync().await;
    let foreign = json!({"amount": 5, "precision": 100, "currency": "USD", "reference": "rent-1",
        "source": "@bank", "destination": "@costs",
        "description": "rent", "allow_overdraft": true, "skip_queue": true});
    books.core("POST", "/transactions", Some(foreign)).await;
    books.set(|settings| settings.account_names = [("fees".into(), "@costs".into())].into()).await;
    let charge = books.charge(900, "cus_1", json!({})).await;
    let before = books.ledger().await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["error"]["code"]),
        (&json!("failed"), &json!("accounts_not_free")),
        "{run}"
    );
    assert!(run["error"].to_string().contains("@costs USD"), "{run}");
    assert_eq!(books.ledger().await, before, "nothing was written");
    books
        .set(|settings| settings.account_names = [("fees".into(), "@fees_of_ours".into())].into())
        .await;
    books.sync().await;
    assert_eq!(
        books.entry(&charge, "fee:stripe").await["source"],
        books.named("@fees_of_ours").await.unwrap()["balance_id"]
    );
    // The mirror of a connection is no offset account, whatever the settings said before it was
    // connected.
    books
        .set(|settings| {
            settings.account_names = [("fees".into(), "@stripe_test_issuing".into())].into();
        })
        .await;
    let run = books.sync_again().await;
    assert_eq!(
        (&run["state"], &run["error"]["code"]),
        (&json!("failed"), &json!("account_names")),
        "{run}"
    );
}
