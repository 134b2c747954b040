//! The simulated Stripe against the published shape of the real one, and against the sums it must keep.

#[cfg(test)]
#[path = "stripe/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "stripe/lists.rs"]
mod lists;
#[cfg(test)]
#[path = "stripe/records.rs"]
mod records;
#[cfg(test)]
#[path = "stripe/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "stripe/shapes.rs"]
mod shapes;
#[cfg(test)]
#[path = "stripe/sums.rs"]
mod sums;
#[cfg(test)]
#[path = "stripe/webhooks.rs"]
mod webhooks;
#[cfg(test)]
#[path = "stripe/world.rs"]
mod world;
