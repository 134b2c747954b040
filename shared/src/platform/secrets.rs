//! Secrets Manager values, cached in the process: the current and the previous version, so that a
//! rotation breaks nothing.
//!
//! A value that was replaced twice is rejected everywhere after a minute ([`TTL`]) while Secrets
//! Manager answers, and during an outage after 15 minutes ([`OUTLIVES`]): from then on nothing is
//! accepted until it answers again.

use std::sync::Mutex;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::model::error::{Error, Result};
use crate::model::secret_versions::Versions;

/// How long a cached value is used before it is read again.
pub const TTL: Duration = Duration::from_secs(60);

/// The maximum time for which a value is used that could not be read again.
pub const OUTLIVES: Duration = Duration::from_secs(900);

/// The minimum time between two reads caused by a value that did not match.
pub const REREAD_AFTER: Duration = Duration::from_secs(30);

/// Fewer bytes than this cannot hold 128 bits in a URL-safe alphabet: such a secret is refused.
pub(crate) const MIN_LENGTH: usize = 22;

/// The cached value, and when it was read.
#[derive(Debug, Clone)]
pub(crate) struct Cached {
    versions: Versions,
    at: Instant,
    /// When the previous version was last read. Reading it may fail separately.
    previous_at: Instant,
}

/// One secret and its cache.
#[derive(Debug)]
pub struct Secret {
    client: aws_sdk_secretsmanager::Client,
    arn: String,
    cached: Mutex<Option<Cached>>,
    /// When it was last requested, whatever the result.
    asked: Mutex<Option<Instant>>,
}

impl Secret {
    /// Creates the secret with an ARN, without reading it.
    #[must_use]
    pub fn new(client: aws_sdk_secretsmanager::Client, arn: String) -> Self {
        Self { client, arn, cached: Mutex::new(None), asked: Mutex::new(None) }
    }

    /// The accepted versions, from the cache while it is fresh.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when Secrets Manager does not answer and no usable value is cached.
    pub async fn versions(&self) -> Result<Versions> {
        match self.peek() {
            Some(cached) if cached.at.elapsed() < TTL => Ok(cached.versions),
            Some(cached) if cached.at.elapsed() < OUTLIVES => {
                if self.asked_lately() {
                    Ok(cached.versions)
                } else {
                    Ok(self.read().await.unwrap_or(cached.versions))
                }
            }
            Some(_) if self.asked_lately() => {
                Err(Error::unavailable("secrets", "the cached secret has expired"))
            }
            _ => self.read().await,
        }
    }

    /// The accepted versions for checking a signature. If none of them `fits`, the secret is read
    /// again, at most every 30 seconds: a changed secret works at once, and forged signatures
    /// cannot cause many calls.
    ///
    /// # Errors
    /// As [`Secret::versions`].
    pub async fn versions_for(&self, fits: impl Fn(&Versions) -> bool) -> Result<Versions> {
        let versions = self.versions().await?;
        if fits(&versions) || self.asked_lately() {
            return Ok(versions);
        }
        Ok(self.read().await.unwrap_or(versions))
    }

    /// Whether the presented value is accepted. If it is not, the secret is read again, at most
    /// every 30 seconds, so that a rotated value works at once and a guesser cannot cause many
    /// calls.
    ///
    /// # Errors
    /// As [`Secret::versions`].
    pub async fn accepts(&self, presented: &str) -> Result<bool> {
        if self.versions().await?.accept(presented) {
            return Ok(true);
        }
        if self.asked_lately() { Ok(false) } else { Ok(self.read().await?.accept(presented)) }
    }

    /// Failed reads count too: during an outage, not every guess may cause a call.
    fn asked_lately(&self) -> bool {
        self.asked.lock().is_ok_and(|asked| asked.is_some_and(|at| at.elapsed() < REREAD_AFTER))
    }

    fn peek(&self) -> Option<Cached> {
        self.cached.lock().ok()?.clone()
    }

    async fn read(&self) -> Result<Versions> {
        if let Ok(mut asked) = self.asked.lock() {
            *asked = Some(Instant::now());
        }
        let (current, previous) = tokio::join!(self.stage("AWSCURRENT"), self.stage("AWSPREVIOUS"));
        let current =
            current?.ok_or_else(|| Error::internal("the secret has no current version"))?;
        let at = Instant::now();
        // A previous version that is temporarily unreadable affects neither the current one nor
        // what that one signed.
        let (previous, previous_at) = match previous {
            Ok(previous) => (previous, at),
            Err(_) => self.known_previous(&current).unwrap_or((None, at)),
        };
        let versions = Versions { current, previous };
        if let Ok(mut cached) = self.cached.lock() {
            *cached = Some(Cached { versions: versions.clone(), at, previous_at });
        }
        Ok(versions)
    }

    /// The previous version as far as it is known, and when it was read.
    fn known_previous(&self, current: &SecretString) -> Option<(Option<SecretString>, Instant)> {
        let known = self.peek()?;
        let same = known
            .versions
            .current
            .expose_secret()
            .as_bytes()
            .ct_eq(current.expose_secret().as_bytes())
            .unwrap_u8()
            == 1;
        let (previous, since) = if same {
            (known.versions.previous, known.previous_at)
        } else {
            (Some(known.versions.current), known.at)
        };
        (since.elapsed() < OUTLIVES).then_some((previous, since))
    }

    async fn stage(&self, stage: &str) -> Result<Option<SecretString>> {
        match self.client.get_secret_value().secret_id(&self.arn).version_stage(stage).send().await
        {
            Ok(answer) => {
                let text = answer
                    .secret_string
                    .ok_or_else(|| Error::internal("the secret is not text"))?;
                if text.len() < MIN_LENGTH {
                    return Err(Error::internal("the secret is too short"));
                }
                Ok(Some(SecretString::from(text)))
            }
            Err(error) => {
                let error = error.into_service_error();
                if error.is_resource_not_found_exception() {
                    Ok(None)
                } else {
                    Err(Error::unavailable("secrets", error))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use test_support::{Aws, Fault};

    use super::*;

    #[test]
    fn current_and_previous_are_accepted_and_nothing_else() {
        let versions = Versions {
            current: "new-registration-key-000".to_owned().into(),
            previous: Some("old-registration-key-000".to_owned().into()),
        };
        assert!(versions.accept("new-registration-key-000"));
        assert!(versions.accept("old-registration-key-000"));
        for wrong in
            ["", "new-registration-key-00", "new-registration-key-0000", "NEW-registration-key-000"]
        {
            assert!(!versions.accept(wrong), "{wrong}");
        }
        assert!(!format!("{versions:?}").contains("registration"));
    }

    const CURRENT: &str = "registration-key-current-0001";
    const NEXT: &str = "registration-key-next-00000002";
    const LAST: &str = "registration-key-last-00000003";

    async fn secret() -> (Aws, Secret) {
        let aws = Aws::direct();
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let secret = Secret::new(
            crate::platform::aws::secrets_manager(&sdk),
            aws.secret("registration", CURRENT, None),
        );
        assert!(secret.accepts(CURRENT).await.unwrap());
        aws.forget();
        (aws, secret)
    }

    async fn pass(time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    /// A leaked value is replaced twice. The new one is not presented here, so only the passing of
    /// time causes a read.
    #[tokio::test]
    async fn a_value_that_was_changed_twice_dies_within_a_minute() {
        let (aws, secret) = secret().await;
        let _ = aws.secret("registration", LAST, Some(NEXT));
        pass(TTL - Duration::from_secs(1)).await;
        assert!(secret.accepts(CURRENT).await.unwrap());
        pass(Duration::from_secs(1)).await;
        assert!(!secret.accepts(CURRENT).await.unwrap());
        assert!(secret.accepts(NEXT).await.unwrap() && secret.accepts(LAST).await.unwrap());
    }

    #[tokio::test]
    async fn an_outage_lets_no_value_live_for_ever() {
        let (aws, secret) = secret().await;
        let _ = aws.secret("registration", LAST, Some(NEXT));
        aws.fault("GetSecretValue", 1, 10_000, Fault::Status(400, "AccessDeniedException"));
        for _ in 0..14 {
            pass(Duration::from_secs(60)).await;
            assert!(secret.accepts(CURRENT).await.unwrap(), "an outage stops nothing at once");
        }
        assert!(aws.count("GetSecretValue") <= 2 * 15);
        pass(Duration::from_secs(60)).await;
        assert!(
            secret.accepts(CURRENT).await.is_err(),
            "whether it still counts is not known any more"
        );
        aws.forget();
        for _ in 0..5 {
            assert!(secret.accepts(CURRENT).await.is_err());
        }
        assert_eq!(aws.count("GetSecretValue"), 0, "nor is it asked at every call");
        aws.clear_faults();
        pass(REREAD_AFTER).await;
        assert!(!secret.accepts(CURRENT).await.unwrap() && secret.accepts(LAST).await.unwrap());
    }

    #[tokio::test]
    async fn a_previous_version_that_cannot_be_read_just_now_stays_known_for_a_while() {
        let (aws, secret) = secret().await;
        let _ = aws.secret("registration", NEXT, Some(CURRENT));
        for again in 0..2 {
            pass(TTL).await;
            aws.fault("GetSecretValue", 2, 1, Fault::Status(400, "AccessDeniedException"));
            assert!(
                secret.accepts(CURRENT).await.unwrap(),
                "{again}: what it signed is still good"
            );
            assert!(secret.accepts(NEXT).await.unwrap());
        }
        aws.fault("GetSecretValue", 2, 1, Fault::Status(400, "AccessDeniedException"));
        pass(OUTLIVES).await;
        assert!(!secret.accepts(CURRENT).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_signature_rereads_the_secret_at_most_every_thirty_seconds() {
        let (aws, secret) = secret().await;
        let _ = aws.secret("registration", NEXT, Some(CURRENT));
        let fits = async |presented: &str| {
            secret
                .versions_for(|versions| versions.accept(presented))
                .await
                .unwrap()
                .accept(presented)
        };
        assert!(!fits(NEXT).await, "it was read a moment ago");
        pass(REREAD_AFTER).await;
        assert!(fits(NEXT).await);
        aws.forget();
        for _ in 0..10 {
            assert!(!fits("somebody-elses-secret-0000").await);
        }
        assert_eq!(aws.count("GetSecretValue"), 0);
    }
}
