//! A record of Stripe's list, and what its mirror must show of it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Rows of one page of Stripe's list.
const PAGE: usize = 100;

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
    pub(super) available_on: i64,
    #[serde(rename = "type")]
    kind: String,
    reporting_category: Option<String>,
    balance_type: Option<String>,
    fee_details: Vec<Fee>,
}

#[derive(Debug, Clone, Deserialize)]
struct Fee {
    amount: i64,
    currency: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Record {
    /// The category that it counts under.
    #[must_use]
    pub fn category(&self) -> &str {
        let named = self.reporting_category.as_deref().filter(|name| !name.is_empty());
        named.unwrap_or(&self.kind)
    }

    /// Which of Stripe's balances it moves.
    #[must_use]
    pub fn balance(&self) -> &str {
        let default = if self.kind.starts_with("issuing_") { "issuing" } else { "payments" };
        self.balance_type.as_deref().unwrap_or(default)
    }

    /// The name of the ledger's account that mirrors its balance.
    #[must_use]
    pub fn mirror(&self) -> String {
        mirror_of(self.balance())
    }

    /// By how much each leg moves the mirror. The sum is `net`.
    #[must_use]
    pub fn legs(&self) -> BTreeMap<&'static str, i64> {
        let mut legs = BTreeMap::from([("amount", self.amount)]);
        for fee in self.fee_details.iter().filter(|fee| fee.currency == self.currency) {
            let kind = match fee.kind.as_str() {
                "stripe_fee" => "fee:stripe",
                "application_fee" => "fee:application",
                "payment_method_passthrough_fee" => "fee:passthrough",
                "tax" => "fee:tax",
                "withheld_tax" => "fee:withheld",
                _ => "fee:other",
            };
            *legs.entry(kind).or_default() -= fee.amount;
        }
        let rest = self.net - legs.values().sum::<i64>();
        legs.insert("fee:rest", rest);
        legs.retain(|_, moved| *moved != 0);
        legs
    }
}

/// Stripe's whole list. `page` fetches one page by its path.
///
/// # Panics
/// When an answer is not a list.
#[expect(clippy::expect_used, reason = "an answer of the test's own world")]
pub async fn listed(mut page: impl AsyncFnMut(String) -> Vec<u8>) -> Vec<Record> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Record>,
        has_more: bool,
    }
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after =
            records.last().map(|last| format!("&starting_after={}", last.id)).unwrap_or_default();
        let answer = page(format!("/v1/balance_transactions?limit={PAGE}{after}")).await;
        let page: Page = serde_json::from_slice(&answer).expect("a list of balance transactions");
        records.extend(page.data);
        if !page.has_more {
            return records;
        }
    }
}

/// The name of the ledger's account that mirrors one of Stripe's balances.
#[must_use]
pub(super) fn mirror_of(balance: &str) -> String {
    match balance {
        "payments" => "@stripe_test".to_owned(),
        kind @ ("issuing" | "refund_and_dispute_prefunding") => format!("@stripe_test_{kind}"),
        other => format!("@stripe_test_balance_{other}"),
    }
}
