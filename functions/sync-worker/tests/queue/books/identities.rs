//! Customers and their identities.

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::settings::PersonalData;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::TABLE;

use super::{Books, OFF};
use crate::world::{INSTALL, PK};

/// What is switched off is nowhere in the ledger: not in identities, not in balances, not in
/// entries, not even in Stripe's own texts.
#[tokio::test]
async fn personal_data_that_is_switched_off_is_not_in_the_ledger() {
    let mut books = Books::open(51, 60).await;
    books.set(|settings| settings.personal_data = OFF).await;
    books
        .charge(
            1_000,
            "cus_ada",
            json!({"customer_name": "Ada Quillfeather", "customer_email": "quill@example.org",
                "description": "For Ada Quillfeather"}),
        )
        .await;
    books.charge(1_100, "cus_ada", json!({"description": "Receipt to QUILL@example.org"})).await;
    books
        .at_stripe(
            "customers/cus_ada",
            json!({"phone": "+49 30 5550199", "street": "Quill Lane 7", "silent": true}),
        )
        .await;
    books.sync().await;
    let customers = customers_of(&books).await;
    assert!(customers.len() > 3);
    let ledger = books.ledger().await.to_lowercase();
    assert!(ledger.contains("cus_ada"));
    let secrets = ["quill", "5550199", "@example"].into_iter().map(str::to_owned);
    let told = customers.iter().flat_map(|customer| {
        ["name", "email", "phone"].map(|field| customer[field].as_str().map(str::to_lowercase))
    });
    for secret in secrets.chain(told.flatten()) {
        assert!(!ledger.contains(&secret), "{secret}");
    }
    // Switched on: copied on the next event of the customer. Switched off again: what is there
    // stays, and changes no more.
    books.set(|settings| settings.personal_data = PersonalData { email: true, ..OFF }).await;
    books.sync().await;
    let identity = books.identity("cus_ada").await;
    assert_eq!(
        (&identity["email_address"], &identity["first_name"]),
        (&json!("quill@example.org"), &json!(""))
    );
    assert!(!books.ledger().await.to_lowercase().contains("quillfeather"));
    books.set(|settings| settings.personal_data = OFF).await;
    books
        .at_stripe("customers/cus_ada", json!({"email": "feather@example.org", "silent": true}))
        .await;
    let run = books.sync().await;
    assert_eq!(run["progress"]["counters"]["identities_updated"].as_u64().unwrap_or_default(), 0);
    assert_eq!(books.identity("cus_ada").await["email_address"], "quill@example.org");
}

/// Pages and events tell of changes: what Stripe changed is written, what others wrote stays, and a
/// deletion takes nothing away.
#[tokio::test]
async fn identities_follow_their_customers_and_keep_what_others_wrote() {
    let books = Books::open(52, 0).await;
    let other = json!({"customer_name": "Jo Still", "customer_email": "still@example.org",
        "created": long_ago()});
    books
        .charge(
            1_000,
            "cus_ada",
            json!({"customer_name": "Ada King", "customer_email": "ada@example.org"}),
        )
        .await;
    books.charge(1_000, "cus_still", other).await;
    books.sync().await;
    let id = books.identity("cus_ada").await["identity_id"].as_str().unwrap().to_owned();
    books
        .core(
            "POST",
            &format!("/{id}/metadata"),
            Some(json!({"meta_data": {"crm": "1815", "score": 7}})),
        )
        .await;
    books
        .core("PUT", &format!("/identities/{id}"), Some(json!({"first_name": "Augusta Ada"})))
        .await;
    let still = books.identity("cus_still").await;

    // By a page: the record is read again.
    books
        .at_stripe("customers/cus_ada", json!({"email": "countess@example.org", "silent": true}))
        .await;
    let run = books.sync().await;
    assert_eq!(run["progress"]["counters"]["identities_updated"], 1, "{run}");
    let identity = books.identity("cus_ada").await;
    assert_eq!(
        (&identity["email_address"], &identity["first_name"]),
        (&json!("countess@example.org"), &json!("Augusta Ada"))
    );
    assert_eq!(
        (&identity["meta_data"]["crm"], &identity["meta_data"]["score"]),
        (&json!("1815"), &json!(7))
    );
    assert_eq!(books.identity("cus_still").await, still);
    let run = books.sync().await;
    assert_eq!(
        run["progress"]["counters"]["identities_updated"].as_u64().unwrap_or_default(),
        0,
        "nothing changed, nothing is written"
    );

    // By an event, also for one whose records no page shows any more; of strangers and of what
    // changed not at all nothing comes.
    books.at_stripe("customers/cus_ada", json!({"name": "Ada Lovelace", "silent": true})).await;
    for customer in ["cus_ada", "cus_still", "cus_stranger"] {
        hint(&books, customer, 1_767_323_045).await;
    }
    books.sync().await;
    let identity = books.identity("cus_ada").await;
    assert_eq!(
        (&identity["first_name"], &identity["last_name"]),
        (&json!("Ada"), &json!("Lovelace"))
    );
    assert_eq!(hints(&books), Vec::<Value>::new(), "each was followed, and taken off");

    books.at_stripe("customers/cus_still", json!({"deleted": true, "silent": true})).await;
    hint(&books, "cus_still", 1_767_323_045).await;
    books.sync().await;
    let gone = books.identity("cus_still").await;
    assert_eq!(gone["meta_data"]["stripe_customer_deleted"], "true");
    assert_eq!(gone["meta_data"]["stripe_customer_deleted_at"], "2026-01-02T03:04:05Z");
    assert_eq!(
        (&gone["email_address"], &gone["last_name"]),
        (&json!("still@example.org"), &json!("Still")),
        "the identity stays"
    );
    books.sync().await;
    assert_eq!(books.identity("cus_still").await, gone);
}

/// Stripe does not tell of a customer: the money is mirrored anyway, and nothing is
/// forgotten.
#[tokio::test]
async fn an_identity_that_cannot_be_updated_waits_and_delays_no_money() {
    let books = Books::open(53, 0).await;
    books
        .charge(1_000, "cus_ada", json!({"customer_name": "Ada King", "created": long_ago()}))
        .await;
    books.sync().await;
    books.at_stripe("customers/cus_ada", json!({"name": "Ada Lovelace", "silent": true})).await;
    hint(&books, "cus_ada", 1).await;
    // The record is too old to be read again, and Stripe does not tell of the customer.
    books
        .fault(json!({"surface": "stripe", "route": "/v1/customers/*", "method": "GET",
            "status": 503, "times": 0}))
        .await;
    books.charge(1_100, "cus_bea", json!({})).await;
    books.sync().await;
    assert_eq!(
        (hints(&books).len(), &books.identity("cus_ada").await["last_name"]),
        (1, &json!("King")),
        "it waits for the next run"
    );
    books.no_faults().await;
    books.sync().await;
    assert_eq!(
        (hints(&books).len(), &books.identity("cus_ada").await["last_name"]),
        (0, &json!("Lovelace"))
    );
}

/// An identity with the same e-mail address is taken for a new customer's balance, and never
/// written to.
#[tokio::test]
async fn a_matched_identity_is_linked_for_good_and_never_overwritten() {
    let mut books = Books::open(54, 0).await;
    let make = async |email: &str| {
        let row = json!({"identity_type": "individual", "first_name": "Known",
            "email_address": email, "meta_data": {"crm": "1"}});
        books.core("POST", "/identities", Some(row)).await["identity_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let known = make("Ada_K@Example.org").await;
    make("twice@example.org").await;
    make("TWICE@example.org").await;
    make("adaxk@example.org").await;
    let before = books.core("GET", &format!("/identities/{known}"), None).await;
    // Off by default.
    books
        .charge(
            900,
            "cus_first",
            json!({"customer_name": "A K", "customer_email": "ada_k@example.org"}),
        )
        .await;
    books.charge(900, "cus_first", json!({"currency": "eur"})).await;
    books.sync().await;
    assert_ne!(books.identity("cus_first").await["identity_id"], known);
    books
        .at_stripe("customers/cus_first", json!({"email": "elsewhere@example.org", "silent": true}))
        .await;
    books.sync().await;

    books.set(|settings| settings.match_by_email = true).await;
    for (customer, email) in [
        ("cus_ada", "ada_k@example.org"),
        ("cus_ada2", "ADA_K@example.org"),
        ("cus_two", "twice@example.org"),
    ] {
        books
            .charge(1_000, customer, json!({"customer_name": "Some One", "customer_email": email}))
            .await;
    }
    books.sync().await;
    for customer in ["cus_ada", "cus_ada2"] {
        assert_eq!(books.identity(customer).await, before, "linked, not written to");
    }
    let (one, two) = (books.balances("cus_ada").await, books.balances("cus_ada2").await);
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_ne!(
        one[0]["balance_id"], two[0]["balance_id"],
        "each customer has a balance of their own"
    );
    assert_eq!(
        books.identity("cus_two").await["meta_data"]["stripe_customer_id"],
        "cus_two",
        "two have this address: neither is taken"
    );

    // For good: another currency, the setting off, the customer changed and deleted.
    books.set(|settings| settings.match_by_email = false).await;
    books
        .at_stripe(
            "customers/cus_ada",
            json!({"name": "Changed", "email": "changed@example.org", "silent": true}),
        )
        .await;
    books.charge(1_200, "cus_ada", json!({"currency": "eur"})).await;
    hint(&books, "cus_ada", 1).await;
    books.sync().await;
    assert_eq!(books.balances("cus_ada").await.len(), 2);
    books.at_stripe("customers/cus_ada", json!({"deleted": true, "silent": true})).await;
    hint(&books, "cus_ada", 2).await;
    books.sync().await;
    assert_eq!(books.identity("cus_ada").await, before);
}

/// A worker that dies between its intent and the ledger leaves one identity and one balance, and
/// the choice it made.
#[tokio::test]
async fn a_creation_that_was_cut_is_finished_as_it_was_begun() {
    let mut books = Books::open(55, 0).await;
    let row = json!({"first_name": "Known", "email_address": "ada@example.org"});
    let known = books.core("POST", "/identities", Some(row)).await["identity_id"].clone();
    books.set(|settings| settings.match_by_email = true).await;
    books.charge(1_000, "cus_ada", json!({"customer_email": "ada@example.org"})).await;
    // The balance is made, and its answer lost.
    books
        .fault(json!({"surface": "cloud", "route": "/proxy/balances", "method": "POST",
            "drop": "after"}))
        .await;
    books.sync().await;
    let balances = books.balances("cus_ada").await;
    assert_eq!(balances.len(), 1, "{balances:?}");
    assert_eq!(balances[0]["identity_id"], known);
}

/// Longer ago than records are read again.
pub(super) fn long_ago() -> i64 {
    clock::now().seconds() - 4 * 3600
}

async fn customers_of(books: &Books) -> Vec<Value> {
    let url = format!("{}/v1/customers?limit=100", books.sandbox.world.urls.stripe);
    let request = books.http.get(url).bearer_auth(&books.account.restricted_key);
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["data"].as_array().cloned().unwrap_or_default()
}

/// What an event leaves behind.
pub(super) async fn hint(books: &Books, customer: &str, created: i64) {
    let hint = json!({"customer": customer, "created": created, "received_at": clock::now(),
        "ttl": i64::MAX});
    let install = InstallId::parse(INSTALL).unwrap();
    let item = to_item(&install, &Sk::Changed(books.world.connection.connection, customer), &hint)
        .unwrap();
    books
        .world
        .store
        .client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
    let now = json!({"N": clock::now().0.to_string()});
    books.world.aws.alter(PK, "STRIPE", "event_at", now);
}

pub(super) fn hints(books: &Books) -> Vec<Value> {
    books.world.aws.items(PK, &format!("CHANGED#{}#", books.world.connection.connection))
}

/// Stripe fails for one customer, whenever it is asked for: all others are followed, and the
/// customer is named.
#[tokio::test]
async fn a_customer_that_stripe_cannot_show_keeps_no_other_from_being_followed() {
    let books = Books::open(63, 0).await;
    let customers = ["cus_ada", "cus_bob", "cus_poison"];
    for customer in customers {
        books.charge(900, customer, json!({"customer_name": "Ada Lovelace"})).await;
    }
    books.sync().await;
    for customer in customers {
        books
            .at_stripe(
                &format!("customers/{customer}"),
                json!({"name": "Ada Changed", "silent": true}),
            )
            .await;
        hint(&books, customer, clock::now().seconds()).await;
    }
    books
        .fault(json!({"surface": "stripe", "route": "/v1/customers/cus_poison", "method": "GET",
            "status": 500, "times": 0}))
        .await;
    let run = books.sync_again().await;
    assert_eq!(run["verdict"], json!("match"), "{run}");
    assert_eq!(hints(&books).len(), 1);
    assert_eq!(books.identity("cus_bob").await["last_name"], json!("Changed"));
    let open = || {
        let items = books.world.aws.items(PK, "PROBLEM#");
        items
            .iter()
            .filter(|item| item["state"] == "open")
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(open(), ["cus_poison:customer_read"]);
    books.no_faults().await;
    books.sync_again().await;
    assert_eq!((hints(&books).len(), open().len()), (0, 0));
    assert_eq!(books.identity("cus_poison").await["last_name"], json!("Changed"));
}
