//! Installs: the events that Blnk Cloud sends about them, and the rules of their lifecycle.

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
