//! The one place that reads the environment. A missing or malformed variable stops a function at its cold start, by name.

use std::fmt::Display;
use std::str::FromStr;

use crate::origin::web_origin;

/// A variable that is missing or malformed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not set, or empty.
    #[error("environment variable {0} is missing")]
    Missing(&'static str),
    /// Set, but not to something usable.
    #[error("environment variable {name} is malformed: {reason}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// Why it cannot be used.
        reason: String,
    },
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// A variable that must be set.
///
/// # Errors
/// When it is not set or empty.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    read(name).ok_or(ConfigError::Missing(name))
}

/// A variable that may be absent.
#[must_use]
pub fn optional(name: &'static str) -> Option<String> {
    read(name)
}

/// A variable with a default, parsed.
///
/// # Errors
/// When it is set to something that does not parse.
pub fn parsed<T: FromStr<Err: Display>>(name: &'static str, default: T) -> Result<T, ConfigError> {
    match read(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|error: T::Err| ConfigError::Malformed { name, reason: error.to_string() }),
    }
}

/// The origin under which the outside world reaches this deployment, in its one form. The page, its API and the webhook lie at the root of
/// their host, so that a path would name none of them.
///
/// # Errors
/// When it is missing, or is no origin.
pub fn public_origin(name: &'static str) -> Result<String, ConfigError> {
    web_origin(&required(name)?).map_err(|error| ConfigError::Malformed { name, reason: error.to_string() })
}

/// A base URL without its trailing slash.
///
/// # Errors
/// When it is missing or not `http(s)://…`.
pub fn base_url(name: &'static str) -> Result<String, ConfigError> {
    let url = required(name)?;
    if url.starts_with("https://") || url.starts_with("http://") {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err(ConfigError::Malformed { name, reason: "not an http(s) URL".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use crate::origin::web_origin;

    #[test]
    fn every_public_base_url_works_in_its_one_form_or_is_refused() {
        let fixture = include_str!("../../tests/fixtures/field/08_09_public_base_url.json");
        let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
        let cases = fixture["cases"].as_array().unwrap();
        assert!(cases.len() >= 4);
        for case in cases {
            let value = case["value"].as_str().unwrap();
            let path = value.matches('/').count() > 2;
            let expected = (!path).then(|| "https://sync.example.com".to_owned());
            assert_eq!(web_origin(value).ok(), expected, "{value}");
        }
    }
}
