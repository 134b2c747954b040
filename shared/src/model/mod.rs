//! What is stored, and its rules. Pure: no AWS, no HTTP, no clock and no randomness; times and ids
//! are arguments.
//!
//! By subject: `time`, `period`, `money`, `text`, `origin`, `shape`, `distinct`, `sealed`,
//! `secret_versions`, `retention`, `error`, `failed_call`, `party` (values and failures); `stripe`
//! and `ledger` (both sides, and how one becomes the other); `install`, `session`, `connection`,
//! `settings`, `webhook`, `activity` (who uses the app, and how); `run`, `approval`, `preview`,
//! `suspect` (a sync in progress); `certificate`, `closed`, `problem`, `summary`, `freshness`,
//! `payout`, `tracked_object` (its results); `month`, `backfill`, `statement`, `reconciling`,
//! `search` (figures and reports); `attention`, `alert`, `notice`, `destination` (what people are
//! notified of).

pub mod activity;
pub mod alert;
pub mod approval;
pub mod attention;
pub mod backfill;
pub mod certificate;
pub mod closed;
pub mod connection;
pub mod destination;
pub mod distinct;
pub mod error;
pub mod failed_call;
pub mod freshness;
pub mod install;
pub mod ledger;
pub mod money;
pub mod month;
pub mod notice;
pub mod origin;
pub mod party;
pub mod payout;
pub mod period;
pub mod preview;
pub mod problem;
pub mod reconciling;
pub mod retention;
pub mod run;
pub mod sealed;
pub mod search;
pub mod secret_versions;
pub mod session;
pub mod settings;
pub mod shape;
pub mod statement;
pub mod stripe;
pub mod summary;
pub mod suspect;
pub mod text;
pub mod time;
pub mod tracked_object;
pub mod webhook;
