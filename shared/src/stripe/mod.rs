//! Stripe: what is read of its objects, the keys it hands out, a typed client for the endpoints the sync reads, and its webhooks.
//!
//! The client reads; all it ever writes are this application's own webhook endpoints. It pins the API version, so that an account's
//! default version changes nothing here.

pub mod client;
pub mod endpoints;
pub mod error;
pub mod event;
pub mod key;
pub mod rights;
pub mod signature;
pub mod types;
mod whose;

mod expected;
mod resource;

pub use client::{PageRequest, Resource, StripeClient};
pub use endpoints::{NewEndpoint, WebhookEndpoint};
pub use error::{StripeError, UnavailableCause};
pub use event::{Event, EventRefused};
pub use key::{KeyKind, KeyRefused, StripeKey};
pub use rights::key_link;
pub use signature::{Signature, SignatureError};
pub use whose::NotTold;
