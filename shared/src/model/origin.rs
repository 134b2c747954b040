//! Web origins: scheme, host and port, in the form in which browsers compare them.

use reqwest::Url;

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrigin {
    /// Not an http(s) URL.
    #[error("not an http(s) URL")]
    NotWeb,
    /// More than an origin.
    #[error(
        "it must end after the host, or after the port: without path, query, fragment and user name"
    )]
    More,
}

/// The origin of a URL: host in lower case, no default port, no trailing slash.
///
/// # Errors
/// [`NotAnOrigin`] for a URL with more than an origin, and for anything that is not a URL.
pub fn web_origin(text: &str) -> Result<String, NotAnOrigin> {
    // The URL parser accepts much that is not allowed in an origin.
    let plain = text.contains("://") && !text.contains(['\\', '\t', '\n', '\r']);
    let url = Url::parse(text)
        .ok()
        .filter(|url| plain && matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or(NotAnOrigin::NotWeb)?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if bare && url.path() == "/" {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(NotAnOrigin::More)
    }
}

/// Whether two URLs are equivalent: the host's case and an explicit default port do not matter.
#[must_use]
pub fn same_url(one: &str, other: &str) -> bool {
    one == other
        || Url::parse(one).is_ok_and(|one| Url::parse(other).is_ok_and(|other| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_form() {
        for (text, expected) in [
            ("https://sync.example.com", "https://sync.example.com"),
            ("https://Sync.Example.com", "https://sync.example.com"),
            ("https://sync.example.com:443", "https://sync.example.com"),
            ("HTTPS://SYNC.example.com:443/", "https://sync.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://LocalHost:4000/", "http://localhost:4000"),
            ("https://sync.example.com:8443", "https://sync.example.com:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
        ] {
            assert_eq!(web_origin(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_none() {
        for text in [
            "https://apps.example.com/stripe-sync",
            "https://apps.example.com//",
            "https://apps.example.com/?",
            "https://apps.example.com?a=b",
            "https://apps.example.com#",
            "https://user@apps.example.com",
            "https://user:word@apps.example.com",
        ] {
            assert_eq!(web_origin(text), Err(NotAnOrigin::More), "{text}");
        }
        for text in [
            "",
            "null",
            "sync.example.com",
            "https:sync.example.com",
            "https:\\\\sync.example.com",
            "ftp://sync.example.com",
            "https://",
        ] {
            assert_eq!(web_origin(text), Err(NotAnOrigin::NotWeb), "{text}");
        }
    }

    #[test]
    fn urls_are_the_same_however_their_host_is_written() {
        let ours = "https://sync.example.com/api/stripe/instapp_1";
        for other in [
            ours,
            "https://Sync.Example.com/api/stripe/instapp_1",
            "https://sync.example.com:443/api/stripe/instapp_1",
        ] {
            assert!(same_url(ours, other), "{other}");
        }
        for other in [
            "https://sync.example.com/api/stripe/INSTAPP_1",
            "https://sync.example.com/api/stripe/instapp_1/",
            "",
            "nothing",
        ] {
            assert!(!same_url(ours, other), "{other}");
        }
    }
}
