//! Lists and filters: how conditions are read, and how rows are found.

pub mod filter;
mod like;
pub mod metaindex;
pub mod select;
pub mod tables;
