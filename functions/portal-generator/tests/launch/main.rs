//! Launches as Blnk Cloud sends them: the whole router over AWS in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

mod launches;
mod world;
