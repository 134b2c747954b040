//! Stripe: the objects that are read, the keys, a typed client for the endpoints that the sync
//! reads, and webhooks.
//!
//! The client reads. All that it ever writes are this application's own webhook endpoints. It pins
//! the API version, so an account's default version changes nothing here.

pub mod client;
pub mod endpoints;
pub mod error;
pub mod expected;
pub mod lookups;
pub mod reads;
pub mod whose;

pub use client::StripeClient;
pub use endpoints::{NewEndpoint, WebhookEndpoint};
pub use error::{StripeError, UnavailableCause};
pub use reads::PageRequest;
pub use whose::AccountError;
