//! Installs: what Blnk Cloud tells us of them, and the rules of their life.

pub mod candidates;
pub mod event;
pub mod id;
pub mod meta;
pub mod permission;
pub mod seen;

pub(crate) use candidates::in_turn;
pub use candidates::{Candidate, CandidateKey, MAX_CANDIDATES};
pub use event::{Event, InstallEvent, LaunchEvent, UninstallEvent};
pub use meta::{CleanupState, LateUninstall, Meta, Status};
pub use seen::{MAX_SEEN, SeenKey, fingerprint};
