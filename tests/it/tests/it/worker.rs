//! Runs of the worker, judged by an oracle that takes nothing from the app: whatever happens, the
//! ledger holds each of Stripe's records exactly once, to the minor unit.

mod alerts;
mod concurrency;
mod drift;
mod failing_records;
mod faults;
mod first_sync;
mod keys;
mod killed;
mod new_records;
mod outages;
mod performance;
mod proof;
mod read_only;
mod refused_entries;
mod sample;
mod shared_ledger;
