//! The fields that Stripe Sync reads of Stripe's objects.
//!
//! Decoding is tolerant where Stripe's contract is open: an absent field and a `null` are the same,
//! unknown fields are ignored, and every enumeration is a string, because new values arrive on old
//! API versions too. An optional field with an unexpected shape counts as absent. Decoding is
//! strict where money is concerned: an amount that is not a 64-bit integer is an error, never
//! rounded or truncated, and so is anything that decides where an amount goes. An exchange rate is
//! kept as the text that Stripe sent, because no amount is ever computed from it.

pub mod account;
pub mod list;
pub mod movement;
pub mod parts;
pub mod refusal;
pub mod source;

pub use account::{Account, Balance, Money, SubBalance};
pub use list::{List, Unread};
pub use source::{Address, BillingDetails, Charge, Customer, EvidenceDetails, Source};

#[cfg(test)]
mod tests;
