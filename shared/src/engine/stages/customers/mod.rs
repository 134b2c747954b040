//! TODO engine::stages::customers

pub mod doubles;
pub mod ensure;
pub mod find;
pub mod follow;
pub mod foresee;
pub mod identity;
pub mod make;
pub mod needed;
pub mod retry;
pub mod stored;
