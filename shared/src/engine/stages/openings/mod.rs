//! Openings: one entry stands for all records before a mirror's start. Decided at the start of a
//! run, summed page by page, posted at the end of the walk.

pub mod later;
pub mod settle;
pub mod start;
