//! The registered callback: install and uninstall events, as the platform sends them and as it
//! never should.

mod install;
mod registration_key;
mod uninstall;
