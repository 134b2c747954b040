//! `POST /api/callback/{key}`: install and uninstall events from Blnk Cloud.

pub mod handler;
