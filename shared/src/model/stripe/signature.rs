//! The signature of Stripe's webhooks: `Stripe-Signature: t=<Unix seconds>,v1=<hex>[,v1=<hex>…]`.
//!
//! Stripe signs `t`, a full stop and the raw body with HMAC-SHA256, keyed with the endpoint's whole
//! secret (`whsec_…`). While a secret is rolled, Stripe sends one `v1` for each valid secret. `v0`
//! is a dummy of test-mode events: accepting it would be a downgrade.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::model::time::Millis;

/// The header's name.
pub const HEADER: &str = "stripe-signature";

/// How far a signature's time may lie in the past, or in the future (if Stripe's clock is ahead of
/// ours), in seconds. Stripe creates a new signature for each retry, so an old signature is a
/// replay.
pub const TOLERANCE_SECONDS: i64 = 300;

/// The maximum length of a header. Stripe sends two signatures at most; this is room for dozens.
const MAX_HEADER: usize = 4096;

/// The prefix of a signing secret.
const PREFIX: &str = "whsec_";

/// The plausible lengths of the part after the prefix.
const SECRET_PART: std::ops::RangeInclusive<usize> = 8..=128;

/// Why a signature is not valid for a body. None of these reveals anything about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header, or one without a time or without a `v1`.
    #[error("the Stripe-Signature header is missing or has no time or no v1 signature")]
    Malformed,
    /// The time is too far from now.
    #[error("the Stripe-Signature header's time is more than {TOLERANCE_SECONDS} s from now")]
    Stale,
    /// No signature matches.
    #[error("no signature for this body and secret")]
    NoMatch,
}

/// A parsed header with an acceptable time, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The time as written: it is part of the signed text.
    time: String,
    /// Every `v1` that is hexadecimal.
    candidates: Vec<Vec<u8>>,
}

impl Signature {
    /// Parses a header and checks its time. Anything that a forger can send is judged here, before
    /// a secret is looked up.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`], [`SignatureError::Stale`].
    pub fn read(header: &str, now: Millis) -> Result<Self, SignatureError> {
        if header.len() > MAX_HEADER {
            return Err(SignatureError::Malformed);
        }
        let members = || header.split(',').filter_map(|member| member.trim().split_once('='));
        let time = members()
            .find(|(name, _)| *name == "t")
            .map(|(_, value)| value)
            .ok_or(SignatureError::Malformed)?;
        let seconds: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
        let candidates: Vec<Vec<u8>> = members()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, value)| hex::decode(value).ok())
            .collect();
        if candidates.is_empty() {
            return Err(SignatureError::Malformed);
        }
        if now.seconds().abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        Ok(Self { time: time.to_owned(), candidates })
    }

    /// Verifies the signature of a raw body with a secret, in constant time.
    ///
    /// # Errors
    /// [`SignatureError::NoMatch`].
    pub fn verify(&self, secret: &SecretString, body: &[u8]) -> Result<(), SignatureError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .map_err(|_| SignatureError::NoMatch)?;
        for part in [self.time.as_bytes(), b".", body] {
            mac.update(part);
        }
        let matches =
            self.candidates.iter().any(|candidate| mac.clone().verify_slice(candidate).is_ok());
        if matches { Ok(()) } else { Err(SignatureError::NoMatch) }
    }
}

/// Parses a signing secret as a person pastes it. Surrounding white space is ignored. A refusal
/// repeats nothing of the text.
#[must_use]
pub fn parse_secret(text: &str) -> Option<SecretString> {
    let text = text.trim();
    let part = text.strip_prefix(PREFIX)?;
    // The secrets of Stripe's command-line tool and of its dashboard are base62; others have been
    // base64.
    let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte));
    (plain && SECRET_PART.contains(&part.len())).then(|| SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        secret: String,
        payload: String,
        header: String,
        now: i64,
        tolerance: i64,
        expect: bool,
    }

    fn judge(secret: &str, header: &str, body: &[u8], now: i64) -> Result<(), SignatureError> {
        Signature::read(header, Millis::from_seconds(now))?
            .verify(&SecretString::from(secret), body)
    }

    /// Signatures that Stripe's own libraries created and verified.
    #[test]
    fn stripes_own_libraries_judge_these_alike() {
        let text = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/stripe/_webhook_vectors.json"
        ))
        .unwrap();
        let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
        assert!(vectors.len() >= 8);
        for vector in &vectors {
            assert_eq!(vector.tolerance, TOLERANCE_SECONDS, "{}", vector.name);
            let judged =
                judge(&vector.secret, &vector.header, vector.payload.as_bytes(), vector.now);
            assert_eq!(judged.is_ok(), vector.expect, "{}: {judged:?}", vector.name);
        }
        assert!(
            vectors.iter().any(|vector| vector.expect)
                && vectors.iter().any(|vector| !vector.expect)
        );
    }

    const BODY: &[u8] = b"{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
    const SECRET: &str = "whsec_test_secret";
    const V1: &str = "70bd1362b299244819629e5c03a5937a753e54bf59ea148f5a8cc5b20b7a0b3d";
    const AT: i64 = 1_756_684_800;

    #[test]
    fn one_of_several_signatures_is_enough_and_v0_is_none() {
        let other = "0".repeat(64);
        for header in [
            format!("t={AT},v1={other},v1={V1}"),
            format!("t={AT},v1={V1},v1={other},v0={other}"),
            format!("v1={V1}, t={AT}"),
            format!("t={AT},v2=future,v1=not-hex,v1={V1}"),
        ] {
            assert_eq!(judge(SECRET, &header, BODY, AT), Ok(()), "{header}");
        }
        for (header, why) in [
            (format!("t={AT},v0={V1}"), SignatureError::Malformed),
            (format!("t={AT},v1={other},v0={V1}"), SignatureError::NoMatch),
            (format!("t={AT},v1={}", &V1[..62]), SignatureError::NoMatch),
            (format!("t={AT},v1={V1}00"), SignatureError::NoMatch),
            (format!("t={AT},v1="), SignatureError::NoMatch),
            (format!("v1={V1}"), SignatureError::Malformed),
            (format!("t=soon,v1={V1}"), SignatureError::Malformed),
            (format!("t={},v1={V1}", i64::MIN), SignatureError::Stale),
            (format!("t={AT}{}v1={V1}", ",".repeat(5000)), SignatureError::Malformed),
        ] {
            assert_eq!(
                judge(SECRET, &header, BODY, AT),
                Err(why),
                "{}",
                &header[..header.len().min(90)]
            );
        }
        assert_eq!(
            judge("whsec_other_secret", &format!("t={AT},v1={V1}"), BODY, AT),
            Err(SignatureError::NoMatch)
        );
        assert_eq!(
            judge(SECRET, &format!("t={AT},v1={V1}"), b"{\"id\": \"evt_test_webhook\"}", AT),
            Err(SignatureError::NoMatch)
        );
    }

    #[test]
    fn the_tolerance_holds_to_the_second_on_both_sides() {
        let header = format!("t={AT},v1={V1}");
        for (now, judged) in [
            (AT + 300, Ok(())),
            (AT + 301, Err(SignatureError::Stale)),
            (AT - 300, Ok(())),
            (AT - 301, Err(SignatureError::Stale)),
        ] {
            assert_eq!(judge(SECRET, &header, BODY, now), judged, "{now}");
        }
    }

    #[test]
    fn only_a_signing_secret_is_accepted_as_one() {
        let secret = parse_secret("  whsec_5f0c7e2b9a1d4c68b3e7f9d0a2c4e6f8\n").unwrap();
        assert_eq!(secret.expose_secret(), "whsec_5f0c7e2b9a1d4c68b3e7f9d0a2c4e6f8");
        let long = format!("whsec_{}", "a".repeat(129));
        for text in [
            "",
            "whsec_",
            "whsec_short",
            "rk_test_51OneOneOne",
            "whsec_with space here",
            "whsec_ünïcödé00",
            "WHSEC_abcdefgh",
            &long,
        ] {
            assert!(parse_secret(text).is_none(), "{text}");
        }
    }
}
