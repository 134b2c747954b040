//! TODO platform

pub mod aws;
pub mod blnk;
pub mod clock;
pub mod config;
pub mod http;
pub mod metrics;
pub mod queue;
pub mod schedule;
pub mod secrets;
pub mod store;
pub mod stripe;
pub mod telemetry;
pub mod vault;
pub mod web;

#[cfg(test)]
mod tests;
