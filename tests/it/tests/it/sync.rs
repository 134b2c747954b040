//! Runs, judged by an oracle that takes nothing from the app: after whatever happened, each of Stripe's records is in the ledger
//! exactly once, to the minor unit.

mod accounts;
mod alerts;
mod drift;
mod endings;
mod faults;
mod first;
mod fuse;
mod honesty;
mod keys;
mod killed;
mod measured;
mod news;
mod overlap;
mod poison;
mod prefix;
mod preview;
mod problems;
mod refused;

mod sample;
mod shadow;
mod start;
mod waiting;
