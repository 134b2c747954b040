//! An app's life on the deployed stack: installs, launches, sessions, connections and removals, as the platform sends them and as it
//! should never send them. Every test has an install, an instance and a Stripe account of its own.

mod connect;
mod grants;
mod install;
mod launch;
mod ownership;
mod page;
mod reinstall;
mod session;
mod uninstall;
