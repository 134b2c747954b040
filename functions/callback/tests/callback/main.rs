//! Install and uninstall events as Blnk Cloud sends them: the whole router over AWS in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

mod events;
mod failures;
mod keys;
mod world;
