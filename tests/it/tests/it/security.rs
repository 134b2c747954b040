//! Security: no readable key in the table, no permission that a function does not need, no secret
//! in a log.

mod keys;
mod logs;
mod roles;
