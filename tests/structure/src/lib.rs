//! The structure of a crate, read from its source: modules, what they define, and who uses whom.

pub mod modules;
pub mod paths;
