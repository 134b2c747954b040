//! The accepted versions of a secret, compared in constant time. Apart from the client that reads
//! them.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// The accepted versions of a secret, newest first.
#[derive(Debug, Clone)]
pub struct Versions {
    /// The version used for signing.
    pub current: SecretString,
    /// The version that is still accepted.
    pub previous: Option<SecretString>,
}

impl Versions {
    /// All accepted versions.
    pub fn all(&self) -> impl Iterator<Item = &SecretString> {
        std::iter::once(&self.current).chain(self.previous.iter())
    }

    /// Whether a presented value equals an accepted version, compared in constant time.
    #[must_use]
    pub fn accept(&self, presented: &str) -> bool {
        self.all().fold(0_u8, |found, version| {
            found | version.expose_secret().as_bytes().ct_eq(presented.as_bytes()).unwrap_u8()
        }) == 1
    }
}
