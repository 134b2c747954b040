//! TODO engine::stages

pub mod alerts;
pub mod charges;
pub mod customers;
pub mod endpoint;
pub mod guard;
pub mod mirror;
pub mod objects;
pub mod openings;
pub mod payouts;
pub mod post;
pub mod preview;
pub mod problems;
pub mod proof;
pub mod read;
