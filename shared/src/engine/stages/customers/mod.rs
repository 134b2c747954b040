//! Customers in the ledger: an identity for each, a balance in each currency they pay in, no
//! doubles, and changes at Stripe copied to the identity.

pub mod doubles;
pub mod ensure;
pub mod find;
pub mod follow;
pub mod forecast;
pub mod identity;
pub mod make;
pub mod needed;
pub mod retry;
pub mod stored;
