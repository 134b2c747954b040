//! Account rules: which account a record goes to, whenever it is read.

use proptest::prelude::*;
use ulid::Ulid;

use super::{chart, record};
use crate::model::ledger::*;
use crate::model::time::Millis;

const OWNER: &str = "acct_1:live";
const SAVED: i64 = 1_760_000_000;

fn names(category: Option<&str>, type_: Option<&str>) -> RuleNames {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    RuleNames { reporting_category: owned(category), type_: owned(type_) }
}

fn add(rules: &mut AccountRules, of: RuleNames, account: &str, at: i64) -> AccountRule {
    let id = Ulid(rules.iter().count() as u128 + 1);
    rules.add(id, OWNER, of, account.to_owned(), Millis::from_seconds(at))
}

/// Where the gross of a record goes, and whether a person is told.
fn posted(rules: &AccountRules, category: &str, type_: &str, created: i64) -> (String, bool) {
    let mut transaction = record(category, type_, 500);
    transaction.created = created;
    let chart = chart().ruled_by(rules.clone());
    let mirrored = mirror(&transaction, &chart, &ChargeAccounts::none()).unwrap();
    let OffsetAccount::Account(account) = &mirrored.legs[0].offset else {
        panic!("{:?}", mirrored.legs)
    };
    (account.clone(), !mirrored.findings.is_empty())
}

#[test]
fn a_rule_holds_for_records_of_its_time_and_for_no_others() {
    let mut rules = AccountRules::default();
    let rule = add(&mut rules, names(Some("grant"), None), "@stripe_grants", SAVED);
    assert!(rule.starts_at >= SAVED + ACCOUNT_RULE_DELAY_SECONDS, "never in the past");
    let suspense = ("@stripe_suspense".to_owned(), true);
    let grants = ("@stripe_grants".to_owned(), false);
    let at = |rules: &AccountRules, created| posted(rules, "grant", "gift", created);
    assert_eq!(at(&rules, rule.starts_at - 1), suspense);
    assert_eq!(at(&rules, rule.starts_at), grants);
    assert_eq!(at(&rules, i64::MAX), grants);
    let end = rules.end(rule.id, Millis::from_seconds(SAVED + 86_400)).unwrap().ends_at.unwrap();
    assert!(end >= SAVED + 86_400 + ACCOUNT_RULE_DELAY_SECONDS);
    assert_eq!(at(&rules, end - 1), grants, "a record that arrives late, too");
    assert_eq!(at(&rules, end), suspense);
    assert_eq!(posted(&rules, "prize", "gift", rule.starts_at), suspense);
    let known = posted(&rules, "grant", "stripe_fee", rule.starts_at);
    assert_eq!(known, ("@stripe_fees".to_owned(), false), "the app's own rules come first");
}

#[test]
fn both_names_decide_before_the_category_and_the_category_before_the_type() {
    let mut rules = AccountRules::default();
    let at = add(&mut rules, names(None, Some("gift")), "@stripe_gifts", SAVED).starts_at;
    add(&mut rules, names(Some("grant"), Some("gift")), "@stripe_both", SAVED);
    add(&mut rules, names(Some("grant"), None), "@stripe_grants", SAVED);
    for (category, type_, expected) in [
        ("grant", "gift", "@stripe_both"),
        ("grant", "other", "@stripe_grants"),
        ("", "gift", "@stripe_gifts"),
        ("prize", "gift", "@stripe_gifts"),
        ("prize", "other", "@stripe_suspense"),
    ] {
        assert_eq!(posted(&rules, category, type_, at).0, expected, "{category} {type_}");
    }
    let none = AccountRules::default().account_of("", "", 0).map(str::to_owned);
    assert_eq!(none, None);
    assert_eq!(rules.of_owner("acct_2:live"), AccountRules::default());
}

#[test]
fn the_account_of_a_rule_has_a_role_of_its_own_for_ever() {
    let mut rules = AccountRules::default();
    let rule = add(&mut rules, names(Some("grant"), None), "@stripe_grants", SAVED);
    rules.end(rule.id, Millis::from_seconds(SAVED)).unwrap();
    let chart = chart().ruled_by(rules);
    let offset = Offset::named(&chart, "@stripe_grants");
    assert_eq!((offset.role.as_str(), offset.name.as_deref()), ("custom", Some("@stripe_grants")));
    assert_eq!(offset.to_string().parse::<Offset>().unwrap(), offset);
    assert_eq!(Offset::named(&chart, "@stripe_others").role, Role::Other);
    assert!(chart.shared_accounts().any(|name| name == "@stripe_grants"));
}

#[test]
fn a_stored_rule_reads_as_it_was_written() {
    let mut rules = AccountRules::default();
    add(&mut rules, names(Some("grant"), None), "@stripe_grants", SAVED);
    let stored = serde_json::to_value(&rules).unwrap();
    let expected = serde_json::json!([{"id": Ulid(1), "owner": OWNER, "reporting_category": "grant",
        "account": "@stripe_grants",
        "saved_at": SAVED * 1000, "starts_at": SAVED + 1 + ACCOUNT_RULE_DELAY_SECONDS}]);
    assert_eq!(stored, expected);
    assert_eq!(serde_json::from_value::<AccountRules>(stored).unwrap(), rules);
}

/// A change by a person, so many seconds after the one before.
#[derive(Clone, Debug)]
enum Change {
    Add(RuleNames, String),
    End(usize),
}

fn changes() -> impl Strategy<Value = Vec<(i64, Change)>> {
    let name = || prop_oneof![Just(None), Just(Some("grant")), Just(Some("prize"))];
    let change = prop_oneof![
        (name(), name(), 0..4_u8).prop_map(|(category, type_, account)| {
            Change::Add(names(category, type_), format!("@stripe_account_{account}"))
        }),
        (0..8_usize).prop_map(Change::End),
    ];
    prop::collection::vec((0..4_000_i64, change), 1..16)
}

proptest! {
    /// A worker knows the changes that were saved up to some moment. Every record that Stripe can
    /// have listed within a worker's life after it goes to the account that all later workers find
    /// too, in whatever order they read.
    #[test]
    fn the_account_of_a_record_stays_the_same_whatever_changes_later(changes in changes()) {
        let mut rules = AccountRules::default();
        let mut now = SAVED;
        let mut known = vec![(now, rules.clone())];
        for (later, change) in changes {
            now += later;
            match change {
                Change::Add(of, account) => {
                    if of != RuleNames::default() && rules.open(OWNER, &of).is_none() {
                        add(&mut rules, of, &account, now);
                    }
                }
                Change::End(at) => {
                    let id = rules.iter().nth(at).map(|rule| rule.id);
                    id.and_then(|id| rules.end(id, Millis::from_seconds(now)));
                }
            }
            known.push((now, rules.clone()));
        }
        let bounds = rules.iter().flat_map(|rule| [Some(rule.starts_at), rule.ends_at]).flatten();
        let moments: Vec<i64> = bounds.flat_map(|at| [at - 1, at, at + 1]).chain([0]).collect();
        for (index, (_, older)) in known.iter().enumerate() {
            // The worker does not know the next change, and may still read this long after it.
            let until = known
                .get(index + 1)
                .map_or(i64::MAX, |(next, _)| next + ACCOUNT_RULE_DELAY_SECONDS);
            for created in moments.iter().copied().filter(|created| *created <= until) {
                for category in ["grant", "prize", ""] {
                    for type_ in ["grant", "prize", "other"] {
                        prop_assert_eq!(
                            older.account_of(category, type_, created),
                            rules.account_of(category, type_, created),
                            "{} {} at {}", category, type_, created
                        );
                    }
                }
            }
        }
        // Two rules for the same names never hold at the same time.
        for one in rules.iter() {
            for other in rules.iter().filter(|other| other.id != one.id && other.names == one.names) {
                let apart = one.ends_at.is_some_and(|end| end <= other.starts_at)
                    || other.ends_at.is_some_and(|end| end <= one.starts_at);
                prop_assert!(apart, "{:?} {:?}", one, other);
            }
        }
    }
}
