//! Stripe's side, without its client: the objects that are read, events, keys and their rights, and
//! the signature of webhooks.

pub mod event;
pub mod key;
pub mod links;
pub mod resource;
pub mod rights;
pub mod signature;
pub mod types;
