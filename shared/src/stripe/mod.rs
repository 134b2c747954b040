//! Stripe: what is read of its objects, the keys it hands out, and a typed client for the endpoints the sync reads.
//!
//! The client only reads. It pins the API version, so that an account's default version changes nothing here.

pub mod client;
pub mod error;
pub mod key;
pub mod types;

pub use client::{PageRequest, Resource, StripeClient};
pub use error::{StripeError, UnavailableCause};
pub use key::{KeyKind, KeyRefused, StripeKey};
