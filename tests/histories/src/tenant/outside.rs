//! Both sides of an install's books, and changes to them: its Stripe account and its ledger.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Tenant;
use crate::oracle::{self, Ledger, Record, Snapshot, figures};
use crate::{history, time};

impl Tenant<'_> {
    /// `stripe:<account>:test`, the start of every reference.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("stripe:{}:test", self.account.account)
    }

    /// Stripe's list, now.
    pub async fn records(&self) -> Vec<Record> {
        oracle::listed(async |path: String| {
            self.world.stripe(&self.account.secret_key, &path).await
        })
        .await
    }

    /// Both sides now, compared by the oracle.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    pub async fn snapshot(&self) -> Snapshot {
        let records = self.records().await;
        let balance = self.world.stripe(&self.account.secret_key, "/v1/balance").await;
        let balance = serde_json::from_slice(&balance).unwrap();
        let ledger = serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        oracle::compare(
            &self.owner(),
            &records,
            &balance,
            &ledger,
            (self.start().unwrap_or_default(), time::now()),
        )
    }

    /// In which hours the stored figures are not those of Stripe's records and the ledger's
    /// entries. Hours of entries that somebody changed are left out.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    pub async fn wrong_figures(&self, changed: &BTreeSet<String>) -> Vec<String> {
        let records = self.records().await;
        let ledger: Ledger =
            serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        let since = (records.as_slice(), self.start().unwrap_or_default());
        figures::differences(&self.owner(), since, &ledger, &self.figures(), changed)
    }

    /// The name of the account that the gross of a record was posted to; empty when it was not, or
    /// to a customer's balance.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    pub async fn account_of(&self, record: &str) -> String {
        let ledger: Ledger =
            serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        let records = self.records().await;
        let amount = records.iter().find(|listed| listed.id == record).map(|listed| listed.amount);
        let reference = format!("{}:{record}:amount", self.owner());
        let account = ledger.offset_of(&reference, amount.unwrap_or_default());
        account.flatten().unwrap_or_default().to_owned()
    }

    /// Adds records at Stripe. A record that cannot exist (a refund without a charge) becomes a
    /// charge. Returns the ids.
    ///
    /// # Panics
    /// When not even a charge can be added.
    pub async fn add(&self, mut spec: Value) -> Vec<String> {
        let path = format!("/accounts/{}/records", self.account.account);
        let (mut status, mut answer) = self.world.control_stripe(&path, spec.clone()).await;
        if status == 422 {
            history::into_charge(&mut spec);
            (status, answer) = self.world.control_stripe(&path, spec.clone()).await;
        }
        assert_eq!(status, 200, "{spec}: {answer}");
        let ids = answer["ids"].as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    /// Makes Stripe's balance differ from its list, by an amount for each currency.
    pub async fn offset_balance(&self, offsets: &Value) {
        let path = format!("/accounts/{}/settings", self.account.account);
        let (status, answer) =
            self.world.control_stripe(&path, json!({"balance_offset": offsets})).await;
        assert_eq!(status, 204, "{answer}");
    }

    /// Posts an entry by hand. Returns whether the ledger took it.
    pub async fn post_by_hand(&self, entry: Value) -> bool {
        let (status, _) = self.world.core(&self.instance, "/transactions", Some(entry)).await;
        status == 201
    }

    /// The balances of customers: how many there are, and the ids of those without an identity.
    ///
    /// # Panics
    /// When the ledger's rows cannot be read.
    #[expect(clippy::unwrap_used, reason = "the test's own world")]
    async fn balances(&self) -> (usize, Vec<String>) {
        let rows: Value = serde_json::from_slice(&self.world.ledger(&self.instance).await).unwrap();
        let balances = rows["balances"].as_array().into_iter().flatten();
        let marked: Vec<&Value> =
            balances.filter(|row| row["meta_data"]["stripe_customer_id"].is_string()).collect();
        let without_identity =
            marked.iter().filter(|row| row["identity"].as_str().is_none_or(str::is_empty));
        (
            marked.len(),
            without_identity.map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect(),
        )
    }

    /// How many balances customers have.
    pub async fn balances_of_customers(&self) -> usize {
        self.balances().await.0
    }

    /// The balances of customers that have no identity.
    pub async fn balances_without_identity(&self) -> Vec<String> {
        self.balances().await.1
    }
}
