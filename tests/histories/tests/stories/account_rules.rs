//! A category that no rule knows: in suspense, then on an account of a person's choice.

use std::collections::BTreeMap;
use std::time::Duration;

use histories::tenant::Tenant;
use histories::time;
use histories::world::World;
use serde_json::{Value, json};
use stripe_sync::model::certificate::Verdict;
use stripe_sync::model::ledger::{ACCOUNT_RULE_DELAY_SECONDS, RuleNames};
use stripe_sync::model::run::request::Scope;

use crate::common::{LIMIT, last_certificate, story, work, work_with};

const SUSPENSE: &str = "@stripe_test_suspense";
const GRANTS: &str = "@stripe_test_grants";
const PRIZES: &str = "@stripe_test_prizes";
const HOUR: u64 = 3_600;
/// Until a change of the rules holds.
const DELAY: u64 = ACCOUNT_RULE_DELAY_SECONDS.unsigned_abs() + 5;

fn grant() -> RuleNames {
    RuleNames { reporting_category: Some("grant".to_owned()), type_: None }
}

/// A record that no rule knows, created at a time (Unix seconds) and listed that many hours later.
async fn record(tenant: &Tenant<'_>, amount: i64, created: i64, hours_later: u64) -> String {
    let spec = json!({"type": "grant_received", "reporting_category": "grant", "amount": amount,
        "fee": 3,
        "created": created, "visible_after_ms": hours_later * HOUR * 1000});
    tenant.add(spec).await.remove(0)
}

fn now() -> i64 {
    time::now().div_euclid(1000)
}

/// Where these records are posted.
async fn accounts(tenant: &Tenant<'_>, records: &[&String]) -> Vec<String> {
    let mut accounts = Vec::new();
    for record in records {
        accounts.push(tenant.account_of(record).await);
    }
    accounts
}

/// The problems about records in suspense are these, both sides agree, and so do the figures.
async fn assert_agrees(tenant: &Tenant<'_>, in_suspense: &[&String], when: &str) {
    let snapshot = tenant.snapshot().await;
    assert!(snapshot.agrees(), "{when}: {:?}", snapshot.differences);
    assert_eq!(last_certificate(tenant).verdict, Verdict::Match, "{when}");
    assert_eq!(tenant.wrong_figures(&Default::default()).await, [""; 0], "{when}");
    let of = |record: &&String| ("unknown_type".to_owned(), format!("{record}:unclassified"));
    let mut expected: Vec<(String, String)> = in_suspense.iter().map(of).collect();
    expected.sort_unstable();
    assert_eq!(tenant.problems(), expected, "{when}");
}

/// Debits and credits of each role in the stored figures, and the net of all.
fn roles(tenant: &Tenant<'_>) -> (BTreeMap<String, i64>, i64) {
    let (mut roles, mut net) = (BTreeMap::new(), 0);
    for item in tenant.figures() {
        let hours = item.as_object().unwrap().values().filter(|value| value["a"].is_object());
        for hour in hours {
            for (offset, sides) in hour["a"].as_object().unwrap() {
                let role = offset.split('=').next().unwrap().to_owned();
                let sides: Vec<i64> =
                    sides.as_str().unwrap().split('|').map(|side| side.parse().unwrap()).collect();
                *roles.entry(role).or_default() += sides[1] - sides[0];
            }
            for category in hour["c"].as_object().unwrap().values() {
                let text = category.as_str().unwrap();
                net += text.split('|').nth(2).unwrap().parse::<i64>().unwrap();
            }
        }
    }
    (roles, net)
}

/// Each record follows the rules at the time of its creation: whenever Stripe lists it, whatever
/// changed since, and whichever run reads it first or again.
#[test]
fn a_category_gets_an_account_for_the_records_of_a_time() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_100, 0).await;
        tenant.add(json!({"type": "charge", "amount": 5_000})).await;
        let before = record(&tenant, 700, now(), 0).await;
        let late_before = record(&tenant, 90, now(), 1).await;
        work(&tenant).await;
        assert_agrees(&tenant, &[&before], "without a rule").await;
        assert_eq!(accounts(&tenant, &[&before]).await, [SUSPENSE]);

        // A run is under way while the rule is saved. What it reads is older than the rule's start.
        let during = record(&tenant, 40, now(), 0).await;
        let (rule, ()) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(30)).await;
                tenant.add_rule(grant(), GRANTS).await
            },
            work(&tenant)
        );
        let after = record(&tenant, 50, rule.starts_at - 1, 0).await;
        let late = record(&tenant, 60, rule.starts_at, 5).await;
        time::jump(Duration::from_secs(DELAY));
        let inside = record(&tenant, -250, now(), 0).await;
        work(&tenant).await;
        let suspense = [&before, &during, &after];
        assert_agrees(&tenant, &suspense, "with the rule").await;
        let there = accounts(&tenant, &[&during, &after, &inside]).await;
        assert_eq!(there, [SUSPENSE, SUSPENSE, GRANTS]);

        time::jump(Duration::from_secs(2 * HOUR));
        work(&tenant).await;
        let suspense = [&before, &late_before, &during, &after];
        assert_agrees(&tenant, &suspense, "a late record of before the rule").await;
        assert_eq!(accounts(&tenant, &[&late_before]).await, [SUSPENSE]);

        let rule = tenant.end_rule(&rule).await;
        let last = record(&tenant, 11, rule.ends_at.unwrap() - 1, 0).await;
        time::jump(Duration::from_secs(DELAY));
        let ended = record(&tenant, 13, now(), 0).await;
        work(&tenant).await;
        assert_eq!(accounts(&tenant, &[&last, &ended]).await, [GRANTS, SUSPENSE]);

        // The late record is listed after the end of its rule, when another one holds.
        let next = tenant.add_rule(grant(), PRIZES).await;
        assert!(next.starts_at >= rule.ends_at.unwrap());
        // So late that only a run that reads two days again finds it.
        time::jump(Duration::from_secs(25 * HOUR));
        let anew = record(&tenant, 17, now(), 0).await;
        work(&tenant).await;
        let suspense = [&before, &late_before, &during, &after, &ended];
        assert_agrees(&tenant, &suspense, "with the next rule").await;
        assert_eq!(accounts(&tenant, &[&late, &anew]).await, [GRANTS, PRIZES]);

        let (by_role, net) = roles(&tenant);
        assert_eq!(by_role["suspense"], 700 + 90 + 40 + 50 + 13);
        assert_eq!(by_role["custom"], -250 + 60 + 11 + 17);
        assert_eq!(by_role.get("other"), None, "{by_role:?}");
        assert_eq!(by_role.values().sum::<i64>(), net);

        // Dismissed together, and not found again by runs that read all of it once more.
        assert_eq!(tenant.dismiss_unrecognised(&grant()).await, 5);
        work_with(&tenant, LIMIT, Scope::Everything).await;
        assert_agrees(&tenant, &[], "dismissed").await;
        assert_eq!(accounts(&tenant, &suspense).await, [SUSPENSE; 5], "and it stays there");
    });
}

/// A test clock at Stripe dates a record in the future, so that a rule begins between its entry and
/// its next reading. Where the entry is decides what a person is told.
#[test]
fn a_record_in_suspense_stays_a_problem_whatever_the_rules_say_now() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_101, 0).await;
        let hour = i64::try_from(HOUR).unwrap();
        let future = record(&tenant, 700, now() + 8 * hour, 0).await;
        work(&tenant).await;
        let rule = tenant.add_rule(grant(), GRANTS).await;
        time::jump(Duration::from_secs(HOUR));
        let other = record(&tenant, 300, now() + 7 * hour, 0).await;
        work(&tenant).await;
        assert_agrees(&tenant, &[&future], "a rule began").await;
        assert_eq!(accounts(&tenant, &[&future, &other]).await, [SUSPENSE, GRANTS]);
        tenant.end_rule(&rule).await;
        time::jump(Duration::from_secs(HOUR));
        work(&tenant).await;
        assert_agrees(&tenant, &[&future], "and ended").await;
        let (by_role, _): (BTreeMap<String, i64>, i64) = roles(&tenant);
        assert_eq!(json!(by_role), json!({"custom": 300, "fees": -6, "suspense": 700}));
    });
}

#[test]
fn rules_are_stored_with_the_settings() {
    story(|| async {
        let world = World::start().await;
        let tenant = Tenant::connect(&world, 9_102, 0).await;
        let rule = tenant.add_rule(grant(), GRANTS).await;
        let stored = tenant.settings();
        let expected = json!([{"id": rule.id, "owner": format!("{}:test", tenant.account.account),
            "reporting_category": "grant", "account": GRANTS, "saved_at": rule.saved_at,
            "starts_at": rule.starts_at}]);
        assert_eq!(stored["account_rules"], expected);
        assert_ne!(stored["revision"], Value::Null);
        let again = tenant.end_rule(&rule).await;
        assert_eq!(tenant.settings()["account_rules"][0]["ends_at"], json!(again.ends_at));
    });
}
