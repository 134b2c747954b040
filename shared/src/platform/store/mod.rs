//! What is stored: one repository for each kind of item. The table itself is `table`.

pub mod activity;
pub mod alerts;
pub mod backfills;
pub mod certificates;
pub mod cleanup;
pub mod closed;
pub mod connections;
pub mod customers;
pub mod day_units;
pub mod days;
pub mod events;
pub mod figures;
pub mod installs;
pub mod launches;
pub mod notices;
pub mod openings;
pub mod payout_items;
pub mod payouts;
pub mod problems;
pub mod runs;
pub mod settings;
pub mod span;
pub mod summaries;
pub mod suspects;
pub mod tracked_objects;

#[cfg(test)]
pub(crate) mod connected;
#[cfg(test)]
mod stored_images;
