//! The running sandbox, over HTTP: Core's API, Blnk Cloud's and the dashboard's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where it is wrong")]

mod app;
mod cloud_checks;
mod common;
mod core_http;
mod core_whole;
mod dashboard;
mod lifecycle;
mod real_core;
