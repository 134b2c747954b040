//! Portal sessions: a launch token in the URL that Blnk Cloud frames, exchanged by the page for a short-lived bearer.
//!
//! Both are signed with the session secret, each under a label of its own, so that one can never pass as the other.

pub mod portal;
pub mod redemption;
pub mod token;

pub use portal::{Portal, Redeemed, SessionLimits, session_over};
pub use redemption::RedemptionId;
pub use token::{Bearer, Launch, TokenError};
