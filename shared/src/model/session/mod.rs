//! Portal sessions: the page exchanges a launch token, which is in the URL that Blnk Cloud frames,
//! for a short-lived bearer token.
//!
//! Both are signed with the session secret, each with its own label, so that neither can pass as
//! the other.

pub mod portal;
pub mod redemption;
pub mod token;

pub use portal::{Portal, Redeemed, SessionLimits, session_over};
pub use redemption::RedemptionId;
pub use token::{Bearer, Launch, TokenError};
