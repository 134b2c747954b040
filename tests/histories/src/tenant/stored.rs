//! The items of an install, read past the app, and changed where a test needs it.

use serde_json::{Value, json};
use stripe_sync::model::approval::is_approval_code;
use stripe_sync::model::certificate::Certificate;
use stripe_sync::model::certificate::kept::StoredCertificate;
use stripe_sync::model::run::RunState;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::certificates::kept_in;

use super::Tenant;

/// The attributes of a connection that a reconnect keeps.
const KEPT: [&str; 11] = [
    "figures_complete",
    "generation",
    "account_id",
    "mode",
    "key_kind",
    "key_prefix",
    "key_last4",
    "sealed_key",
    "connected_at",
    "mirror",
    "words",
];

impl Tenant<'_> {
    pub(super) fn pk(&self) -> String {
        format!("INSTALL#{}", self.install)
    }

    /// Its connection, as it is stored.
    #[must_use]
    pub fn connection(&self) -> Value {
        self.aws.item(&self.pk(), "STRIPE").unwrap_or_default()
    }

    /// Its settings, as they are stored.
    #[must_use]
    pub fn settings(&self) -> Value {
        self.aws.item(&self.pk(), "SETTINGS").unwrap_or_default()
    }

    /// Changes an attribute of one of its items, given in DynamoDB's own form; `null` removes it.
    pub fn alter(&self, sk: &str, attribute: &str, value: Value) {
        self.aws.alter(&self.pk(), sk, attribute, value);
    }

    /// Puts the items of an image in the place of its own.
    ///
    /// # Panics
    /// When the image holds no connection.
    #[expect(clippy::expect_used, reason = "a test's own image")]
    pub(crate) fn replace_items(&mut self, items: &[Value]) {
        self.aws.remove(&self.pk(), "");
        for item in items {
            self.aws.place(item);
        }
        let connection = self.connection();
        let text = |name: &str| connection[name].as_str().expect("a connection").to_owned();
        self.generation = text("generation");
        self.connection.set(text("connection").parse().expect("its id"));
    }

    /// Connects the account again, as after a reinstall: the app knows nothing of the connection
    /// before.
    pub fn reconnect(&self) {
        self.connection.set(clock::new_ulid());
        let stored = self.connection();
        for attribute in stored.as_object().into_iter().flatten().map(|(name, _)| name) {
            if !["pk", "sk"].contains(&attribute.as_str()) && !KEPT.contains(&attribute.as_str()) {
                self.alter("STRIPE", attribute, Value::Null);
            }
        }
        self.alter("STRIPE", "connection", json!({"S": self.connection.get()}));
    }

    /// Whether a run is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.aws.item(&self.pk(), "STRIPE").is_some_and(|item| item.get("current_run").is_some())
    }

    /// Whether a run has completed.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        self.aws.item(&self.pk(), "STRIPE").is_some_and(|item| item.get("watermark").is_some())
    }

    /// The start from which records are posted, Unix seconds, once a run has fixed it.
    #[must_use]
    pub fn start(&self) -> Option<i64> {
        self.aws.item(&self.pk(), "STRIPE")?["start"]["at"].as_i64()
    }

    /// The code of what the connection is paused for.
    #[must_use]
    pub fn paused(&self) -> Option<String> {
        self.connection()["paused"]["code"].as_str().map(str::to_owned)
    }

    /// Whether a run waits for a person's approval.
    #[must_use]
    pub fn waits_for_approval(&self) -> bool {
        self.connection()["paused"]["code"].as_str().is_some_and(is_approval_code)
    }

    /// The states of all runs, oldest first.
    ///
    /// # Panics
    /// When a stored item is invalid.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "what the app stored")]
    pub fn runs(&self) -> Vec<(RunState, Value)> {
        let items = self.aws.items(&self.pk(), &format!("RUN#{}#", self.connection.get()));
        items
            .into_iter()
            .map(|item| (serde_json::from_value(item["state"].clone()).unwrap(), item))
            .collect()
    }

    /// All certificates, whole or thinned, oldest first.
    ///
    /// # Panics
    /// When a stored item is invalid.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "what the app stored")]
    pub fn chain(&self) -> Vec<StoredCertificate> {
        let prefix = format!("PROOF#{}#", self.connection.get());
        let items = self.aws.stored(&self.pk(), &prefix);
        items.into_iter().map(|item| kept_in(item).unwrap().unwrap()).collect()
    }

    /// The certificates that are whole, oldest first.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        self.chain().iter().filter_map(StoredCertificate::whole).cloned().collect()
    }

    /// The figures of this connection, by hour of parts of days.
    #[must_use]
    pub fn figures(&self) -> Vec<Value> {
        self.aws.items(&self.pk(), &format!("FIGURES#{}#", self.connection.get()))
    }

    /// The sums of closed days, and up to where they go.
    #[must_use]
    pub fn closed(&self) -> Vec<Value> {
        self.aws.items(&self.pk(), &format!("CLOSED#{}#", self.connection.get()))
    }

    /// The figures of months that are over.
    #[must_use]
    pub fn months(&self) -> Vec<Value> {
        self.aws.items(&self.pk(), &format!("MONTH#{}#", self.connection.get()))
    }

    /// The days with what they expect of the ledger.
    #[must_use]
    pub fn days(&self) -> Vec<Value> {
        self.aws.items(&self.pk(), &format!("DAY#{}#", self.connection.get()))
    }

    /// What is wrong with the sums of closed days and with months: they are not fresh sums of days.
    #[must_use]
    pub fn wrong_sums(&self) -> Vec<String> {
        crate::oracle::sums::wrong(&self.closed(), &self.months(), &self.days(), &self.figures())
    }

    /// The problems of this connection that are open, by code and id.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, String)> {
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = self.aws.items(&self.pk(), &format!("PROBLEM#{}#", self.connection.get()));
        items
            .iter()
            .filter(|item| item["state"] == "open")
            .map(|item| (text(item, "code"), text(item, "id")))
            .collect()
    }

    /// The cause that a problem names; empty when there is none.
    #[must_use]
    pub fn cause(&self, problem: &str) -> String {
        let items = self.aws.items(&self.pk(), "PROBLEM#");
        let found = items.iter().find(|item| item["id"] == problem);
        found.and_then(|item| item["cause"].as_str()).unwrap_or_default().to_owned()
    }

    /// Whether completed runs posted in a currency.
    #[must_use]
    pub fn has_posted_in(&self, currency: &str) -> bool {
        let summary = self.aws.item(&self.pk(), "SUMMARY").unwrap_or_default();
        summary["usual"]["currencies"]
            .as_array()
            .is_some_and(|known| known.iter().any(|known| known == currency))
    }

    /// How many runs in a row could not name all causes of the same difference.
    #[must_use]
    pub fn partly_named(&self) -> u64 {
        self.aws
            .item(&self.pk(), "SUMMARY")
            .and_then(|summary| summary["partly"].as_u64())
            .unwrap_or_default()
    }
}
