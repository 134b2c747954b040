//! The routes, each described where it is answered. A route reads the request, calls the library and answers.

pub(crate) mod certificates;
pub(crate) mod connection;
pub(crate) mod objects;
pub(crate) mod overview;
pub(crate) mod page;
pub(crate) mod permissions;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod runs;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod webhook;
