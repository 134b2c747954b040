//! `expand[]`: which ids are answered as objects, and which permissions that takes.

use std::collections::BTreeSet;

use super::error::Failure;

/// Levels of an expansion at most, counted from the root.
const MAX_DEPTH: usize = 4;

/// Objects whose fields can be expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Transaction,
    Charge,
    Intent,
    Refund,
    Dispute,
    Payout,
    Customer,
    Transfer,
    TransferReversal,
    ApplicationFee,
    FeeRefund,
    TopUp,
    Event,
    Balance,
    Account,
    /// An object without expandable fields, or one that no account here has.
    Leaf,
}

use Node::{
    ApplicationFee, Charge, Customer, Dispute, FeeRefund, Intent, Leaf, Payout, Refund, TopUp,
    Transaction, Transfer, TransferReversal,
};

const SOURCES: &[Node] = &[
    Charge,
    Refund,
    Dispute,
    Payout,
    Transfer,
    TransferReversal,
    ApplicationFee,
    FeeRefund,
    TopUp,
    Leaf,
];

impl Node {
    /// What a field expands to, if it can be expanded.
    fn field(self, name: &str) -> Option<&'static [Self]> {
        Some(match (self, name) {
            (Transaction, "source") => SOURCES,
            (Charge | Intent | Refund, "customer") => &[Customer],
            (Charge | Refund | Payout, "balance_transaction" | "failure_balance_transaction")
            | (
                Transfer | TransferReversal | ApplicationFee | FeeRefund | TopUp,
                "balance_transaction",
            )
            | (Dispute, "balance_transactions") => &[Transaction],
            (Charge | Refund | Dispute, "payment_intent") => &[Intent],
            (Refund | Dispute, "charge") | (Intent, "latest_charge") => &[Charge],
            (Charge, "refunds") => &[Refund],
            (TransferReversal, "transfer") => &[Transfer],
            (FeeRefund, "fee") => &[ApplicationFee],
            (
                Charge,
                "application" | "application_fee" | "on_behalf_of" | "review" | "source_transfer"
                | "transfer",
            )
            | (Intent, "application" | "on_behalf_of" | "payment_method" | "review")
            | (Refund, "source_transfer_reversal" | "transfer_reversal")
            | (Payout, "destination" | "original_payout" | "reversed_by")
            | (Transfer, "destination" | "destination_payment" | "source_transaction")
            | (TransferReversal, "destination_payment_refund" | "source_refund")
            | (ApplicationFee, "account" | "application" | "charge" | "originating_transaction")
            | (TopUp, "source")
            | (
                Customer,
                "default_source"
                | "test_clock"
                | "sources"
                | "subscriptions"
                | "tax"
                | "tax_ids"
                | "cash_balance"
                | "invoice_credit_balance",
            ) => &[Leaf],
            _ => return None,
        })
    }

    /// The permission to read such objects.
    fn permission(self) -> Option<&'static str> {
        Some(match self {
            Transaction => "balance_read",
            Charge | Refund => "charge_read",
            Intent => "payment_intent_read",
            Dispute => "dispute_read",
            Payout => "payout_read",
            Customer => "customer_read",
            Transfer | TransferReversal => "transfer_read",
            ApplicationFee | FeeRefund => "application_fee_read",
            TopUp => "top_up_read",
            Self::Event | Self::Balance | Self::Account | Leaf => return None,
        })
    }
}

/// A tree of fields to expand.
#[derive(Debug, Default)]
pub(super) struct Expand(Vec<(String, Self)>);

impl Expand {
    /// What to expand below a field, if the field itself is to be expanded.
    pub(super) fn get(&self, field: &str) -> Option<&Self> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, sub)| sub)
    }

    fn child(&mut self, field: &str) -> &mut Self {
        let at = self.0.iter().position(|(name, _)| name == field);
        let at = at.unwrap_or_else(|| {
            self.0.push((field.to_owned(), Self::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

/// The tree of a request on `root`, or on a list of it, and the permissions it needs besides the
/// request's own.
///
/// # Errors
/// 400 for a field that cannot be expanded, or one too deep.
pub(super) fn parse(
    paths: &[String],
    root: Node,
    list: bool,
) -> Result<(Expand, BTreeSet<&'static str>), Failure> {
    let mut tree = Expand::default();
    let mut permissions = BTreeSet::new();
    for path in paths {
        if path.split('.').count() > MAX_DEPTH {
            let text = format!(
                "You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}"
            );
            return Err(refused(text));
        }
        let fields = if list {
            let inner = path.strip_prefix("data.");
            inner.ok_or_else(|| {
                refused(format!(
                    "This property cannot be expanded ({path}). You may want to try \
                        expanding 'data.{path}' instead."
                ))
            })?
        } else {
            path
        };
        let mut nodes: Vec<Node> = vec![root];
        let mut place = &mut tree;
        for field in fields.split('.') {
            let found: Vec<(Node, &[Node])> =
                nodes.iter().filter_map(|&node| Some((node, node.field(field)?))).collect();
            if found.is_empty() {
                return Err(refused(format!("This property cannot be expanded ({path}).")));
            }
            nodes.clear();
            for (node, targets) in found {
                if (node, field) == (Transaction, "source") {
                    permissions.insert("balance_transaction_source_read");
                } else {
                    permissions.extend(targets.iter().filter_map(|target| target.permission()));
                }
                nodes.extend(
                    targets
                        .iter()
                        .filter(|node| !nodes.contains(node))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
            place = place.child(field);
        }
    }
    Ok((tree, permissions))
}

fn refused(message: String) -> Failure {
    Failure { message, ..Failure::invalid_request() }
}
