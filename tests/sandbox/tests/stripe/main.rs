//! The simulated Stripe against the published schema of the real one, and against the sums that it
//! must keep.

#![cfg(test)]

mod keys;
mod lists;
mod records;
mod reports;
mod schema;
mod shapes;
mod sums;
mod webhooks;
mod world;
