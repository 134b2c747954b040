//! Stripe's sample objects decode; amounts are integers; one unreadable object hides no other.

use std::fs;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::stripe::types::refusal::ErrorBody;
use crate::model::stripe::types::*;

fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/stripe"))
}

fn read(name: &str) -> String {
    fs::read_to_string(fixtures().join(format!("{name}.json")))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn decode<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn whole<T>(list: &List<T>) -> usize {
    assert_eq!(list.unread, []);
    list.data.len()
}

/// Every sample object of the kinds we read decodes to its documented values.
#[test]
fn every_fixture_decodes_as_what_it_is() {
    let mut decoded = 0;
    for file in fs::read_dir(fixtures()).expect("the fixtures") {
        let path = file.expect("a file").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if path.extension().is_none_or(|extension| extension != "json")
            || name.starts_with('_')
            || name.starts_with("event_")
        {
            continue;
        }
        let raw: Value = decode(&name);
        if raw["error"].is_object() {
            let body: ErrorBody = decode(&name);
            assert_eq!(raw["error"]["type"], body.error.type_, "{name}");
            assert_eq!(raw["error"]["code"].as_str(), body.error.code.as_deref(), "{name}");
            decoded += 1;
            continue;
        }
        decoded += match raw["object"].as_str().expect("every object says what it is") {
            "list" => match raw["data"][0]["object"].as_str() {
                Some("balance_transaction") | None => {
                    whole(&decode::<List<BalanceTransaction>>(&name))
                }
                Some("customer") => whole(&decode::<List<Customer>>(&name)),
                Some("charge") => {
                    whole(&decode::<List<Charge>>(&name)) + whole(&decode::<List<Source>>(&name))
                }
                Some(_) => whole(&decode::<List<Source>>(&name)),
            },
            "balance_transaction" => {
                let record: BalanceTransaction = decode(&name);
                assert_eq!(raw["id"], record.id, "{name}");
                assert_eq!(raw["net"], record.net, "{name}");
                assert_eq!(raw["type"], record.type_, "{name}");
                assert_eq!(
                    raw["source"].as_str(),
                    record.source.as_ref().map(Expandable::id),
                    "{name}"
                );
                1
            }
            "balance" => decode::<Balance>(&name).available.len(),
            "account" => {
                usize::from(decode::<Account>(&name).timezone() == Some("America/New_York"))
            }
            "customer" => usize::from(decode::<Customer>(&name).id.starts_with("cus_")),
            _ => usize::from(!decode::<Source>(&name).id.is_empty()),
        };
    }
    assert!(decoded > 100, "only {decoded} objects were decoded");
}

/// Stripe omits optional fields and sends nullable ones as `null`: both give the same record, and
/// unknown fields do not matter.
#[test]
fn an_absent_field_a_null_and_an_unknown_field_change_nothing() {
    let minimal = json!({"id": "txn_1", "amount": 1, "fee": 0, "net": 1, "currency": "usd",
        "created": 1, "available_on": 2, "type": "new"});
    let mut nulls = minimal.clone();
    for field in [
        "fee_details",
        "exchange_rate",
        "status",
        "reporting_category",
        "balance_type",
        "source",
        "description",
    ] {
        nulls[field] = Value::Null;
    }
    nulls["a_field_of_next_year"] = json!({"amount": 1.5});
    let decode = |value: &Value| {
        serde_json::from_str::<BalanceTransaction>(&value.to_string()).expect("a record")
    };
    assert_eq!(decode(&minimal), decode(&nulls));

    let deleted: Customer =
        serde_json::from_value(json!({"id": "cus_1", "object": "customer", "deleted": true}))
            .expect("a customer");
    assert!(deleted.deleted && deleted.name.is_none());
    let bare: Account =
        serde_json::from_value(json!({"id": "acct_1", "settings": null})).expect("an account");
    assert_eq!((bare.display_name(), bare.timezone()), (None, None));
}

/// An amount that is not a 64-bit integer is refused, whatever it would round to. A rate never
/// becomes a number.
#[test]
fn money_is_an_integer_or_an_error() {
    let record = |field: &str, text: &str| {
        let mut fields = [("amount", "1"), ("fee", "0"), ("net", "1"), ("exchange_rate", "null")];
        fields.iter_mut().filter(|(name, _)| *name == field).for_each(|(_, value)| *value = text);
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let json = format!(
            r#"{{"id":"txn_1","currency":"usd","created":1,"available_on":1,"type":"charge",{}}}"#,
            fields.join(",")
        );
        serde_json::from_str::<BalanceTransaction>(&json)
    };
    for field in ["amount", "fee", "net"] {
        for bad in [
            "1.0",
            "1e3",
            "\"1\"",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999999",
            "null",
        ] {
            assert!(record(field, bad).is_err(), "{field} = {bad}");
        }
        assert!(record(field, "-9223372036854775808").is_ok());
    }
    let long = "1.23400000000000000000000000001";
    assert_eq!(
        record("exchange_rate", long).expect("a record").exchange_rate.as_deref(),
        Some(long)
    );
    assert_eq!(record("exchange_rate", "null").expect("a record").exchange_rate, None);
    assert_eq!(
        record("exchange_rate", "\"1.2\"").expect("a record").exchange_rate,
        None,
        "no rate, and no reason to lose the record"
    );
}

/// A reference is the same object, whether Stripe sent its id or the whole object.
#[test]
fn a_reference_is_read_expanded_or_not() {
    let page: List<BalanceTransaction> = decode("list_balance_transactions_expand_source");
    let source_of = |id: &str| {
        let record = page.data.iter().find(|record| record.id == id).expect("the record");
        record.source.clone().expect("a source")
    };
    let charge = source_of("txn_3Q0CardIndividual");
    let charge = charge.object().expect("expanded");
    assert_eq!(charge.object, "charge");
    assert_eq!(charge.customer.as_ref().map(Expandable::id), Some("cus_T0IndividualAda"));
    assert_eq!(charge.balance_transaction, Some(IdOnly("txn_3Q0CardIndividual".into())));
    assert_eq!(
        charge.billing_details.as_ref().and_then(|billing| billing.name.as_deref()),
        Some("Jenny Rosen")
    );
    let refund = source_of("txn_3Q0PartialRefund");
    let refund = refund.object().expect("expanded");
    assert_eq!(refund.charge, Some(Expandable::Id("ch_3Q0CardIndividual".into())));

    let customer: Customer = decode("customer_individual");
    let expanded = json!({"id": "re_1", "object": "refund",
        "payment_intent": {"id": "pi_1", "amount": 1},
        "charge": {"id": "ch_1",
            "customer": serde_json::from_str::<Value>(&read("customer_individual")).expect("json")}});
    let refund: Source = serde_json::from_value(expanded).expect("a refund");
    let charge = refund.charge.as_ref().and_then(Expandable::object).expect("expanded");
    assert_eq!(charge.customer.as_ref().and_then(Expandable::object), Some(&customer));
    assert_eq!(refund.payment_intent, Some(IdOnly("pi_1".into())));
}

fn page(rows: &[Value], has_more: bool) -> Result<List<BalanceTransaction>, serde_json::Error> {
    serde_json::from_str(&json!({"object": "list", "data": rows, "has_more": has_more}).to_string())
}

/// One malformed record hides none of the others, at any position in the page, and the walk
/// continues after it.
#[test]
fn each_record_of_a_page_is_read_by_itself() {
    let sound = |id: &str| {
        json!({"id": id, "amount": 5, "fee": 0, "net": 5, "currency": "usd",
            "created": 1, "available_on": 2, "type": "charge"})
    };
    let broken = |id: &str| {
        let mut row = sound(id);
        row["amount"] = json!("5");
        row
    };
    let read = page(&[sound("txn_1"), broken("txn_2"), sound("txn_3"), broken("txn_4")], true)
        .expect("a page");
    assert_eq!(read.data.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["txn_1", "txn_3"]);
    assert_eq!(
        read.unread.iter().filter_map(|row| row.id.as_deref()).collect::<Vec<_>>(),
        ["txn_2", "txn_4"]
    );
    assert!(read.unread.iter().all(|row| row.net == Some((5, "usd".to_owned()))));
    assert_eq!(
        (read.last_id(), read.has_more),
        (Some("txn_4"), true),
        "what could not be read is not asked for again"
    );

    // The prefetched page begins after the last record that could be read.
    let next = page(&[broken("txn_4"), broken("txn_5"), sound("txn_6")], false).expect("a page");
    let fresh: Vec<_> =
        next.unread_after(read.last_id()).iter().filter_map(|row| row.id.as_deref()).collect();
    assert_eq!((fresh, next.unread_after(None).len()), (vec!["txn_5"], 2));

    let nameless =
        page(&[sound("txn_1"), json!({"id": 7, "net": 1.5}), json!("?")], false).expect("a page");
    let rows: Vec<_> = nameless
        .unread
        .iter()
        .map(|row| (row.id.is_none(), row.net.is_none(), row.fingerprint.len()))
        .collect();
    assert_eq!((rows, nameless.last_id()), (vec![(true, true, 16); 2], Some("txn_1")));
    assert_ne!(nameless.unread[0].fingerprint, nameless.unread[1].fingerprint);
    assert!(page(&[json!({"id": "../x"})], true).is_err(), "no way on from here");
    assert_eq!(page(&[], true).expect("a page").last_id(), None, "an empty page ends nothing");
}

/// An unexpected optional field does not lose a record. A field that decides amounts and accounts
/// does.
#[test]
fn a_field_that_is_only_good_to_know_may_have_any_shape() {
    let customer = json!({"id": "cus_1", "name": {"first": "A"}, "email": 5, "address": "here",
        "metadata": {"k": 1}, "created": "x"});
    let source = json!({"id": "ch_1", "object": "charge", "customer": customer, "amount": 1.5,
        "currency": 8, "status": {},
        "payment_intent": 7, "billing_details": [],
        "charge": {"id": "ch_1", "billing_details": 1, "amount": "x"}});
    let record = json!({"id": "txn_1", "amount": 5, "fee": 0, "net": 5, "currency": "usd",
        "created": 1, "available_on": 2,
        "type": "charge", "status": 1, "description": {"text": "x"}, "exchange_rate": [],
        "source": source});
    let read: BalanceTransaction = serde_json::from_str(&record.to_string()).expect("a record");
    let object = read.source.as_ref().and_then(Expandable::object).expect("expanded");
    assert_eq!(object.customer.as_ref().map(Expandable::id), Some("cus_1"));
    assert_eq!((read.description, object.amount, object.status.as_deref()), (None, None, None));
    for (field, value) in [
        ("fee_details", json!({})),
        ("balance_type", json!(1)),
        ("source", json!(1)),
        ("created", json!("1")),
    ] {
        let mut wrong = record.clone();
        wrong[field] = value;
        assert!(serde_json::from_str::<BalanceTransaction>(&wrong.to_string()).is_err(), "{field}");
    }
}
