//! The platform's id of an install. Parsed once, so that it is safe in keys, URLs and logs.

use serde::{Deserialize, Serialize};

/// The maximum length of a platform id in characters.
pub(crate) const MAX_ID: usize = 128;

/// The platform's id of an install (`installed_app_id`): opaque, but safe in keys, URLs and logs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstallId(String);

impl InstallId {
    /// Accepts letters, digits, `_` and `-`, at most 128 characters.
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

/// Whether a text is a valid platform id.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

impl From<InstallId> for String {
    fn from(id: InstallId) -> Self {
        id.0
    }
}
