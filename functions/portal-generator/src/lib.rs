//! `POST /api/portal/{key}`: a fresh portal URL for each launch from Blnk Cloud.

pub mod handler;
