//! The portal: its page, its sessions, and each resource of its API.

mod account_names;
mod approvals;
mod certificates;
mod connection;
mod ownership;
mod page;
mod permissions;
mod preview;
mod problems;
mod requests;
mod runs;
mod session;
mod start_date;
