//! An answer of a partner, and what can go wrong below HTTP.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// A longer `Retry-After` is cut to this. The deadline decides whether there is time for it at all.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// A failure below HTTP. It says nothing about what the other side did, except where stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The deadline left no time to start the call: nothing was sent.
    NoTimeLeft,
    /// No connection could be made: nothing was sent.
    Connect,
    /// No complete response arrived in time.
    Timeout,
    /// The connection ended before the response was complete.
    Disconnected,
    /// The body of the response exceeds the limit.
    BodyTooLarge,
}

impl Fault {
    /// Whether it is certain that the request never left this process.
    pub fn nothing_sent(self) -> bool {
        matches!(self, Self::NoTimeLeft | Self::Connect)
    }

    /// Whether a retry may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Connect | Self::Timeout | Self::Disconnected)
    }

    pub(crate) fn of(error: &reqwest::Error) -> Self {
        // A connect time-out is both: that nothing was sent is the stronger fact.
        if error.is_connect() {
            Self::Connect
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Disconnected
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTimeLeft => "no time left before the deadline",
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Disconnected => "connection lost",
            Self::BodyTooLarge => "answer too large",
        })
    }
}

/// A response. The status may be known although the body is not.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Vec<u8>, Fault>,
}

impl Reply {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the other side asked to wait. Only seconds are read: a date would need the other
    /// side's clock.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header(RETRY_AFTER.as_str())?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
    }
}

/// A machine-readable code or parameter name, kept only if it looks like one: short, printable,
/// without spaces.
pub(crate) fn safe_code(text: &str) -> Option<String> {
    const LONGEST: usize = 80;
    let fits = (1..=LONGEST).contains(&text.len());
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.[]".contains(&b));
    (fits && clean).then(|| text.to_owned())
}
