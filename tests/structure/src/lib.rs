//! The structure of a crate, read from its source: modules, what they define, who uses whom, and
//! which uses a rule forbids.

pub mod house;
pub mod modules;
pub mod paths;
pub mod rules;
