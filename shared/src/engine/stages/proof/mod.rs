//! TODO engine::stages::proof

pub mod causes;
pub mod days;
pub mod drift;
pub mod judge;
pub mod read_only;
pub mod unread;
pub mod verify;
