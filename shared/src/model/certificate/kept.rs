//! A certificate as stored: whole, or thinned to its line.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::certificate::chain::Link;
use crate::model::certificate::{Certificate, VERSION, Verdict};
use crate::model::error::{Error, Result};
use crate::model::time::Millis;

/// The line that remains of a thinned certificate: what its hash covers.
///
/// Only a certificate that is only a match is thinned (see
/// [`thinning`](crate::model::certificate::thinning)). So it had no cause and no open problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thinned {
    /// The version of the layout.
    pub version: u32,
    /// Its id.
    pub id: Ulid,
    /// When Stripe's balance was read.
    pub at: Millis,
    /// The overall result.
    pub verdict: Verdict,
    /// The hash of the previous certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The hash of the body that was removed.
    pub body: String,
    /// The hash of the members above except `version`.
    pub hash: String,
}

impl Thinned {
    /// The line of a certificate whose hashes verify and that has a body of its own.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Option<Self> {
        let (body, hash) = (certificate.body.clone()?, certificate.hash.clone()?);
        certificate.verifies().then(|| Self {
            version: certificate.version,
            id: certificate.id,
            at: certificate.at,
            verdict: certificate.verdict,
            previous: certificate.previous.clone(),
            body,
            hash,
        })
    }

    /// Whether the line is unchanged since it was issued: its hash is that of its members.
    #[must_use]
    pub fn verifies(&self) -> bool {
        let link = Link {
            id: self.id,
            at: self.at,
            verdict: self.verdict,
            previous: self.previous.as_deref(),
            body: &self.body,
        };
        // No earlier version is ever thinned, and what a later one covers is unknown.
        self.version == VERSION && link.digest().is_ok_and(|hash| hash == self.hash)
    }
}

/// A certificate as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredCertificate {
    /// With everything that was compared.
    Whole(Box<Certificate>),
    /// With its line alone.
    Thinned(Thinned),
}

impl StoredCertificate {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> Ulid {
        match self {
            Self::Whole(certificate) => certificate.id,
            Self::Thinned(line) => line.id,
        }
    }

    /// When Stripe's balance was read.
    #[must_use]
    pub const fn at(&self) -> Millis {
        match self {
            Self::Whole(certificate) => certificate.at,
            Self::Thinned(line) => line.at,
        }
    }

    /// The overall result.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Whole(certificate) => certificate.verdict,
            Self::Thinned(line) => line.verdict,
        }
    }

    /// The hash of the previous certificate.
    #[must_use]
    pub fn previous(&self) -> Option<&str> {
        match self {
            Self::Whole(certificate) => certificate.previous.as_deref(),
            Self::Thinned(line) => line.previous.as_deref(),
        }
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        match self {
            Self::Whole(certificate) => certificate.hash.as_deref(),
            Self::Thinned(line) => Some(&line.hash),
        }
    }

    /// The certificate, if it is whole.
    #[must_use]
    pub fn whole(&self) -> Option<&Certificate> {
        match self {
            Self::Whole(certificate) => Some(certificate),
            Self::Thinned(_) => None,
        }
    }

    /// Whether what remains of it is unchanged since it was issued.
    #[must_use]
    pub fn verifies(&self) -> bool {
        match self {
            Self::Whole(certificate) => certificate.verifies(),
            Self::Thinned(line) => line.verifies(),
        }
    }

    /// The document that others can check. A thinned certificate's document is marked as thinned.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub fn document(&self) -> Result<serde_json::Value> {
        let document = match self {
            Self::Whole(certificate) => serde_json::to_value(certificate),
            Self::Thinned(line) => serde_json::to_value(line).map(|mut line| {
                line["thinned"] = true.into();
                line
            }),
        };
        document.map_err(Error::internal)
    }
}
