//! A record of Stripe's list, and the entries it should make.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PAGE;
use crate::{Stack, Step};

/// A record of Stripe's list.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// `txn_…`
    pub id: String,
    /// Minor units.
    pub amount: i64,
    /// Minor units.
    pub net: i64,
    /// Lower case.
    pub currency: String,
    /// Unix seconds.
    pub created: i64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    balance_type: Option<String>,
    #[serde(default)]
    fee_details: Vec<Fee>,
}

#[derive(Debug, Clone, Deserialize)]
struct Fee {
    amount: i64,
    #[serde(rename = "type")]
    kind: String,
}

impl Record {
    pub(super) fn kind_of_balance(&self) -> String {
        let unsaid = if self.kind.starts_with("issuing_") { "issuing" } else { "payments" };
        self.balance_type.clone().unwrap_or_else(|| unsaid.to_owned())
    }

    pub(super) fn mirror(&self) -> String {
        match self.kind_of_balance().as_str() {
            "payments" => "@stripe_test".to_owned(),
            kind @ ("issuing" | "refund_and_dispute_prefunding") => format!("@stripe_test_{kind}"),
            other => format!("@stripe_test_balance_{other}"),
        }
    }

    /// By how much each leg moves the mirror. The sum is `net`.
    pub fn legs(&self) -> BTreeMap<String, i64> {
        let mut legs = BTreeMap::from([("amount".to_owned(), self.amount)]);
        for fee in &self.fee_details {
            let kind = match fee.kind.as_str() {
                "stripe_fee" => "fee:stripe",
                "application_fee" => "fee:application",
                "payment_method_passthrough_fee" => "fee:passthrough",
                "tax" => "fee:tax",
                "withheld_tax" => "fee:withheld",
                _ => "fee:other",
            };
            *legs.entry(kind.to_owned()).or_default() -= fee.amount;
        }
        let rest = self.net - legs.values().sum::<i64>();
        legs.insert("fee:rest".to_owned(), rest);
        legs.retain(|_, moved| *moved != 0);
        legs
    }
}

/// Stripe's list, newest first, through its own API.
pub(super) async fn listed(stack: &Stack, key: &str) -> Step<Vec<Record>> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Record>,
        has_more: bool,
    }
    let mut records: Vec<Record> = Vec::new();
    loop {
        let request =
            stack.http.get(format!("{}/v1/balance_transactions", stack.stripe)).bearer_auth(key);
        // No fault hits the oracle.
        let mut request = request.header("X-Sandbox-Unseen", "1").query(&[("limit", PAGE)]);
        if let Some(last) = records.last() {
            request = request.query(&[("starting_after", &last.id)]);
        }
        let page: Page = request.send().await?.error_for_status()?.json().await?;
        records.extend(page.data);
        if !page.has_more {
            return Ok(records);
        }
    }
}
