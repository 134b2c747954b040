//! The launch token and the bearer token: pure signing and verification.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::model::secret_versions::Versions;
use crate::model::time::{Millis, ulid_time};

/// The lifetime of a launch token.
pub const LAUNCH_SECONDS: i64 = 300;

const LAUNCH_VERSION: &str = "l1";

const BEARER_VERSION: &str = "b1";

const LAUNCH_LABEL: &[u8] = b"stripe-sync/launch/v1\0";

const BEARER_LABEL: &[u8] = b"stripe-sync/bearer/v1\0";

/// The maximum length of a token. A longer one is not ours and is not even hashed.
const MAX_TOKEN: usize = 1024;

/// The maximum difference between the clocks of two functions.
const SKEW_SECONDS: i64 = 60;

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// Not signed by us, or damaged.
    Invalid,
    /// Ours, but expired.
    Expired,
}

/// The content of a launch token: the install and the launch. The launch's ULID holds its creation
/// time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The install.
    pub install: InstallId,
    /// The launch.
    pub id: Ulid,
}

impl Launch {
    /// The signed token.
    #[must_use]
    pub fn sign(&self, secrets: &Versions) -> String {
        sign(
            LAUNCH_VERSION,
            LAUNCH_LABEL,
            format!("{}|{}", self.install, self.id).as_bytes(),
            &secrets.current,
        )
    }

    /// Whether one of these secrets signed the token, whatever its age.
    #[must_use]
    pub fn is_signed(token: &str, secrets: &Versions) -> bool {
        verify(LAUNCH_VERSION, LAUNCH_LABEL, token, secrets).is_ok()
    }

    /// Verifies a token: its signature with an accepted secret, then its age.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(token: &str, secrets: &Versions, now: Millis) -> Result<Self, TokenError> {
        let payload = verify(LAUNCH_VERSION, LAUNCH_LABEL, token, secrets)?;
        let text = std::str::from_utf8(&payload).map_err(|_| TokenError::Invalid)?;
        let (install, id) = text.split_once('|').ok_or(TokenError::Invalid)?;
        let launch = Self {
            install: InstallId::parse(install).ok_or(TokenError::Invalid)?,
            id: id.parse().map_err(|_| TokenError::Invalid)?,
        };
        let made = ulid_time(launch.id);
        if made > now.plus_seconds(SKEW_SECONDS) {
            return Err(TokenError::Invalid);
        }
        if now >= made.plus_seconds(LAUNCH_SECONDS) { Err(TokenError::Expired) } else { Ok(launch) }
    }
}

/// The content of a bearer token: the installation it may act for, and its expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The install.
    #[serde(rename = "i")]
    pub install: InstallId,
    /// The generation. A bearer token of an earlier one is invalid.
    #[serde(rename = "g")]
    pub generation: String,
    /// The launch behind it.
    #[serde(rename = "l")]
    pub launch: Ulid,
    /// When it expires.
    #[serde(rename = "e")]
    pub expires_at: Millis,
    /// When the session was opened. Absent in tokens of versions that do not renew sessions.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Millis>,
}

impl Bearer {
    /// The signed bearer token. It contains no secret.
    #[must_use]
    pub fn sign(&self, secrets: &Versions) -> String {
        let payload = serde_json::to_vec(self).unwrap_or_default();
        sign(BEARER_VERSION, BEARER_LABEL, &payload, &secrets.current)
    }

    /// Whether one of these secrets signed the bearer token, whatever its expiry.
    #[must_use]
    pub fn is_signed(token: &str, secrets: &Versions) -> bool {
        verify(BEARER_VERSION, BEARER_LABEL, token, secrets).is_ok()
    }

    /// Verifies a bearer token: its signature with an accepted secret, then its expiry.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(token: &str, secrets: &Versions, now: Millis) -> Result<Self, TokenError> {
        let payload = verify(BEARER_VERSION, BEARER_LABEL, token, secrets)?;
        let bearer: Self = serde_json::from_slice(&payload).map_err(|_| TokenError::Invalid)?;
        if now >= bearer.expires_at { Err(TokenError::Expired) } else { Ok(bearer) }
    }
}

fn mac(label: &[u8], payload: &[u8], secret: &SecretString) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(label);
    mac.update(payload);
    Some(mac)
}

fn sign(version: &str, label: &[u8], payload: &[u8], secret: &SecretString) -> String {
    // HMAC takes keys of any length: the fallback is never reached, and `verify` would refuse it.
    let tag = mac(label, payload, secret)
        .map(|mac| mac.finalize().into_bytes().to_vec())
        .unwrap_or_default();
    format!("{version}.{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag))
}

fn verify(
    version: &str,
    label: &[u8],
    token: &str,
    secrets: &Versions,
) -> Result<Vec<u8>, TokenError> {
    if token.len() > MAX_TOKEN {
        return Err(TokenError::Invalid);
    }
    let mut parts = token.split('.');
    let (Some(stated), Some(payload), Some(tag), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Invalid);
    };
    if stated != version {
        return Err(TokenError::Invalid);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Invalid)?;
    let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| TokenError::Invalid)?;
    let accepted = secrets.all().any(|secret| {
        mac(label, &payload, secret).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
    });
    if accepted { Ok(payload) } else { Err(TokenError::Invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(current: &str, previous: Option<&str>) -> Versions {
        Versions {
            current: current.to_owned().into(),
            previous: previous.map(|text| text.to_owned().into()),
        }
    }

    fn launch(at: Millis) -> Launch {
        Launch {
            install: InstallId::parse("instapp_1").unwrap(),
            id: Ulid::from_parts(u64::try_from(at.0).unwrap(), 7),
        }
    }

    #[test]
    fn a_launch_lives_five_minutes_under_the_current_and_the_previous_secret() {
        let made = Millis(1_760_000_000_000);
        let token = launch(made).sign(&secrets("first-session-secret", None));
        let rotated = secrets("second-session-secret", Some("first-session-secret"));
        assert_eq!(Launch::verify(&token, &rotated, made.plus_seconds(299)), Ok(launch(made)));
        assert_eq!(
            Launch::verify(&token, &rotated, made.plus_seconds(300)),
            Err(TokenError::Expired)
        );
        assert_eq!(
            Launch::verify(&token, &rotated, made.plus_seconds(-61)),
            Err(TokenError::Invalid)
        );
        assert_eq!(
            Launch::verify(&token, &secrets("third-session-secret", None), made),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed_and_no_token_passes_as_the_other() {
        let made = Millis(1_760_000_000_000);
        let keys = secrets("first-session-secret", None);
        let token = launch(made).sign(&keys);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character of a base64 group may carry unused bits: strict decoding refuses
            // those too.
            assert!(Launch::verify(&changed, &keys, made).is_err(), "byte {at}");
        }
        let bearer = Bearer {
            install: InstallId::parse("instapp_1").unwrap(),
            generation: "g".into(),
            launch: Ulid::nil(),
            expires_at: made,
            opened_at: Some(Millis(made.0 - 900_000)),
        };
        let signed = bearer.sign(&keys);
        assert_eq!(Bearer::verify(&signed, &keys, Millis(made.0 - 1)), Ok(bearer));
        assert_eq!(Bearer::verify(&signed, &keys, made), Err(TokenError::Expired));
        assert!(Bearer::verify(&token, &keys, made).is_err());
        assert!(Launch::verify(&signed, &keys, made).is_err());
        assert!(Launch::verify(&signed.replacen("b1", "l1", 1), &keys, made).is_err());
    }
}
