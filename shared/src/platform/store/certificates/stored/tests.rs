use ulid::Ulid;

use super::*;

use crate::model::certificate::tests::of_three_currencies;
use crate::platform::table::units::size_of_item;

fn stored(certificate: &Certificate) -> Item {
    let install = InstallId::parse("instapp_1").unwrap();
    to_stored(&install, &Sk::Proof(Ulid::nil(), certificate.id), certificate).unwrap()
}

fn sealed() -> Certificate {
    let mut certificate = of_three_currencies(Millis(1_760_000_000_000), 7);
    let before = Certificate { hash: Some("ab".repeat(32)), ..certificate.clone() };
    certificate.instance = "zwölf \u{1}\"\\/\u{2028}\u{1f600}".into();
    certificate.lines[0].note = Some("µ".into());
    certificate.lines[1].ledger = crate::model::money::Sum(i128::MIN);
    certificate.seal(Some(&before)).unwrap();
    certificate
}

#[test]
fn a_certificate_comes_back_to_the_last_digit() {
    let certificate = sealed();
    let item = stored(&certificate);
    assert!(is_known(&item));
    assert_eq!(from_stored(item.clone()).unwrap(), Some(whole(certificate.clone())));
    let AttributeValue::B(text) = &item[name::TEXT] else { panic!("bytes") };
    assert_eq!(
        inflated(text.as_ref()).unwrap(),
        certificate.body_text().unwrap(),
        "what is stored is what is hashed"
    );
}

#[test]
fn a_certificate_without_its_text_is_its_line() {
    let certificate = sealed();
    let mut item = stored(&certificate);
    item.remove(name::TEXT);
    let line = Thinned::of(&certificate).unwrap();
    assert_eq!(from_stored(item.clone()).unwrap(), Some(StoredCertificate::Thinned(line.clone())));
    item.insert(name::THINNED.to_owned(), AttributeValue::Bool(true));
    let install = InstallId::parse("instapp_1").unwrap();
    let sk = Sk::Proof(Ulid::nil(), certificate.id);
    assert_eq!(thinned_item(&install, &sk, &line).unwrap(), item);
}

#[test]
fn a_certificate_of_three_currencies_is_small() {
    let mut certificate = of_three_currencies(Millis(1_760_000_000_000), 7);
    certificate.seal(Some(&sealed())).unwrap();
    let size = size_of_item(&stored(&certificate));
    assert!(size < 900, "{size} bytes");
}

#[test]
fn an_item_of_a_newer_version_is_skipped_and_a_broken_one_is_an_error() {
    let item = stored(&sealed());
    let with = |name: &str, value: AttributeValue| {
        let mut item = item.clone();
        item.insert(name.to_owned(), value);
        from_stored(item)
    };
    assert_eq!(with(attr::SCHEMA, n(3)).unwrap(), None);
    assert_eq!(with(name::VERDICT, s("~")).unwrap(), None);
    for (name, value) in
        [(name::HASH, s("text")), (name::TEXT, bytes("00ff").unwrap()), (name::AT, s("now"))]
    {
        assert!(with(name, value).is_err(), "{name}");
    }
    let unsealed = Certificate { hash: None, ..sealed() };
    let install = InstallId::parse("instapp_1").unwrap();
    assert!(to_stored(&install, &Sk::Meta, &unsealed).is_err());
}

/// Each value that a stored certificate holds is covered by its hashes.
#[test]
fn no_stored_value_can_be_changed() {
    for thin in [false, true] {
        let mut item = stored(&sealed());
        if thin {
            item.remove(name::TEXT);
        }
        let other = bytes(&"cd".repeat(32)).unwrap();
        let text = compressed(b"{\"version\":3}").unwrap();
        let changes = [
            (name::AT, n(5)),
            (name::VERDICT, s("x")),
            (name::PREVIOUS, other.clone()),
            (name::BODY, other.clone()),
            (name::HASH, other),
            (attr::SK, s(Sk::Proof(Ulid::nil(), Ulid::from_parts(1, 1)).to_string())),
            (name::TEXT, text),
        ];
        for (name, value) in changes.into_iter().filter(|(name, _)| !thin || *name != name::TEXT) {
            let mut item = item.clone();
            item.insert(name.to_owned(), value);
            let changed = from_stored(item);
            assert!(!changed.is_ok_and(|kept| kept.unwrap().verifies()), "{name}");
        }
    }
}
