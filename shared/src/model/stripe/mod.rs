//! TODO model::stripe

pub mod event;
pub mod key;
pub mod resource;
pub mod rights;
pub mod signature;
pub mod types;
