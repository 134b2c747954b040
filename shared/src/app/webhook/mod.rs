//! Stripe's events: their endpoint, whether it still works, and receiving deliveries.

pub mod cache;
pub mod endpoint;
pub mod receive;
pub mod standing;
