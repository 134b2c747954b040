//! The sums that a ledger is checked against.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use sandbox::stripe::{AccountInfo, AccountSpec};
use serde_json::{Value, json};

use crate::schema::{check, validator};
use crate::world::{NOW, World, spec};

const LIST: &str = "/v1/balance_transactions";

/// Σ net of a list, by balance, currency and whether it is available at `now`.
fn sums(records: &[Value], now: i64) -> BTreeMap<(String, String, bool), i128> {
    let mut sums = BTreeMap::new();
    for record in records {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        let available = record["available_on"].as_i64().unwrap() <= now;
        assert_eq!(record["status"] == "available", available);
        let key = (text("balance_type"), text("currency"), available);
        *sums.entry(key).or_default() += i128::from(record["net"].as_i64().unwrap());
    }
    sums
}

pub(crate) fn figures(list: &Value) -> BTreeMap<String, i128> {
    let entry = |e: &Value| {
        (e["currency"].as_str().unwrap().to_owned(), i128::from(e["amount"].as_i64().unwrap()))
    };
    list.as_array().map(|list| list.iter().map(entry).collect()).unwrap_or_default()
}

/// Asserts that `/v1/balance` is the sum of the list at this moment.
async fn balance_is_the_sum(world: &World, account: &AccountInfo) {
    let key = &account.restricted_key;
    let now = world.clock.load(Ordering::SeqCst).div_euclid(1000);
    let records = world.all(key, "/v1/balance_transactions", "", 100).await;
    let sums = sums(&records, now);
    let of = |balance: &str, available: bool| -> BTreeMap<String, i128> {
        let own = sums.keys().filter(|(b, ..)| b == balance).map(|(_, c, _)| c.clone());
        own.map(|c| {
            let sum = sums.get(&(balance.to_owned(), c.clone(), available));
            (c, sum.copied().unwrap_or_default())
        })
        .collect()
    };
    let balance = world.ok(key, "/v1/balance").await;
    for (list, available) in [("available", true), ("pending", false)] {
        let mut expected = of("payments", available);
        if expected.is_empty() {
            // An account without movements still shows its default currency.
            expected.insert("usd".to_owned(), 0);
        }
        assert_eq!(figures(&balance[list]), expected, "{list}");
    }
    assert_eq!(figures(&balance["issuing"]["available"]), of("issuing", true));
    let prefunding = &balance["refund_and_dispute_prefunding"];
    assert_eq!(figures(&prefunding["available"]), of("refund_and_dispute_prefunding", true));
    assert_eq!(figures(&prefunding["pending"]), of("refund_and_dispute_prefunding", false));
    let held = records.iter().filter(|r| r["reporting_category"] == "connect_reserved_funds");
    let held: i128 = held.map(|r| -i128::from(r["net"].as_i64().unwrap())).sum();
    assert_eq!(figures(&balance["connect_reserved"]).get("usd").copied().unwrap_or_default(), held);
    for record in &records {
        let int = |name: &str| record[name].as_i64().unwrap();
        assert_eq!(int("amount"), int("fee") + int("net"));
        let details = record["fee_details"].as_array().unwrap();
        assert_eq!(details.iter().map(|d| d["amount"].as_i64().unwrap()).sum::<i64>(), int("fee"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// At the midnights at which pending money becomes available, when late records appear, and
    /// while records are being added.
    #[test]
    fn the_balance_is_the_sum_of_the_visible_records_at_any_moment(
        seed in any::<u64>(),
        movements in 0_u32..600,
        added in 0_u32..40,
        late_ms in 0_i64..500_000_000,
        hours in prop::collection::vec(0_i64..240, 3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::start().await;
            let account = world.account(seed, movements);
            balance_is_the_sum(&world, &account).await;
            world.control(&account.account, "records", json!({"count": added})).await;
            world.control(&account.account, "records",
                json!({"count": added, "visible_after_ms": late_ms})).await;
            for hour in hours {
                world.clock.store((NOW + hour * 3600) * 1000, Ordering::SeqCst);
                balance_is_the_sum(&world, &account).await;
            }
        });
    }
}

/// Asserts that the records of an automatic payout sum to zero with it, in one currency, and were
/// available by then.
async fn members(world: &World, key: &str, payout: &Value) -> Vec<Value> {
    let id = payout["id"].as_str().unwrap();
    let members = world.all(key, LIST, &format!("&payout={id}"), 100).await;
    let net: i64 = members.iter().map(|m| m["net"].as_i64().unwrap()).sum();
    assert_eq!(net, 0, "{payout:#}");
    assert!(members.iter().any(|m| m["id"] == payout["balance_transaction"]));
    for member in &members {
        assert_eq!(member["currency"], payout["currency"]);
        assert_eq!(member["balance_type"], "payments");
        for time in ["created", "available_on"] {
            let (then, paid) = (member[time].as_i64(), payout["created"].as_i64());
            assert!(then <= paid, "{time} of {member:#} in {payout:#}");
        }
    }
    members
}

#[tokio::test]
async fn the_records_of_every_automatic_payout_sum_to_zero_with_it() {
    let world = World::start().await;
    let (mut seen, mut failed) = (0, 0);
    for seed in [2, 4, 6] {
        let key = &world.account(seed, 1_200).restricted_key;
        let payouts = world.all(key, "/v1/payouts", "", 100).await;
        let mut settled_by: BTreeMap<String, Value> = BTreeMap::new();
        for payout in payouts.iter().filter(|payout| payout["automatic"] == true) {
            for member in members(&world, key, payout).await {
                let id = member["id"].as_str().unwrap().to_owned();
                let twice = settled_by.insert(id, payout.clone());
                assert!(twice.is_none(), "{member:#} is in two payouts");
            }
        }
        for payout in payouts.iter().filter(|payout| payout["automatic"] == false) {
            let id = payout["id"].as_str().unwrap();
            assert_eq!(world.get(key, &format!("{LIST}?payout={id}")).await.0, 400);
        }
        // Money of a failed payout leaves with a later payout in its currency, if there is one.
        for payout in payouts.iter().filter(|payout| payout["status"] == "failed") {
            let back = payout["failure_balance_transaction"].as_str().unwrap();
            let back = world.ok(key, &format!("{LIST}/{back}")).await;
            assert_eq!(back["net"], payout["amount"]);
            let later = payouts.iter().any(|other| {
                other["automatic"] == true
                    && other["currency"] == payout["currency"]
                    && other["created"].as_i64() >= back["created"].as_i64()
            });
            let settled = settled_by.get(back["id"].as_str().unwrap());
            assert_eq!(settled.is_some(), later, "{payout:#}");
            assert!(settled.is_none_or(|other| other["id"] != payout["id"]));
            failed += usize::from(later);
        }
        seen += settled_by.len();
    }
    assert!(seen > 2_000, "{seen}");
    assert!(failed >= 3, "{failed}");
}

/// Asserts that the control API's truth is the sum of the list for every balance and currency, and
/// has the number of paying customers.
async fn truth_is_the_list(world: &World, account: &AccountInfo, records: &[Value]) {
    let url = format!("{}/stripe/accounts/{}/truth", world.url, account.account);
    let truth: Value = world.http.get(url).send().await.unwrap().json().await.unwrap();
    let mut expected: BTreeMap<(String, String), BTreeMap<String, i64>> = BTreeMap::new();
    let mut customers = BTreeSet::new();
    for record in records {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        let figures = expected.entry((text("balance_type"), text("currency"))).or_default();
        *figures.entry("count".to_owned()).or_default() += 1;
        for name in ["net", "amount", "fee"] {
            let value = record[name].as_i64().unwrap();
            let side = if value > 0 { "positive" } else { "negative" };
            *figures.entry(name.to_owned()).or_default() += value;
            *figures.entry(format!("{name}_{side}")).or_default() += value;
        }
        if ["charge", "payment"].contains(&text("type").as_str()) {
            customers.extend(record["source"]["customer"].as_str());
        }
    }
    assert_eq!(truth["records"], records.len());
    assert_eq!(truth["customers"], customers.len());
    let balances = truth["balances"].as_object().unwrap();
    let listed: usize = balances.values().map(|b| b.as_object().unwrap().len()).sum();
    assert_eq!(listed, expected.len());
    for ((balance, currency), figures) in &expected {
        for (name, value) in figures {
            let shown = &balances[balance][currency][name];
            assert_eq!(shown, value, "{name} of {balance} in {currency}");
        }
    }
}

#[tokio::test]
async fn a_seed_always_makes_the_same_account_with_exactly_the_requested_movements() {
    let (one, two) = (World::start().await, World::start().await);
    for movements in [0, 1, 2, 9, 24, 25, 26, 100, 199, 200, 201, 777, 2_000] {
        let account = one.account(21, movements);
        let same = two.account(21, movements);
        assert_eq!(account, same);
        let path = "/v1/balance_transactions";
        let records = one.all(&account.secret_key, path, "&expand[]=data.source", 100).await;
        assert_eq!(records.len(), usize::try_from(movements).unwrap());
        balance_is_the_sum(&one, &account).await;
        assert_eq!(records, two.all(&same.secret_key, path, "&expand[]=data.source", 100).await);
        truth_is_the_list(&one, &account, &records).await;
    }
    let tame = AccountSpec { odd: false, ..spec(21, 2_000) };
    let tame = one.stripe.create_account(AccountSpec { id: Some("acct_tame".to_owned()), ..tame });
    let validator = validator("balance_transaction");
    for record in one.all(&tame.secret_key, "/v1/balance_transactions", "", 100).await {
        check(&validator, &record);
        assert_ne!(record["balance_type"], "settlement_reserved");
    }
}
