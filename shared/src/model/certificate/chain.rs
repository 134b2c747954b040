//! The chain of certificates. Each holds the hash of its predecessor, so a later change or removal
//! of one leaves a trace.
//!
//! All hashes are SHA-256 in hexadecimal of JSON in its canonical form (RFC 8785: sorted keys, no
//! white space). An absent member is left out.
//!
//! - Up to version 2 the hash covers the certificate without `hash`.
//! - From version 3 on `body` is the hash of the certificate without `id`, `at`, `verdict`,
//!   `previous`, `body` and `hash`; and `hash` is that of `id`, `at`, `verdict`, `previous` and
//!   `body`. So the line that remains of a thinned certificate still proves its place in the chain.

use serde::Serialize;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::model::certificate::{Certificate, VERSION, Verdict};
use crate::model::error::{Error, Result};
use crate::model::time::Millis;

/// The first version whose hash covers the line alone.
pub(crate) const FIRST_WITH_BODY: u32 = 3;

/// The members that are not part of the body.
const LINE: [&str; 6] = ["id", "at", "verdict", "previous", "body", "hash"];

/// What the hash of a certificate covers.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Link<'c> {
    pub(crate) id: Ulid,
    pub(crate) at: Millis,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<&'c str>,
    pub(crate) body: &'c str,
}

impl Link<'_> {
    /// The hash of the certificate.
    pub(crate) fn digest(&self) -> Result<String> {
        canonical(self).map(|text| sha256(&text))
    }
}

fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    // RFC 8785 writes numbers as doubles. Sums are texts, and all other numbers are counts and
    // times below 2^53, so none loses a digit.
    serde_json_canonicalizer::to_vec(value).map_err(Error::internal)
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(text: &[u8]) -> String {
    hex::encode(Sha256::digest(text))
}

impl Certificate {
    /// Appends the certificate to the chain after `previous`.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub fn seal(&mut self, previous: Option<&Self>) -> Result<()> {
        self.previous = previous.and_then(|before| before.hash.clone());
        if self.version < FIRST_WITH_BODY {
            self.hash = Some(self.digest()?);
            return Ok(());
        }
        let body = sha256(&self.body_text()?);
        self.hash = Some(self.link(&body).digest()?);
        self.body = Some(body);
        Ok(())
    }

    /// The text that `body` is the hash of.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub(crate) fn body_text(&self) -> Result<Vec<u8>> {
        let mut body = serde_json::to_value(self).map_err(Error::internal)?;
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| !LINE.contains(&name.as_str()));
        }
        canonical(&body)
    }

    /// Computes the hash of the certificate's content.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub fn digest(&self) -> Result<String> {
        if self.version < FIRST_WITH_BODY {
            return canonical(&Self { hash: None, ..self.clone() }).map(|text| sha256(&text));
        }
        self.link(&sha256(&self.body_text()?)).digest()
    }

    /// Whether the certificate is unchanged since it was issued: its hashes are those of its
    /// content.
    #[must_use]
    pub fn verifies(&self) -> bool {
        let Some(hash) = &self.hash else { return false };
        let found = match self.version {
            ..FIRST_WITH_BODY if self.body.is_none() => self.digest(),
            FIRST_WITH_BODY..=VERSION => self.digest_with_body(),
            // What a later version covers is unknown.
            _ => return false,
        };
        found.is_ok_and(|found| found == *hash)
    }

    /// The hash of the content, if the body's own hash is correct.
    fn digest_with_body(&self) -> Result<String> {
        let body = sha256(&self.body_text()?);
        if self.body.as_ref() != Some(&body) {
            return Err(Error::internal("the body of a certificate was changed"));
        }
        self.link(&body).digest()
    }

    fn link<'c>(&'c self, body: &'c str) -> Link<'c> {
        Link {
            id: self.id,
            at: self.at,
            verdict: self.verdict,
            previous: self.previous.as_deref(),
            body,
        }
    }
}
