//! The edges: AWS, Stripe, Blnk, the environment and the clock. Each is thin and concrete; the
//! rules are in `model`.
//!
//! From the bottom up: `config`, `clock`, `telemetry`, `metrics` (the process); `aws` (its clients)
//! and `vault`, `secrets`, `queue`, `schedule`, `table` (one thin edge for each service), `store`
//! (a repository for each kind of item); `http` and, over it, `stripe` and `blnk` (the partners);
//! `notifier` (sends notices); `web` (errors as HTTP responses).

pub mod aws;
pub mod blnk;
pub mod clock;
pub mod config;
pub mod http;
pub mod metrics;
pub mod notifier;
pub mod queue;
pub mod schedule;
pub mod secrets;
pub mod store;
pub mod stripe;
pub mod table;
pub mod telemetry;
pub mod vault;
pub mod web;

#[cfg(test)]
mod tests;
