//! Stripe customers as identities of the ledger.

use uuid::Uuid;

use crate::model::ledger::classify::payer;
use crate::model::ledger::owner::Owner;
use crate::model::stripe::types::Customer;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::Expandable;

/// The namespace of our identities. It never changes: a reinstalled app finds its earlier
/// identities by the same ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b1d_4c0e_9a57_4f3b_8f0c_2d6e_7a93_c1e4);

/// The identity id of a Stripe customer: `idt_` and a UUID (version 5) of account, mode and
/// customer. It is the same at any time and in every install.
pub fn identity_id(owner: &Owner, customer: &str) -> String {
    format!("idt_{}", Uuid::new_v5(&NAMESPACE, format!("{owner}:{customer}").as_bytes()))
}

/// The customer behind a record (the charge's, else the refund's own), expanded if Stripe expanded
/// it.
pub fn customer_of(transaction: &BalanceTransaction) -> Option<&Expandable<Customer>> {
    payer(transaction.source.as_ref()?.object()?)
}
