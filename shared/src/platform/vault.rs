//! Envelope encryption: a KMS data key for each secret, used with AES-256-GCM.
//!
//! Install and purpose are bound twice: as KMS's encryption context (so that IAM and CloudTrail see
//! them) and as the cipher's additional authenticated data (so that a ciphertext moved to another
//! install or purpose does not decrypt, whatever KMS says).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::sealed::Sealed;

/// The version of the envelope layout.
pub(crate) const VERSION: u8 = 1;

/// The purpose of a secret. A ciphertext of one purpose never decrypts as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The scoped key that Blnk Cloud delivered with an install.
    BlnkApiKey,
    /// The Stripe key a user connected.
    StripeApiKey,
    /// The signing secret of Stripe's event deliveries.
    StripeWebhookSecret,
    /// The secret that signs notices to a customer's webhook.
    NoticeSecret,
}

impl Purpose {
    /// The name in the encryption context. IAM policies refer to it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlnkApiKey => "blnk-api-key",
            Self::StripeApiKey => "stripe-api-key",
            Self::StripeWebhookSecret => "stripe-webhook-secret",
            Self::NoticeSecret => "notice-secret",
        }
    }
}

/// Encrypts and decrypts secrets with one KMS key.
#[derive(Debug, Clone)]
pub struct Vault {
    kms: aws_sdk_kms::Client,
    key_arn: String,
}

impl Vault {
    /// Creates a vault for the KMS key with an ARN.
    #[must_use]
    pub fn new(kms: aws_sdk_kms::Client, key_arn: String) -> Self {
        Self { kms, key_arn }
    }

    /// Encrypts a secret for one install and purpose. One KMS call.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when KMS does not answer.
    pub async fn seal(
        &self,
        install: &InstallId,
        purpose: Purpose,
        secret: &SecretString,
    ) -> Result<Sealed> {
        let answer = self
            .kms
            .generate_data_key()
            .key_id(&self.key_arn)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context("purpose", purpose.as_str())
            .encryption_context("install", install.as_str())
            .send()
            .await
            .map_err(|error| Error::unavailable("key management", error.into_service_error()))?;
        let (Some(plain), Some(wrapped)) = (answer.plaintext, answer.ciphertext_blob) else {
            return Err(Error::internal("KMS answered without a data key"));
        };
        let data_key = Zeroizing::new(plain.into_inner());
        let mut nonce = [0_u8; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce)
            .map_err(|_| Error::internal("no random bytes available"))?;
        let ciphertext = encrypt(
            &data_key,
            nonce,
            &additional_data(install, purpose),
            secret.expose_secret().as_bytes(),
        )?;
        Ok(Sealed {
            v: VERSION,
            wrapped_key: encode(wrapped.as_ref()),
            nonce: encode(&nonce),
            ciphertext: encode(&ciphertext),
        })
    }

    /// Decrypts what [`Vault::seal`] created for the same install and purpose. One KMS call.
    ///
    /// # Errors
    /// [`Error::Internal`] when the envelope belongs to another install or purpose or is damaged,
    /// [`Error::Unavailable`] when KMS does not answer.
    pub async fn open(
        &self,
        install: &InstallId,
        purpose: Purpose,
        sealed: &Sealed,
    ) -> Result<SecretString> {
        if sealed.v != VERSION {
            return Err(Error::internal(format!("unknown envelope version {}", sealed.v)));
        }
        let answer = self
            .kms
            .decrypt()
            .key_id(&self.key_arn)
            .ciphertext_blob(Blob::new(decode(&sealed.wrapped_key)?))
            .encryption_context("purpose", purpose.as_str())
            .encryption_context("install", install.as_str())
            .send()
            .await
            .map_err(|error| {
                let error = error.into_service_error();
                if error.is_invalid_ciphertext_exception() || error.is_incorrect_key_exception() {
                    Error::internal("the envelope does not belong to this install and purpose")
                } else {
                    Error::unavailable("key management", error)
                }
            })?;
        let data_key = Zeroizing::new(
            answer
                .plaintext
                .ok_or_else(|| Error::internal("KMS answered without plaintext"))?
                .into_inner(),
        );
        let nonce: [u8; NONCE_LEN] =
            decode(&sealed.nonce)?.try_into().map_err(|_| Error::internal("damaged envelope"))?;
        let plain = decrypt(
            &data_key,
            nonce,
            &additional_data(install, purpose),
            decode(&sealed.ciphertext)?,
        )?;
        let text = std::str::from_utf8(&plain).map_err(|_| Error::internal("damaged envelope"))?;
        Ok(SecretString::from(text.to_owned()))
    }
}

pub(crate) fn additional_data(install: &InstallId, purpose: Purpose) -> String {
    format!("stripe-sync|v{VERSION}|{}|{install}", purpose.as_str())
}

pub(crate) fn cipher(key: &[u8]) -> Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .map_err(|_| Error::internal("the data key has the wrong size"))
}

pub(crate) fn encrypt(
    key: &[u8],
    nonce: [u8; NONCE_LEN],
    aad: &str,
    plain: &[u8],
) -> Result<Vec<u8>> {
    let mut buffer = plain.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad.as_bytes()),
            &mut buffer,
        )
        .map_err(|_| Error::internal("encryption failed"))?;
    Ok(buffer)
}

pub(crate) fn decrypt(
    key: &[u8],
    nonce: [u8; NONCE_LEN],
    aad: &str,
    mut buffer: Vec<u8>,
) -> Result<Zeroizing<Vec<u8>>> {
    let length = cipher(key)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad.as_bytes()), &mut buffer)
        .map_err(|_| Error::internal("the envelope does not belong to this install and purpose"))?
        .len();
    buffer.truncate(length);
    Ok(Zeroizing::new(buffer))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|_| Error::internal("damaged envelope"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const NONCE: [u8; NONCE_LEN] = [9; NONCE_LEN];

    fn install(id: &str) -> InstallId {
        InstallId::parse(id).unwrap()
    }

    #[test]
    fn a_ciphertext_opens_only_for_its_own_install_and_purpose() {
        let aad = additional_data(&install("instapp_a"), Purpose::BlnkApiKey);
        let sealed = encrypt(&KEY, NONCE, &aad, b"blnk_test_secret").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"blnk"));
        assert_eq!(
            decrypt(&KEY, NONCE, &aad, sealed.clone()).unwrap().as_slice(),
            b"blnk_test_secret"
        );
        for other in [
            additional_data(&install("instapp_b"), Purpose::BlnkApiKey),
            additional_data(&install("instapp_a"), Purpose::StripeApiKey),
        ] {
            assert!(decrypt(&KEY, NONCE, &other, sealed.clone()).is_err());
        }
        let mut damaged = sealed;
        damaged[0] ^= 1;
        assert!(decrypt(&KEY, NONCE, &aad, damaged).is_err());
        assert!(decrypt(&KEY, NONCE, &aad, vec![1, 2]).is_err());
    }
}
