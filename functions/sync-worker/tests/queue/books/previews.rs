//! A preview beside what the sync then makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stripe_sync::model::distinct::Distinct;
use stripe_sync::model::preview::Preview;
use stripe_sync::model::settings::PayIns;

use super::{Books, charge_of};

/// What a preview counts of customers: to be made, there already, matched, open; and the balances
/// to be made.
fn customers(shown: &Value) -> [u64; 5] {
    let preview: Preview = serde_json::from_value(shown.clone()).unwrap();
    let count = |names: &Distinct| {
        let (count, exact) = names.count();
        assert!(exact);
        count
    };
    [
        &preview.customers,
        &preview.customers_there,
        &preview.customers_matched,
        &preview.customers_open,
        &preview.customer_balances,
    ]
    .map(count)
}

/// Debits and credits in dollars, by account; all customers' balances are one.
type Sides = BTreeMap<String, (i128, i128)>;

fn expected(shown: &Value) -> Sides {
    let preview: Preview = serde_json::from_value(shown.clone()).unwrap();
    let of = |name: &str| name.strip_suffix("#USD").unwrap().to_owned();
    preview
        .accounts
        .into_iter()
        .map(|(name, figures)| (of(&name), (figures.debits.0, figures.credits.0)))
        .collect()
}

async fn held(books: &Books) -> Sides {
    let mut sides = Sides::new();
    let rows = books.rows("balances", "currency", "USD").await;
    assert!(rows.len() < 100, "all of them are on one page");
    for row in rows {
        let name = row["indicator"]
            .as_str()
            .filter(|name| !name.is_empty())
            .unwrap_or("customers")
            .to_owned();
        let side = sides.entry(name).or_default();
        *side = (
            side.0 + i128::from(row["debit_balance"].as_i64().unwrap()),
            side.1 + i128::from(row["credit_balance"].as_i64().unwrap()),
        );
    }
    sides.retain(|_, side| *side != (0, 0));
    sides
}

/// Payments that share one account need no customers, and what is posted already is shown where it
/// is, whatever was chosen since.
#[tokio::test]
async fn what_is_shown_follows_where_payments_go_and_where_they_went() {
    let mut books = Books::open(61, 0).await;
    books.set(|settings| settings.pay_ins = PayIns::OneAccount).await;
    let charge = books.charge(5_000, "cus_ada", json!({})).await;
    books.charge(6_000, "cus_bea", json!({})).await;
    let shown = books.preview().await;
    assert_eq!(customers(&shown), [0; 5], "nobody is made: {shown}");
    books.sync().await;
    assert_eq!(expected(&shown), held(&books).await);
    assert!(
        held(&books).await.contains_key("@stripe_test_customers")
            && !held(&books).await.contains_key("customers")
    );

    // Another choice holds for what comes now; a refund goes where its charge went.
    books
        .set(|settings| {
            (settings.pay_ins, settings.account_names) =
                (PayIns::Customers, [("fees".into(), "@costs".into())].into());
        })
        .await;
    books.charge(7_000, "cus_ada", json!({})).await;
    let refund = json!({"type": "refund", "amount": -5_000, "currency": "usd",
        "charge": charge_of(&books, &charge).await});
    books.at_stripe("records", refund).await;
    let shown = books.preview().await;
    assert_eq!((&shown["entries"], &shown["entries_there"]), (&json!(7), &json!(4)), "{shown}");
    books.sync().await;
    assert_eq!(expected(&shown), held(&books).await);
    let pooled = held(&books).await["@stripe_test_customers"];
    assert_eq!((pooled, held(&books).await["customers"]), ((5_000, 11_000), (0, 7_000)));
}

/// Customers who have a balance, or belong to an identity that has one, are not counted as new;
/// what only the sync can find out is said to be open.
#[tokio::test]
async fn customers_who_are_there_or_will_be_matched_are_not_to_be_made() {
    let mut books = Books::open(62, 0).await;
    let person = async |email: &str| {
        books
            .core(
                "POST",
                "/identities",
                Some(json!({"first_name": "Known", "email_address": email})),
            )
            .await;
    };
    for email in ["Ada@Example.org", "twice@example.org", "TWICE@example.org"] {
        person(email).await;
    }
    books.charge(900, "cus_old", json!({"customer_email": "old@example.org"})).await;
    books.charge(900, "cus_old", json!({"currency": "eur"})).await;
    books.sync().await;
    let with = |email: &str| json!({"customer_name": "Some One", "customer_email": email});
    for (customer, email) in [
        ("cus_ada", "ada@example.org"),
        ("cus_ada_again", "ADA@example.org"),
        ("cus_two", "twice@example.org"),
        ("cus_new", "new@example.org"),
        ("cus_new_too", "New@Example.org"),
    ] {
        books.charge(1_000, customer, with(email)).await;
    }
    books.charge(1_000, "cus_ada", json!({"currency": "eur"})).await;
    books.charge(1_000, "cus_bare", json!({})).await;
    assert_eq!(
        customers(&books.preview().await),
        [6, 1, 0, 0, 7],
        "off by default: all but one are new"
    );

    books.set(|settings| settings.match_by_email = true).await;
    let shown = books.preview().await;
    // To be made: cus_two, whose address two hold; cus_bare; one of the two who share an address
    // that nobody holds.
    assert_eq!(customers(&shown), [3, 1, 2, 1, 7], "{shown}");
    let before = (identities(&books).await, balances(&books).await);
    books.sync().await;
    let made = identities(&books).await - before.0;
    assert!((3..=4).contains(&made), "the open one is the difference: {made}");
    assert_eq!(balances(&books).await - before.1, 7);
    let after = books.preview().await;
    assert_eq!(customers(&after), [0, 7, 0, 0, 0], "all are there: {after}");
}

async fn identities(books: &Books) -> usize {
    let rows = books.core("GET", "/identities?limit=100", None).await;
    rows.as_array().or_else(|| rows["data"].as_array()).map_or(0, Vec::len)
}

async fn balances(books: &Books) -> usize {
    let mut named = 0;
    for currency in ["USD", "EUR"] {
        let rows = books.rows("balances", "currency", currency).await;
        named += rows
            .iter()
            .filter(|row| row["identity_id"].as_str().is_some_and(|id| !id.is_empty()))
            .count();
    }
    named
}
