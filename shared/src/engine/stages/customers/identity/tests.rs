use serde_json::json;

use super::*;

use crate::model::ledger::Mode;

const ALL: PersonalData = PersonalData { name: true, email: true, phone: true, address: true };
const NONE: PersonalData = PersonalData { name: false, email: false, phone: false, address: false };

fn owner() -> Owner {
    Owner::new("acct_1", Mode::Test).unwrap()
}

fn ada() -> Customer {
    serde_json::from_value(json!({"id": "cus_1", "name": "Ada King Lovelace",
        "email": "ada@example.com", "phone": "+44 20 7946 0000",
        "address": {"line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH",
            "country": "GB"}}))
    .unwrap()
}

fn held(meta_data: &serde_json::Value) -> Identity {
    let mut row =
        serde_json::to_value(new_identity(&owner(), "cus_1", Some(&ada()), ALL, "")).unwrap();
    for (key, value) in meta_data.as_object().unwrap() {
        row["meta_data"][key] = value.clone();
    }
    serde_json::from_value(row).unwrap()
}

fn profile(customer: &Customer, personal: PersonalData) -> Profile {
    let identity_id = identity_id(&owner(), &customer.id);
    let bare = Profile {
        customer: customer.id.clone(),
        identity_id,
        prints: Prints::new(),
        deleted: false,
    };
    bare.following(customer, personal)
}

#[test]
fn personal_data_that_is_switched_off_is_in_no_request() {
    for (off, secret) in [
        (PersonalData { name: false, ..ALL }, vec!["Ada", "Lovelace"]),
        (PersonalData { email: false, ..ALL }, vec!["ada@"]),
        (PersonalData { phone: false, ..ALL }, vec!["7946"]),
        (PersonalData { address: false, ..ALL }, vec!["James", "London", "SW1Y", "GB"]),
        (NONE, vec!["Ada", "Lovelace", "ada@", "7946", "James", "London", "SW1Y", "GB"]),
    ] {
        let made =
            serde_json::to_string(&new_identity(&owner(), "cus_1", Some(&ada()), off, "")).unwrap();
        let behind =
            Profile { prints: Prints::new(), ..profile(&ada(), ALL) }.behind(&profile(&ada(), off));
        let empty: Identity = serde_json::from_value(json!({"identity_id": "idt_1"})).unwrap();
        let changed =
            serde_json::to_string(&change(&owner(), &empty, &ada(), &behind, None)).unwrap();
        for word in secret {
            assert!(!made.contains(word) && !changed.contains(word), "{word}: {made} {changed}");
        }
    }
    let made =
        serde_json::to_value(new_identity(&owner(), "cus_1", Some(&ada()), ALL, "")).unwrap();
    assert_eq!(
        (&made["first_name"], &made["last_name"], &made["city"]),
        (&json!("Ada King"), &json!("Lovelace"), &json!("London"))
    );
}

#[test]
fn only_what_changed_at_stripe_is_written_and_what_others_wrote_stays() {
    let before = profile(&ada(), ALL);
    assert!(before.behind(&profile(&ada(), ALL)).is_empty());
    let moved = Customer { email: Some("countess@example.com".into()), ..ada() };
    let behind = before.behind(&profile(&moved, ALL));
    assert_eq!(behind, [Part::Email].into());
    // A person corrected the name in the ledger, and another system added metadata.
    let mut row = held(&json!({"crm": "1815", "tags": ["a", {"b": 1}]}));
    row.fields.insert("first_name".into(), "Augusta Ada".into());
    let written = change(&owner(), &row, &moved, &behind, None);
    assert_eq!(
        serde_json::to_value(&written).unwrap(),
        json!({"email_address": "countess@example.com"})
    );
    // Our metadata is gone. It is written again, beside that of others.
    row.meta_data.remove(META_CUSTOMER);
    let written = change(&owner(), &row, &moved, &BTreeSet::new(), None).meta_data.unwrap();
    assert_eq!(
        (&written["crm"], &written["tags"], &written[META_CUSTOMER]),
        (&json!("1815"), &json!(["a", {"b": 1}]), &json!("cus_1"))
    );
    // A field cleared at Stripe cannot be cleared here.
    let emptied = Customer { phone: None, ..ada() };
    assert!(
        change(
            &owner(),
            &held(&json!({})),
            &emptied,
            &before.behind(&profile(&emptied, ALL)),
            None
        )
        .is_empty()
    );
}

#[test]
fn a_deletion_is_noted_once_and_takes_nothing_away() {
    let gone: Customer =
        serde_json::from_value(json!({"id": "cus_1", "object": "customer", "deleted": true}))
            .unwrap();
    let before = profile(&ada(), ALL);
    let next = before.following(&gone, ALL);
    assert!(next.deleted && before.behind(&next).is_empty() && next.prints == before.prints);
    let noted = change(
        &owner(),
        &held(&json!({"crm": "1815"})),
        &gone,
        &BTreeSet::new(),
        Some("2026-01-02T03:04:05Z"),
    );
    assert!(noted.fields.is_empty());
    let meta = noted.meta_data.unwrap();
    assert_eq!(
        (&meta["crm"], &meta[META_DELETED], &meta[META_DELETED_AT]),
        (&json!("1815"), &json!("true"), &json!("2026-01-02T03:04:05Z"))
    );
    let later = change(
        &owner(),
        &held(&json!(meta)),
        &gone,
        &BTreeSet::new(),
        Some("2026-02-02T03:04:05Z"),
    );
    assert!(later.is_empty(), "the first date stays");
}

/// A value that a ledger cannot store is not copied, and the comparison uses the copied value.
/// So nothing is changed repeatedly.
#[test]
fn data_that_a_ledger_cannot_store_is_not_copied_and_not_a_difference() {
    let address = crate::model::stripe::types::Address {
        line1: Some("12\u{0} Square\n2nd floor".into()),
        city: Some("\u{0}".into()),
        ..Default::default()
    };
    let broken = Customer {
        name: Some("Ada\u{0} Love\u{fffd}lace".into()),
        address: Some(address),
        ..ada()
    };
    let made = new_identity(&owner(), "cus_1", Some(&broken), ALL, "");
    assert_eq!(
        (made.first_name.as_deref(), made.last_name.as_deref()),
        (Some("Ada"), Some("Lovelace"))
    );
    assert_eq!((made.street.as_deref(), made.city.as_deref()), (Some("12 Square 2nd floor"), None));
    let sound = Customer { name: Some("Ada Lovelace".into()), ..broken.clone() };
    assert_eq!(prints("idt_1", &sound, ALL), prints("idt_1", &broken, ALL));
    let row: Identity = serde_json::from_value(serde_json::to_value(&made).unwrap()).unwrap();
    let all = [Part::Name, Part::Email, Part::Phone, Part::Address].into();
    assert!(change(&owner(), &row, &broken, &all, None).is_empty());
    let nameless = Customer { business_name: Some("\u{0}\u{1}".into()), ..ada() };
    assert_eq!(kind(Some(&nameless)), "individual");
    assert_eq!(
        new_identity(&owner(), "cus_1", Some(&nameless), ALL, "").first_name.as_deref(),
        Some("Ada King")
    );
}

#[test]
fn personal_data_that_is_switched_on_again_is_copied_whatever_its_value_was() {
    let off = profile(&ada(), ALL).following(&ada(), PersonalData { email: false, ..ALL });
    assert!(!off.prints.contains_key(&Part::Email));
    assert_eq!(off.behind(&profile(&ada(), ALL)), [Part::Email].into());
    assert_ne!(
        prints("idt_1", &ada(), ALL),
        prints("idt_2", &ada(), ALL),
        "equal values of two customers do not show"
    );
}
