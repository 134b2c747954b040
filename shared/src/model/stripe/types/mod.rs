//! What Stripe Sync reads of Stripe's objects.
//!
//! Decoding is tolerant where Stripe's contract is open: an absent field and a `null` are the same, unknown fields are ignored, and every
//! enumeration is a string, because new values arrive on old API versions too. What is only good to know is taken for absent when it has
//! another shape than expected. It is strict where money is concerned: an amount that is not an integer of 64 bits is an error, never
//! rounded or cut, and so is anything that decides where an amount goes. An exchange rate is kept as the text Stripe sent, since no amount
//! is ever computed from it.

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
