use serde_json::{Value, json};

use super::*;

use crate::model::certificate::kept::{StoredCertificate, Thinned};

/// Certificates were first hashed in the form in which `serde_json` writes them. RFC 8785
/// writes the same: no character and no number of a certificate makes a difference.
#[test]
fn the_canonical_form_is_the_one_of_all_issued_certificates() {
    let mut certificate = certificate(1);
    certificate.instance = "\u{1}\u{7f}\n\"\\/\u{e9}\u{2028}\u{1f600}".to_owned();
    certificate.open_problems = (1 << 53) - 1;
    certificate.lines[0].ledger = Sum(i128::MAX);
    let canonical = serde_json_canonicalizer::to_string(&certificate).unwrap();
    assert_eq!(canonical, serde_json::to_value(&certificate).unwrap().to_string());
}

/// A certificate with one line, not sealed yet.
pub(crate) fn certificate(id: u128) -> Certificate {
    let line = Line {
        balance: "payments".into(),
        mirror: "@stripe".into(),
        currency: "USD".into(),
        exponent: 2,
        stripe: Some(Sum(5)),
        ledger: Sum(5),
        expected: Sum(5),
        stripe_difference: Some(Sum(0)),
        ledger_difference: Sum(0),
        debits: (Sum(7), Sum(7)).into(),
        credits: (Sum(2), Sum(2)).into(),
        records: 3,
        legs: 4,
        digest: "00ff".into(),
        hours: Hours { agreed: 2, differing: 0 },
        verdict: LineVerdict::Match,
        note: Some("zwölf ✓ \"quoted\"".into()),
        incomplete: false,
    };
    Certificate::new(
        Ulid::from(id),
        Ulid::nil(),
        Millis(1_760_000_000_000),
        Verdict::Match,
        vec![line],
        0,
    )
}

/// A certificate as a shop of three currencies gets it: both sides agree. Not sealed yet.
pub(crate) fn of_three_currencies(at: Millis, nth: u64) -> Certificate {
    let line = |currency: &str, exponent, size: i128| {
        let turnover = size + i128::from(nth) * 1_237;
        let (debit, credit) = (Sum(turnover), Sum(turnover / 3));
        let held = Sum(debit.0 - credit.0);
        Line {
            currency: currency.into(),
            exponent,
            stripe: Some(held),
            ledger: held,
            expected: held,
            debits: (debit, debit).into(),
            credits: (credit, credit).into(),
            records: 48_211 + nth,
            legs: 93_087 + 2 * nth,
            digest: format!(
                "{:032x}",
                (u128::from(nth) + 1).wrapping_pow(9).wrapping_mul(!7 << 40)
            ),
            hours: Hours { agreed: 6_210 + nth / 4, differing: 0 },
            note: None,
            ..certificate(0).lines.remove(0)
        }
    };
    let payouts = PayoutsProven { zero: 812, members: 40_123, waiting: 2, ..Default::default() };
    Certificate {
        id: Ulid::from_parts(u64::try_from(at.0).unwrap(), u128::from(nth) << 30),
        run: Ulid::from_parts(u64::try_from(at.0).unwrap() - 4_000, u128::from(nth) << 29),
        owner: "acct_1Oq2w3E4r5T6y7Ui:live".into(),
        instance: "inst_6f1c2d9e-3b7a-4c55-9d0e-1f2a3b4c5d6e".into(),
        at,
        lines: vec![
            line("EUR", 2, 812_345_678),
            line("JPY", 0, 91_234_567),
            line("USD", 2, 4_012_345_678),
        ],
        payouts: Some(payouts),
        ..certificate(0)
    }
}

#[test]
fn a_changed_or_missing_certificate_breaks_the_chain() {
    let (mut first, mut second) = (certificate(1), certificate(2));
    first.seal(None).unwrap();
    second.seal(Some(&first)).unwrap();
    assert_eq!((first.previous.clone(), second.previous.clone()), (None, first.hash.clone()));
    assert_eq!(second.digest().unwrap(), second.hash.clone().unwrap());
    let changed = Certificate {
        lines: vec![Line { ledger: Sum(6), ..second.lines[0].clone() }],
        ..second.clone()
    };
    assert_ne!(changed.digest().unwrap(), second.hash.clone().unwrap());
    let relinked = Certificate { previous: None, ..second.clone() };
    assert_ne!(relinked.digest().unwrap(), second.hash.clone().unwrap());
    let stored: crate::platform::table::attribute::Item = serde_dynamo::to_item(&second).unwrap();
    let back: Certificate = crate::platform::table::item::from_item(stored).unwrap();
    assert_eq!(
        back.digest().unwrap(),
        second.hash.unwrap(),
        "what comes back from the table hashes the same"
    );
}

/// A certificate as version 2 issued it, with everything that one can say.
fn of_version_2(id: u128) -> Certificate {
    Certificate { version: 2, ..eventful(id) }
}

/// A certificate with everything that one can say.
fn eventful(id: u128) -> Certificate {
    let cause = json!({"kind": "missing", "mirror": "@stripe", "currency": "USD", "reference": "r",
        "stripe_id": "txn_1",
        "ledger_id": "txn_2", "expected": "100", "found": "99", "at": "2025-10-09T08:00:00Z",
        "problem": "txn_1:amount"});
    let payouts = json!({"zero": 7, "members": 96, "waiting": 2, "older_to_come": true,
        "unreadable": 1, "more_remainders": 3,
        "remainders": [{"payout": "po_1", "currency": "USD", "net": "-250", "members": 12,
            "at": 1_760_000_000_000_i64}]});
    Certificate {
        owner: "acct_1:test".into(),
        instance: "inst_1".into(),
        verdict: Verdict::Mismatch,
        causes: vec![serde_json::from_value(cause).unwrap()],
        more_causes: true,
        read_only: true,
        open_problems: 4,
        payouts: Some(serde_json::from_value(payouts).unwrap()),
        ..certificate(id)
    }
}

/// All ways to change one value of a document into another of its type.
fn changed(document: &Value) -> Vec<Value> {
    fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, value)| paths(value, &format!("{at}/{name}"), found)),
            Value::Array(all) => all
                .iter()
                .enumerate()
                .for_each(|(nth, value)| paths(value, &format!("{at}/{nth}"), found)),
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    paths(document, "", &mut found);
    let change = |path: &String| {
        let mut document = document.clone();
        let value = document.pointer_mut(path).unwrap();
        *value = match &*value {
            Value::Bool(flag) => json!(!*flag),
            Value::Number(number) => json!(number.as_i64().unwrap() + 1),
            Value::String(word) if path.ends_with("/verdict") => {
                json!(if word == "match" { "mismatch" } else { "match" })
            }
            Value::String(word) if path.ends_with("/kind") => {
                json!(if word == "missing" { "foreign" } else { "missing" })
            }
            // Of an amount, an id, a hash, a text: another last character.
            Value::String(text) => {
                let last = if text.ends_with('7') { '8' } else { '7' };
                let mut text = text.clone();
                text.pop();
                text.push(last);
                json!(text)
            }
            other => panic!("{path}: {other}"),
        };
        document
    };
    found.iter().map(change).collect()
}

/// State: a certificate of each layout. Action: change any one value of it. What must hold: it no
/// longer verifies.
#[test]
fn no_value_of_a_whole_certificate_can_be_changed() {
    for mut issued in [of_version_2(2), eventful(2), certificate(2)] {
        let mut before = certificate(1);
        before.seal(None).unwrap();
        issued.seal(Some(&before)).unwrap();
        assert!(issued.verifies());
        let changes = changed(&serde_json::to_value(&issued).unwrap());
        assert!(changes.len() > 20);
        for changed in changes {
            let changed: Certificate = serde_json::from_value(changed).unwrap();
            assert_ne!(changed, issued);
            assert!(!changed.verifies(), "{changed:?}");
        }
        for removed in [
            Certificate { previous: None, ..issued.clone() },
            Certificate { hash: None, ..issued.clone() },
            Certificate { lines: Vec::new(), ..issued.clone() },
        ] {
            assert!(!removed.verifies(), "{removed:?}");
        }
    }
}

/// State: a thinned certificate. What must hold: its hash is that of the whole one, and any change
/// of the line breaks it.
#[test]
fn a_thinned_certificate_keeps_its_hash_and_no_value_of_it_can_be_changed() {
    let (mut before, mut issued) = (certificate(1), certificate(2));
    before.seal(None).unwrap();
    issued.seal(Some(&before)).unwrap();
    let line = Thinned::of(&issued).unwrap();
    assert_eq!(Some(&line.hash), issued.hash.as_ref());
    assert!(line.verifies() && StoredCertificate::Thinned(line.clone()).verifies());
    let changes = changed(&serde_json::to_value(&line).unwrap());
    assert_eq!(changes.len(), 7, "version, id, at, verdict, previous, body, hash");
    for changed in changes {
        let changed: Thinned = serde_json::from_value(changed).unwrap();
        assert!(!changed.verifies(), "{changed:?}");
    }
    assert!(!Thinned { previous: None, ..line }.verifies());
    assert_eq!(Thinned::of(&Certificate { more_causes: true, ..issued }), None, "it was changed");
}

/// State: a chain that began before version 3. What must hold: the first of version 3 names the
/// last of version 2, all verify, and none of version 2 has a line of its own.
#[test]
fn a_chain_continues_across_a_change_of_the_layout() {
    let mut chain = [of_version_2(1), of_version_2(2), certificate(3), certificate(4)];
    for at in 0..chain.len() {
        let before = at.checked_sub(1).map(|before| chain[before].clone());
        chain[at].seal(before.as_ref()).unwrap();
    }
    for pair in chain.windows(2) {
        assert_eq!(pair[1].previous, pair[0].hash);
    }
    assert!(chain.iter().all(Certificate::verifies));
    let have_lines: Vec<bool> = chain.iter().map(|it| Thinned::of(it).is_some()).collect();
    assert_eq!(have_lines, [false, false, true, true]);
    assert!(chain[0].body.is_none() && chain[3].body.is_some());
}

/// What a later version covers is not known: such a certificate is not taken for a valid one.
#[test]
fn a_certificate_of_a_later_version_does_not_verify() {
    let mut later = Certificate { version: VERSION + 1, ..certificate(1) };
    later.seal(None).unwrap();
    assert!(!later.verifies());
}
