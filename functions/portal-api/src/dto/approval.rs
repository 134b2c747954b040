//! What a paused run asks a person to approve.

use serde::Serialize;
use stripe_sync::model::approval::ApprovalNeeded;
use stripe_sync::model::run::Run;
use utoipa::ToSchema;

/// What a person is asked to approve, with the figures to decide by.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Approval {
    /// More new movements than usual.
    Size {
        /// The number allowed without an approval, or by an earlier one: more were found.
        limit: u64,
        /// The usual number.
        usual: u64,
        /// The number allowed in this run after the approval.
        allows: u64,
    },
    /// Currencies that this account has not had before.
    Currency {
        /// All of them, sorted by code.
        currencies: Vec<String>,
    },
    /// Amounts above the ceilings that a person set.
    Amount {
        /// The largest amount of each currency.
        amounts: Vec<LargestAmount>,
        /// One of the records. Absent when it is an opening entry.
        #[schema(required)]
        record: Option<String>,
    },
}

/// The largest amount of a currency above its ceiling.
#[derive(Serialize, ToSchema)]
pub(crate) struct LargestAmount {
    /// In minor units.
    amount: String,
    currency: String,
    exponent: u32,
}

impl Approval {
    /// What a run waits for. `None` for every run that does not wait for an approval.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        run.approval_needed().map(Self::from)
    }
}

impl From<&ApprovalNeeded> for Approval {
    fn from(needed: &ApprovalNeeded) -> Self {
        match needed {
            ApprovalNeeded::Size { limit, usual, allows } => {
                Self::Size { limit: *limit, usual: *usual, allows: *allows }
            }
            ApprovalNeeded::Currency { currencies } => {
                Self::Currency { currencies: currencies.iter().map(ToString::to_string).collect() }
            }
            ApprovalNeeded::Amount { amounts, .. } => Self::Amount {
                amounts: amounts
                    .iter()
                    .map(|(currency, amount)| LargestAmount {
                        amount: amount.to_string(),
                        currency: currency.to_string(),
                        exponent: currency.exponent(),
                    })
                    .collect(),
                record: needed.record_id().map(str::to_owned),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// State: amounts in currencies of two, none and three decimals. What must hold: each is in
    /// minor units with its decimals; a record is named only by an id that Stripe knows.
    #[test]
    fn amounts_are_minor_units_and_an_opening_entry_names_no_record() {
        let needed = |record: &str| ApprovalNeeded::Amount {
            amounts: [("usd", 1_200_005), ("jpy", 500_000), ("kwd", u64::MAX)]
                .into_iter()
                .map(|(code, amount)| (code.parse().unwrap(), amount))
                .collect(),
            record: record.to_owned(),
        };
        let shown = serde_json::to_value(Approval::from(&needed("txn_1Q2w3E4r5T"))).unwrap();
        assert_eq!(
            shown,
            json!({
                "kind": "amount",
                "amounts": [
                    {"amount": "500000", "currency": "JPY", "exponent": 0},
                    {"amount": "18446744073709551615", "currency": "KWD", "exponent": 3},
                    {"amount": "1200005", "currency": "USD", "exponent": 2},
                ],
                "record": "txn_1Q2w3E4r5T",
            })
        );
        let opening = needed("the opening entry, Opening balance of payments");
        let shown = serde_json::to_value(Approval::from(&opening)).unwrap();
        assert_eq!(shown["record"], json!(null));
    }
}
