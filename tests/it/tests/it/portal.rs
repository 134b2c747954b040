//! The portal: its page, its sessions, and each resource of its API.

mod account_names;
mod approvals;
mod certificates;
mod connection;
mod notices;
mod ownership;
mod page;
mod payouts;
mod permissions;
mod preview;
mod problems;
mod requests;
mod runs;
mod search;
mod session;
mod start_date;
