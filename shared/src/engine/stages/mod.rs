//! The stages of a run: functions on a [`context`](crate::engine::context). A stage returns what it
//! found and what to write; only `run` writes checkpoints.
//!
//! In order, each may use those before it: `problems` (recorded, resolved), `endpoint` (does Stripe
//! still deliver events), `read` (a page of Stripe's list), `charges` (the entries that refunds
//! undo), `guard` (before a write: unusual sizes, the currency's unit), `customers` (identities and
//! balances), `post` (entries to the ledger), `offsets` (where entries are), `tally` (records
//! counted by hour), `closed` (days that a proof no longer reads), `openings` (before a mirror's
//! start), `payout_items` (payouts that are kept), `objects` (what is not settled at Stripe),
//! `payouts` (their members), `payout_catch_up` (payouts that were read before they were kept),
//! `mirror` (one page, from records to entries), `recount` (hours that were mirrored before),
//! `preview` (the same without a write), `proof` (both sides compared), `alerts` (raised in Blnk).

pub mod alerts;
pub mod charges;
pub mod closed;
pub mod customers;
pub mod endpoint;
pub mod guard;
pub mod mirror;
pub mod objects;
pub mod offsets;
pub mod openings;
pub mod payout_catch_up;
pub mod payout_items;
pub mod payouts;
pub mod post;
pub mod preview;
pub mod problems;
pub mod proof;
pub mod read;
pub mod recount;
pub mod tally;
