//! The proof, in its order: `days` adds up the expected figures, `verify` reads the entries back,
//! `judge` compares both sides, `causes` names the entries at fault, `drift` makes problems of
//! them. `unreadable` and `read_only` limit what a certificate may claim.

pub mod causes;
pub mod days;
pub mod drift;
pub mod judge;
pub mod months;
pub mod read_only;
pub mod unreadable;
pub mod verify;
