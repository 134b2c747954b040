//! Payouts as they are kept: each one that a run meets, what became of it, and what it settled.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::table::keys::{Sk, key};
use test_support::TABLE;

use super::Books;
use crate::world::{INSTALL, PK};

/// A loaded machine needs more runs for the same.
const MOST_DAYS: usize = 10;
const READS_A_DAY: i64 = 40;

impl Books {
    /// The payouts that are kept, by id.
    fn payouts(&self) -> BTreeMap<String, Value> {
        let prefix = format!("PAYOUT#{}#id#", self.world.connection.connection);
        let items = self.world.aws.items(PK, &prefix);
        items.into_iter().map(|item| (item["id"].as_str().unwrap().to_owned(), item)).collect()
    }

    /// Their lines, in the order of the list.
    fn payout_lines(&self) -> Vec<Value> {
        self.world.aws.items(PK, &format!("PAYOUT#{}#at#", self.world.connection.connection))
    }

    /// The payouts that Stripe has, by id.
    async fn payouts_at_stripe(&self) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut after = String::new();
        loop {
            let url = format!("{}/v1/payouts?limit=100{after}", self.sandbox.world.urls.stripe);
            let sent = self.http.get(url).bearer_auth(&self.account.restricted_key).send().await;
            let page: Value = sent.unwrap().json().await.unwrap();
            let data = page["data"].as_array().unwrap();
            for payout in data {
                found.insert(payout["id"].as_str().unwrap().to_owned(), payout.clone());
            }
            if page["has_more"] != json!(true) {
                return found;
            }
            let last = data.last().unwrap()["id"].as_str().unwrap();
            after = format!("&starting_after={last}");
        }
    }

    async fn remove(&self, sk: &Sk<'_>) {
        let install = InstallId::parse(INSTALL).unwrap();
        let delete = self.world.store.client.delete_item().table_name(TABLE);
        delete.set_key(Some(key(&install, sk))).send().await.unwrap();
    }

    /// As an earlier version left it: nothing is kept of any payout, and no run has begun to.
    async fn forget_payouts(&self) {
        let connection = self.world.connection.connection;
        for line in self.payout_lines() {
            let sk = line["sk"].as_str().unwrap();
            let created = sk.rsplit('#').nth(1).unwrap();
            let id = line["id"].as_str().unwrap();
            self.remove(&Sk::PayoutLine(connection, created, id)).await;
            self.remove(&Sk::Payout(connection, id)).await;
        }
        let state = Sk::Payouts(connection).to_string();
        self.world.aws.alter(PK, &state, "catch_up", Value::Null);
        self.later(2 * 86_400);
    }

    /// The next run looks back two days, as one does each day.
    fn later(&self, seconds: i64) {
        let stored = self.world.aws.item(PK, "STRIPE").unwrap();
        let at = stored["daily_reread_at"].as_i64().unwrap_or_default() - seconds * 1000;
        self.world.aws.alter(PK, "STRIPE", "daily_reread_at", json!({"N": at.to_string()}));
    }
}

impl Books {
    /// The members of each payout that Stripe has finished are added up in a few days: how many a
    /// run reaches depends on the day's reads and on its time.
    async fn all_are_added_up(&self, told: &BTreeMap<String, Value>) {
        let is_finished = |payout: &Value| {
            payout["automatic"] == json!(true)
                && payout["reconciliation_status"] == json!("completed")
                && !matches!(payout["status"].as_str(), Some("failed" | "canceled"))
        };
        let finished: Vec<_> = told.iter().filter(|(_, told)| is_finished(told)).collect();
        assert!(!finished.is_empty());
        for _ in 0..MOST_DAYS {
            let kept = self.payouts();
            let is_added_up =
                |id: &String| kept.get(id).is_some_and(|item| item["members"].is_object());
            if self.has_caught_up() && finished.iter().all(|(id, _)| is_added_up(id)) {
                break;
            }
            self.a_day_later().await;
        }
        let kept = self.payouts();
        assert!(self.has_caught_up());
        assert_eq!(kept.keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>());
        for (id, _) in finished {
            assert!(kept[id]["members"].is_object(), "{}", kept[id]);
            assert_eq!(settled(&kept[id]), 0, "{}", kept[id]);
            assert!(kept[id]["reconciled_at"].is_i64(), "{}", kept[id]);
        }
    }

    /// A run of the next day, which has reads of its own.
    async fn a_day_later(&self) {
        self.later(2 * 86_400);
        let reads = format!("READS#{}", self.world.connection.connection);
        if self.world.aws.item(PK, &reads).is_some() {
            self.world.aws.alter(PK, &reads, "date", json!({"S": "2020-01-01"}));
        }
        self.sync_again().await;
        let used = self.world.aws.item(PK, &reads).map_or(0, |item| item["used"].as_i64().unwrap());
        assert!(used <= READS_A_DAY, "{used}");
    }

    /// Nothing is left to be kept of what was read before payouts were kept.
    fn has_caught_up(&self) -> bool {
        let state = format!("PAYOUTS#{}", self.world.connection.connection);
        self.world.aws.item(PK, &state).is_some_and(|item| item["catch_up"] == "done")
    }
}

fn settled(kept: &Value) -> i128 {
    let currencies = kept["members"]["totals"].as_object().unwrap();
    let rows = currencies.values().flat_map(|rows| rows.as_object().unwrap().values());
    rows.map(|row| row["net"].as_str().unwrap().parse::<i128>().unwrap()).sum()
}

#[tokio::test]
async fn a_first_run_keeps_each_payout_of_stripes_list_and_its_members() {
    let books = Books::open(81, 400).await;
    let run = books.sync_again().await;
    assert!(run["state"].as_str().is_some_and(|state| state.starts_with("completed")), "{run}");
    let (kept, told) = (books.payouts(), books.payouts_at_stripe().await);
    assert!(told.len() > 5, "a history with payouts");
    assert_eq!(kept.keys().collect::<Vec<_>>(), told.keys().collect::<Vec<_>>());
    for (id, payout) in &told {
        let item = &kept[id];
        assert_eq!(item["status"], payout["status"], "{item}");
        assert_eq!(item["amount"], json!(payout["amount"].to_string()));
        assert_eq!(item["created"], payout["created"]);
        assert_eq!(item["transaction"], payout["balance_transaction"]);
    }
    books.all_are_added_up(&told).await;
    let created: Vec<_> =
        books.payout_lines().iter().map(|line| line["created"].as_i64().unwrap()).collect();
    assert!(created.len() == told.len() && created.is_sorted());

    // Nothing has changed: nothing is written.
    books.world.aws.forget();
    let before = books.payouts();
    books.sync_again().await;
    assert_eq!(books.payouts(), before);
}

#[tokio::test]
async fn payouts_of_before_there_were_items_are_kept_within_the_reads_of_a_day() {
    let books = Books::open(82, 400).await;
    books.sync_again().await;
    let told = books.payouts_at_stripe().await;
    books.forget_payouts().await;
    assert!(books.payouts().is_empty() && !books.has_caught_up());
    books.all_are_added_up(&told).await;
}
