//! Openings: one entry represents all records before a mirror's start. Decided at the start of a
//! run, summed page by page, posted at the end of the walk.

pub mod before_start;
pub mod settle;
pub mod start;
