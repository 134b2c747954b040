//! Stripe's balance against Stripe's list.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ByBalance, Record};

/// Stripe's balance less the sum of Stripe's list, where it is not zero. For issuing, Stripe
/// reports only what is available.
pub(super) fn offsets(records: &[Record], balance: &Value, at: i64) -> ByBalance<i128> {
    let parts: [(&str, &[&Value]); 3] = [
        ("payments", &[&balance["available"], &balance["pending"]]),
        ("issuing", &[&balance["issuing"]["available"]]),
        (
            "refund_and_dispute_prefunding",
            &[
                &balance["refund_and_dispute_prefunding"]["available"],
                &balance["refund_and_dispute_prefunding"]["pending"],
            ],
        ),
    ];
    let mut offsets: ByBalance<i128> = BTreeMap::new();
    for (kind, lists) in parts {
        for money in lists.iter().filter_map(|list| list.as_array()).flatten() {
            let currency = money["currency"].as_str().unwrap_or_default().to_uppercase();
            *offsets.entry((kind.to_owned(), currency)).or_default() +=
                i128::from(money["amount"].as_i64().unwrap_or_default());
        }
    }
    for record in records {
        let counts = match record.balance() {
            "payments" | "refund_and_dispute_prefunding" => true,
            "issuing" => record.available_on <= at.div_euclid(1000),
            _ => false,
        };
        if counts {
            *offsets
                .entry((record.balance().to_owned(), record.currency.to_uppercase()))
                .or_default() -= i128::from(record.net);
        }
    }
    offsets.retain(|_, difference| *difference != 0);
    offsets
}
