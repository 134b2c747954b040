//! Installs: what Blnk Cloud tells us of them, and the rules of their life.

pub mod candidates;
pub mod event;
pub mod meta;
pub mod seen;

pub(crate) use candidates::in_turn;
pub use candidates::{Candidate, CandidateKey, MAX_CANDIDATES};
pub use event::{Event, InstallEvent, LaunchEvent, UninstallEvent};
pub use meta::{CleanupState, LateUninstall, Meta, Status};
pub use seen::{MAX_SEEN, SeenKey, fingerprint};
use serde::{Deserialize, Serialize};

/// The most characters of an id of the platform.
const MAX_ID: usize = 128;

/// The platform's id of an install (`installed_app_id`): opaque, but safe in keys, URLs and logs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstallId(String);

impl InstallId {
    /// Accepts letters, digits, `_` and `-`, at most 128.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for InstallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for InstallId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an install id")
    }
}

impl From<InstallId> for String {
    fn from(id: InstallId) -> Self {
        id.0
    }
}

/// Whether a text may be an id of the platform.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A scope a user can grant to the app. Grants are fixed at install; reinstalling changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Permission {
    /// Read ledgers, balances, transactions, identities.
    #[serde(rename = "data:read")]
    DataRead,
    /// Create and update ledger data through Blnk Cloud.
    #[serde(rename = "data:write")]
    DataWrite,
    /// Read alerts.
    #[serde(rename = "alerts:read")]
    AlertsRead,
    /// Create and update alerts.
    #[serde(rename = "alerts:write")]
    AlertsWrite,
}

impl Permission {
    /// All scopes, in the platform's order.
    pub const ALL: [Self; 4] = [Self::DataRead, Self::DataWrite, Self::AlertsRead, Self::AlertsWrite];

    /// The platform's name of the scope.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataRead => "data:read",
            Self::DataWrite => "data:write",
            Self::AlertsRead => "alerts:read",
            Self::AlertsWrite => "alerts:write",
        }
    }

    /// A scope by its name; one this version does not know is none of ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::platform::queue::{MAX_GROUP, Reason, WakeUp};

    use crate::platform::store::{Sk, pk};

    use ulid::Ulid;

    /// What AWS takes, characters or bytes.
    const SCHEDULE_NAME: usize = 64;
    const PARTITION_KEY: usize = 2048;
    const SORT_KEY: usize = 1024;

    #[test]
    fn every_id_that_is_taken_fits_wherever_aws_is_told_of_it() {
        let longest = InstallId::parse(&"i".repeat(MAX_ID)).unwrap();
        assert_eq!(InstallId::parse(&"i".repeat(MAX_ID + 1)), None);
        for reason in [Reason::Manual, Reason::Schedule, Reason::Webhook, Reason::Continue, Reason::Cleanup, Reason::Keys] {
            let wake_up = WakeUp { install: longest.clone(), generation: String::new(), reason, run: None, at: None };
            assert!(wake_up.group().len() <= MAX_GROUP, "{reason:?}");
            for (length, named) in [(120, true), (121, false)] {
                let id = "i".repeat(length);
                let other = WakeUp { install: InstallId::parse(&id).unwrap(), ..wake_up.clone() };
                assert!(other.group() != wake_up.group() && other.group().len() <= MAX_GROUP, "{reason:?}: each has its own");
                assert!(!named || other.group().ends_with(&id), "named after it as long as there is room");
            }
        }
        assert!(crate::platform::schedule::name(&longest, &Ulid::nil().to_string()).len() <= SCHEDULE_NAME);
        assert!(pk(&longest).len() <= PARTITION_KEY);
        let (id, long) = (Ulid::nil(), "x".repeat(255));
        for sk in [
            Sk::Event(&long),
            Sk::Object(id, &long),
            Sk::Problem(id, &long),
            Sk::Customer(id, &long, "XXX"),
            Sk::Alert(id, &long),
            Sk::Key(u8::MAX),
        ] {
            assert!(sk.to_string().len() <= SORT_KEY, "{sk}");
        }
        let print = fingerprint(&longest, &"blnk_test_1".to_owned().into());
        for named in
            [format!("keys:{print}:{}", i64::MAX), format!("run:{id}:{}:{}", u64::MAX, u64::MAX), format!("keys:uninstall:{}", i64::MAX)]
        {
            assert!(named.len() <= MAX_GROUP, "a deduplication id: {named}");
        }
    }
}
