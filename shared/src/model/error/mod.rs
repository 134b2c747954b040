//! Errors, typed and independent of any transport. Only [`crate::platform::web`] turns them into
//! HTTP responses.

pub mod details;

use std::error::Error as StdError;

pub use details::{Details, MissingPermission};

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause that is logged once and never shown to a caller.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Every failure that a caller can see. Messages are safe to show; causes are for the log only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is malformed. Nothing was changed. Names the field if one is at fault.
    #[error("{detail}")]
    BadRequest {
        /// The field of the body at fault.
        field: Option<&'static str>,
        /// What is wrong with it.
        detail: String,
    },
    /// The body is larger than the route accepts.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The accepted size in bytes.
        limit: usize,
    },
    /// The resource does not exist, or the caller may not know that it does.
    #[error("not found")]
    NotFound,
    /// The route exists, but not for this method.
    #[error("this route does not allow this method")]
    MethodNotAllowed,
    /// The caller is known but not permitted to do this.
    #[error("{detail}")]
    Forbidden {
        /// A stable code for programs.
        code: &'static str,
        /// A sentence for people.
        detail: String,
    },
    /// The request has no valid session.
    #[error("{detail}")]
    Unauthorized {
        /// A stable code for programs.
        code: &'static str,
        /// A sentence for people.
        detail: &'static str,
    },
    /// The session or the launch is over. A new launch is needed.
    #[error("{detail}")]
    Gone {
        /// A stable code for programs.
        code: &'static str,
        /// A sentence for people.
        detail: &'static str,
    },
    /// The request conflicts with the stored state.
    #[error("{detail}")]
    Conflict {
        /// A stable code for programs.
        code: &'static str,
        /// A sentence for people.
        detail: String,
        /// Further members of the problem document.
        more: Box<Details>,
    },
    /// The request is well-formed but not acceptable.
    #[error("{detail}")]
    Refused {
        /// A stable code for programs.
        code: &'static str,
        /// A sentence for people.
        detail: String,
        /// Further members of the problem document.
        more: Box<Details>,
    },
    /// A dependency did not answer. A retry is safe.
    #[error("{what} did not respond; try again")]
    Unavailable {
        /// The dependency.
        what: &'static str,
        /// Why, for the log.
        #[source]
        cause: Cause,
    },
    /// A stored item holds a word that only a newer version of this app knows. A retry may reach
    /// that version.
    #[error("a newer version of the app wrote this record; try again")]
    NewerVersion(#[source] Cause),
    /// A defect of this app.
    #[error("internal error")]
    Internal(#[source] Cause),
}

impl Error {
    /// A malformed field.
    pub fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self::BadRequest { field: Some(field), detail: detail.into() }
    }

    /// A missing permission.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Forbidden { code, detail: detail.into() }
    }

    /// A conflict with the stored state.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into(), more: Box::default() }
    }

    /// A well-formed request that is not acceptable.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into(), more: Box::default() }
    }

    /// A dependency that did not answer.
    pub fn unavailable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unavailable { what, cause: cause.into() }
    }

    /// A defect of this app.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// Adds members to the problem document of a conflict or a refusal.
    #[must_use]
    pub fn with(mut self, members: Details) -> Self {
        if let Self::Conflict { more, .. } | Self::Refused { more, .. } = &mut self {
            **more = members;
        }
        self
    }

    /// The whole chain of causes in one line, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }
}
