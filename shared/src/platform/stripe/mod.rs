//! Stripe: what is read of its objects, the keys it hands out, a typed client for the endpoints the sync reads, and its webhooks.
//!
//! The client reads; all it ever writes are this application's own webhook endpoints. It pins the API version, so that an account's
//! default version changes nothing here.

pub mod client;
pub mod endpoints;
pub mod error;
pub mod expected;
pub mod whose;

pub use client::{PageRequest, StripeClient};
pub use endpoints::{NewEndpoint, WebhookEndpoint};
pub use error::{StripeError, UnavailableCause};
pub use whose::NotTold;
