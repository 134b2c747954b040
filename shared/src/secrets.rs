//! Values of Secrets Manager, cached in the process: the current and the previous version, so that a rotation breaks nothing.

use std::sync::Mutex;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::error::{Error, Result};

/// A cached value is used this long before it is read again.
const TTL: Duration = Duration::from_secs(300);
/// A value that did not match is read again at most this often.
const REREAD_AFTER: Duration = Duration::from_secs(30);
/// Fewer bytes than this cannot hold 128 bits of a URL-safe alphabet: such a secret is refused.
const MIN_LENGTH: usize = 22;

/// The accepted versions of a secret, newest first.
#[derive(Debug, Clone)]
pub struct Versions {
    /// The version that signs.
    pub current: SecretString,
    /// The version that is still accepted.
    pub previous: Option<SecretString>,
}

impl Versions {
    /// All accepted versions.
    pub fn all(&self) -> impl Iterator<Item = &SecretString> {
        std::iter::once(&self.current).chain(self.previous.iter())
    }

    /// Whether a presented value equals an accepted version, in time that does not tell how much of it is right.
    #[must_use]
    pub fn accept(&self, presented: &str) -> bool {
        self.all().fold(0_u8, |found, version| found | version.expose_secret().as_bytes().ct_eq(presented.as_bytes()).unwrap_u8()) == 1
    }
}

/// One secret and its cache.
#[derive(Debug)]
pub struct Secret {
    client: aws_sdk_secretsmanager::Client,
    arn: String,
    cached: Mutex<Option<(Versions, Instant)>>,
    /// When it was last asked for, whatever came of it.
    asked: Mutex<Option<Instant>>,
}

impl Secret {
    /// The secret of that ARN, not yet read.
    #[must_use]
    pub fn new(client: aws_sdk_secretsmanager::Client, arn: String) -> Self {
        Self { client, arn, cached: Mutex::new(None), asked: Mutex::new(None) }
    }

    /// The accepted versions, from the cache while it is fresh.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when nothing is cached and Secrets Manager does not answer. A stale value outlives an outage.
    pub async fn versions(&self) -> Result<Versions> {
        match self.peek() {
            Some((versions, at)) if at.elapsed() < TTL || self.asked_lately() => Ok(versions),
            Some((versions, _)) => Ok(self.read().await.unwrap_or(versions)),
            None => self.read().await,
        }
    }

    /// Whether the presented value is accepted. A value that is not makes the secret be read again, at most every thirty seconds,
    /// so that a rotated value works at once and a guesser cannot make us call.
    ///
    /// # Errors
    /// As [`Secret::versions`].
    pub async fn accepts(&self, presented: &str) -> Result<bool> {
        if self.versions().await?.accept(presented) {
            return Ok(true);
        }
        if self.asked_lately() { Ok(false) } else { Ok(self.read().await?.accept(presented)) }
    }

    /// Failed reads count too: an outage must not turn every guess into a call.
    fn asked_lately(&self) -> bool {
        self.asked.lock().is_ok_and(|asked| asked.is_some_and(|at| at.elapsed() < REREAD_AFTER))
    }

    fn peek(&self) -> Option<(Versions, Instant)> {
        self.cached.lock().ok()?.clone()
    }

    async fn read(&self) -> Result<Versions> {
        if let Ok(mut asked) = self.asked.lock() {
            *asked = Some(Instant::now());
        }
        let (current, previous) = tokio::join!(self.stage("AWSCURRENT"), self.stage("AWSPREVIOUS"));
        let current = current?.ok_or_else(|| Error::internal("a secret without a current version"))?;
        // A previous version that cannot be read just now must not stop the current one.
        let versions = Versions { current, previous: previous.unwrap_or_default() };
        if let Ok(mut cached) = self.cached.lock() {
            *cached = Some((versions.clone(), Instant::now()));
        }
        Ok(versions)
    }

    async fn stage(&self, stage: &str) -> Result<Option<SecretString>> {
        match self.client.get_secret_value().secret_id(&self.arn).version_stage(stage).send().await {
            Ok(answer) => {
                let text = answer.secret_string.ok_or_else(|| Error::internal("a secret that is not text"))?;
                if text.len() < MIN_LENGTH {
                    return Err(Error::internal("a secret that is too short to be one"));
                }
                Ok(Some(SecretString::from(text)))
            }
            Err(error) => {
                let error = error.into_service_error();
                if error.is_resource_not_found_exception() { Ok(None) } else { Err(Error::unavailable("secrets", error)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_and_previous_are_accepted_and_nothing_else() {
        let versions = Versions {
            current: "new-registration-key-000".to_owned().into(),
            previous: Some("old-registration-key-000".to_owned().into()),
        };
        assert!(versions.accept("new-registration-key-000"));
        assert!(versions.accept("old-registration-key-000"));
        for wrong in ["", "new-registration-key-00", "new-registration-key-0000", "NEW-registration-key-000"] {
            assert!(!versions.accept(wrong), "{wrong}");
        }
        assert!(!format!("{versions:?}").contains("registration"));
    }
}
