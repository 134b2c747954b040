//! Where the app may send what a customer asks it to send: HTTPS on its usual port, to a public
//! name, at public addresses. A customer chooses the URL, so without these rules the app could be
//! made to call what only it can reach.
//!
//! A URL is checked when it is chosen and again before each use. The addresses behind a name are
//! checked at each connection ([`public`]), because they can change at any time.

mod addresses;

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

pub use crate::model::destination::addresses::public;

/// The maximum length of a URL, in bytes.
pub const MAX_URL: usize = 1000;

/// The one port that is used. Other ports belong to other services.
const PORT: u16 = 443;

/// The last labels of names that are not public: they are reserved, or used inside of networks.
const LOCAL_ENDINGS: [&str; 14] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "arpa",
    "test",
    "invalid",
    "onion",
    "alt",
];

/// Why nothing is sent to a URL or an address. It quotes nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is not a URL.
    #[error("This is not a URL.")]
    NotAUrl,
    /// It is too long.
    #[error("The URL is longer than {MAX_URL} characters.")]
    TooLong,
    /// Another scheme than HTTPS.
    #[error("The URL must begin with https://.")]
    NotHttps,
    /// Another port than that of HTTPS.
    #[error("The URL must use port 443, the port of HTTPS.")]
    Port,
    /// User name or password.
    #[error("The URL must not hold a user name or a password.")]
    Credentials,
    /// A part that is never sent.
    #[error("The URL must not have a part after #.")]
    Fragment,
    /// A name that is not public.
    #[error("The name in the URL is not a public one.")]
    LocalName,
    /// An address that is not public.
    #[error("The address is not a public one.")]
    NotPublic,
}

/// A URL that may be called, as far as this is known without resolving its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination(Url);

/// The host alone: the rest of a URL may hold a customer's secret.
impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination({})", self.host())
    }
}

impl Destination {
    /// Checks a URL.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn parse(text: &str) -> Result<Self, Forbidden> {
        if text.len() > MAX_URL {
            return Err(Forbidden::TooLong);
        }
        // The parser removes and replaces these silently.
        if text.contains(['\\', '\t', '\n', '\r']) || text.trim() != text {
            return Err(Forbidden::NotAUrl);
        }
        let url = Url::parse(text).map_err(|_| Forbidden::NotAUrl)?;
        if url.scheme() != "https" {
            return Err(Forbidden::NotHttps);
        }
        if url.port_or_known_default() != Some(PORT) {
            return Err(Forbidden::Port);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        if url.fragment().is_some() {
            return Err(Forbidden::Fragment);
        }
        match literal(&url) {
            Some(address) if !public(address) => return Err(Forbidden::NotPublic),
            Some(_) => {}
            None => public_name(url.host_str().unwrap_or_default())?,
        }
        Ok(Self(url))
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }
}

/// The address in a URL that contains one. The parser normalizes every notation: decimal, octal,
/// hexadecimal and shortened numbers, and IPv6 in brackets.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn public_name(host: &str) -> Result<(), Forbidden> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let (_, last) = name.rsplit_once('.').ok_or(Forbidden::LocalName)?;
    let local = last.is_empty() || LOCAL_ENDINGS.contains(&last.to_ascii_lowercase().as_str());
    if local { Err(Forbidden::LocalName) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
