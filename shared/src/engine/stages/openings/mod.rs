//! TODO engine::stages::openings

pub mod later;
pub mod settle;
pub mod start;
