//! `POST /api/stripe/{install}`: Stripe's events, verified, turned into wake-ups.

pub mod handler;
