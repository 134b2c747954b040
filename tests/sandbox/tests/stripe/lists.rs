//! Lists are complete, in order, and show records at the right time.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::sums::figures;
use crate::world::{NOW, World};

#[tokio::test]
async fn paging_visits_every_record_exactly_once_newest_first_with_any_limit() {
    let world = World::start().await;
    let account = world.account(11, 431);
    let key = &account.secret_key;
    let path = "/v1/balance_transactions";
    // Records of one second, which differ only in their order of insertion.
    let same = json!({"type": "charge", "amount": 500, "created": NOW - 5_000_000, "count": 7});
    let tied = world.control(&account.account, "records", same).await;
    let all = world.all(key, path, "", 100).await;
    let ids: Vec<&str> = all.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 438);
    let created: Vec<i64> = all.iter().map(|r| r["created"].as_i64().unwrap()).collect();
    assert!(created.is_sorted_by(|a, b| a >= b));
    let mut newest_first: Vec<&str> =
        tied["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    newest_first.reverse();
    assert!(
        ids.windows(7).any(|w| w == newest_first),
        "ties are listed by insertion, the newest first"
    );
    for limit in [1, 2, 3, 7, 99] {
        let again = world.all(key, path, "", limit).await;
        assert_eq!(again, all, "limit {limit}");
    }
    // Backwards: pages adjacent to the cursor, each still newest first.
    let (mut back, mut cursor) = (Vec::new(), (*ids.last().unwrap()).to_owned());
    loop {
        let page = world.ok(key, &format!("{path}?limit=13&ending_before={cursor}")).await;
        let data = page["data"].as_array().unwrap();
        data.iter().rev().for_each(|r| back.push(r["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
        cursor = data[0]["id"].as_str().unwrap().to_owned();
    }
    back.reverse();
    assert_eq!(back, ids[..ids.len() - 1]);
    // Bounds on time select the right records.
    let (low, high) = (created[300], created[100]);
    let some = world.all(key, path, &format!("&created[gte]={low}&created[lt]={high}"), 50).await;
    let expected: Vec<&Value> =
        all.iter().filter(|r| (low..high).contains(&r["created"].as_i64().unwrap())).collect();
    assert_eq!(some.iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_object_that_cannot_be_rendered_fails_every_answer_that_contains_it() {
    let world = World::start().await;
    let account = world.account(12, 30);
    let (key, list) = (&account.secret_key, "/v1/balance_transactions");
    let id = world.all(key, list, "", 100).await[3]["id"].as_str().unwrap().to_owned();
    let asked = ["?limit=4", "?limit=4&expand[]=data.source", "?limit=3&expand[]=data.source"]
        .map(|query| format!("{list}{query}"));
    let alone = [format!("{list}/{id}"), format!("{list}/{id}?expand[]=source")];
    for (how, expected) in [
        ("expanded", [200, 500, 200, 200, 500]),
        ("listed", [500, 500, 200, 200, 200]),
        ("always", [500, 500, 200, 500, 500]),
    ] {
        world.control(&account.account, "settings", json!({"unrenderable": {&id: how}})).await;
        for (path, status) in asked.iter().chain(&alone).zip(expected) {
            assert_eq!(world.get(key, path).await.0, status, "{how}: {path}");
        }
    }
}

#[tokio::test]
async fn late_records_and_a_lagging_balance_appear_at_the_right_time() {
    let world = World::start().await;
    let account = world.account(5, 300);
    let (key, id) = (&account.restricted_key, &account.account);
    let usd = |balance: Value| {
        figures(&balance["available"])["usd"] + figures(&balance["pending"])["usd"]
    };
    let count = async || world.all(key, "/v1/balance_transactions", "", 100).await.len();
    let before = usd(world.ok(key, "/v1/balance").await);
    let late = json!({"type": "stripe_fee", "amount": -100, "created": NOW - 3600,
        "visible_after_ms": 5_000});
    let ids = world.control(id, "records", late).await;
    let path = format!("/v1/balance_transactions/{}", ids["ids"][0].as_str().unwrap());
    assert_eq!((count().await, world.get(key, &path).await.0), (300, 404));
    assert_eq!(usd(world.ok(key, "/v1/balance").await), before);
    world.control(id, "settings", json!({"balance_lag_ms": 3_000})).await;
    world.clock.fetch_add(5_000, Ordering::SeqCst);
    assert_eq!((count().await, world.get(key, &path).await.0), (301, 200));
    assert_eq!(usd(world.ok(key, "/v1/balance").await), before, "the balance is still behind");
    world.clock.fetch_add(3_000, Ordering::SeqCst);
    assert_eq!(usd(world.ok(key, "/v1/balance").await), before - 100);
    world
        .control(
            id,
            "settings",
            json!({"balance_lag_ms": 0, "balance_offset": {"usd": 7, "sek": 2}}),
        )
        .await;
    let balance = world.ok(key, "/v1/balance").await;
    assert_eq!(figures(&balance["available"])["sek"], 2);
    assert_eq!(usd(balance), before - 93);
}

#[tokio::test]
async fn money_is_available_from_the_second_of_its_date() {
    let world = World::start().await;
    let account = world.account(1, 0);
    let key = &account.restricted_key;
    let charge = json!({"type": "charge", "amount": 700, "available_on": NOW + 60});
    world.control(&account.account, "records", charge).await;
    for (second, status, available, pending) in [(59, "pending", 0, 700), (60, "available", 700, 0)]
    {
        world.clock.store((NOW + second) * 1000, Ordering::SeqCst);
        let record = &world.all(key, "/v1/balance_transactions", "", 1).await[0];
        assert_eq!(record["status"], status);
        let balance = world.ok(key, "/v1/balance").await;
        let got = ["available", "pending"].map(|list| figures(&balance[list])["usd"]);
        assert_eq!(got, [available, pending], "second {second}");
    }
}

#[tokio::test]
async fn a_lagging_list_shows_records_later_and_their_charges_without_them() {
    let world = World::start().await;
    let account = world.account(5, 40);
    let (key, id) = (&account.restricted_key, &account.account);
    world.control(id, "settings", json!({"list_lag_ms": 4_000})).await;
    let record = json!({"type": "charge", "amount": 700, "source": "ch_mine"});
    let added = world.control(id, "records", record).await;
    for (elapsed, records) in [(0, 40), (3_999, 40), (4_000, 41)] {
        world.clock.store(NOW * 1000 + elapsed, Ordering::SeqCst);
        let list = world.all(key, "/v1/balance_transactions", "", 100).await;
        assert_eq!(list.len(), records, "after {elapsed} ms");
        // The charge is visible at once, as after an asynchronous capture; its record follows.
        let charge = world.ok(key, "/v1/charges/ch_mine").await;
        let shown = if records == 41 { &added["ids"][0] } else { &Value::Null };
        assert_eq!(&charge["balance_transaction"], shown, "after {elapsed} ms");
    }
}
