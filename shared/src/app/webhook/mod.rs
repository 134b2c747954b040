//! Stripe's events: the endpoint that they are sent to, whether it still works, and taking
//! deliveries in.

pub mod endpoint;
pub mod known;
pub mod receive;
pub mod standing;
