//! The secret of a webhook, and what it signs:
//! `Blnk-Sync-Signature: t=<Unix seconds>,v1=<hex>[,v1=<hex>]`.
//!
//! The signature covers `t`, a full stop and the raw body, with HMAC-SHA256 and the whole secret:
//! as Stripe signs its webhooks, so that a receiver can reuse its code. While a secret is being
//! replaced, there is one `v1` for each secret.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::model::error::{Error, Result};
use crate::model::time::Millis;

/// The header's name.
pub const HEADER: &str = "blnk-sync-signature";

/// The header that names the message, as its body does.
pub const ID_HEADER: &str = "blnk-sync-id";

/// Random bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// For how long a replaced secret still signs, in seconds.
pub const REPLACED_SECONDS: i64 = 24 * 3600;

/// The prefix of a secret.
const PREFIX: &str = "nsec_";

/// A secret from random bytes.
#[must_use]
pub fn secret(random: &[u8; SECRET_BYTES]) -> SecretString {
    SecretString::from(format!("{PREFIX}{}", hex::encode(random)))
}

/// The value of the header for a body.
///
/// # Errors
/// [`Error::Internal`].
pub fn signature(secrets: &[SecretString], at: Millis, body: &[u8]) -> Result<String> {
    let time = at.seconds().to_string();
    let mut header = format!("t={time}");
    for secret in secrets {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .map_err(Error::internal)?;
        for part in [time.as_bytes(), b".", body] {
            mac.update(part);
        }
        header.push_str(",v1=");
        header.push_str(&hex::encode(mac.finalize().into_bytes()));
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stripe::signature::Signature;

    const BODY: &[u8] = br#"{"id":"01J00000000000000000000000","resolved":false}"#;
    const AT: Millis = Millis(1_795_500_000_000);

    /// The value that `openssl dgst -sha256 -hmac` and Python's `hmac` give for the same text.
    #[test]
    fn the_signature_is_hmac_sha256_of_time_full_stop_and_body() {
        let secret = secret(&[7; SECRET_BYTES]);
        assert_eq!(secret.expose_secret(), format!("nsec_{}", "07".repeat(32)));
        let header = signature(&[secret], AT, BODY).unwrap();
        assert_eq!(
            header,
            "t=1795500000,v1=ff6ea2ddacc66d8666e1c09565efc02864243060d0fad8ae7077ea2c6503fbb8"
        );
    }

    #[test]
    fn each_secret_signs_and_a_receiver_that_verifies_stripes_webhooks_verifies_these() {
        let (new, old) = (secret(&[1; SECRET_BYTES]), secret(&[2; SECRET_BYTES]));
        let header = signature(&[new.clone(), old.clone()], AT, BODY).unwrap();
        assert_eq!(header.matches(",v1=").count(), 2);
        let read = Signature::read(&header, AT).unwrap();
        assert_eq!((read.verify(&new, BODY), read.verify(&old, BODY)), (Ok(()), Ok(())));
        assert!(read.verify(&secret(&[3; SECRET_BYTES]), BODY).is_err());
        assert!(read.verify(&new, b"{}").is_err());
    }

    #[test]
    fn a_secret_is_never_printed() {
        assert!(!format!("{:?}", secret(&[7; SECRET_BYTES])).contains("0707"));
    }
}
