//! What must not be: a key that can be read, a function that may do more than its work, a secret in a log.

mod keys;
mod logs;
mod roles;
