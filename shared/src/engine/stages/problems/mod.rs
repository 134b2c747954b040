//! TODO engine::stages::problems

pub mod unanswered;
