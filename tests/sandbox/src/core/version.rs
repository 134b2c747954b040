//! The version of Core that a ledger plays: what it checks, and how it words a refusal.

use std::fmt;
use std::str::FromStr;

/// `major.minor.patch`. Versions compare as they were released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16, u16, u16);

/// The newest source, which has features that no release note names yet.
pub const NEWEST: Version = Version(0, 15, 3);

impl Default for Version {
    fn default() -> Self {
        NEWEST
    }
}

impl Version {
    /// Errors carry `error_detail` and a status of their own; before, nearly all of them are 400.
    pub fn has_error_detail(self) -> bool {
        self >= Self(0, 15, 0)
    }

    /// A bulk takes at most 10,000 items, and a commit or void goes through the queue unless told
    /// otherwise.
    pub fn has_caps(self) -> bool {
        self >= Self(0, 15, 0)
    }

    /// `dry_run`, the checks of equal sides and negative amounts, `indicator` on `POST /balances`,
    /// options of refunds.
    pub fn is_newest(self) -> bool {
        self >= NEWEST
    }

    /// `identity_id` on `POST /identities` is taken; before, it is not seen.
    pub fn takes_identity_id(self) -> bool {
        self >= Self(0, 14, 2)
    }

    /// The key under which metadata travels to and from `POST /{id}/metadata`.
    pub fn metadata_key(self) -> &'static str {
        if self >= Self(0, 14, 0) { "meta_data" } else { "metadata" }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Reads `0.14`, `0.14.6` or `main`; a missing patch is the last one there was.
impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "main" {
            return Ok(NEWEST);
        }
        let refused = || format!("{text:?} is no version of Core (0.14, 0.15.2, main)");
        let parts: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        match parts.map_err(|_| refused())?.as_slice() {
            [0, 15] => Ok(NEWEST),
            [major, minor] => Ok(Self(*major, *minor, u16::MAX)),
            [major, minor, patch] => Ok(Self(*major, *minor, *patch)),
            _ => Err(refused()),
        }
    }
}
