//! The only place that reads the environment. A missing or malformed variable stops a function at
//! its cold start. All of them are reported at once, by name, in one line.

use std::fmt;
use std::fmt::Display;
use std::str::FromStr;

use crate::model::origin::web_origin;

/// The AWS region. Lambda always sets it. Without it, the AWS SDK would query the machine's
/// metadata service.
const REGION: &str = "AWS_REGION";

/// The missing or malformed variables that keep a function from starting.
#[derive(Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    missing: Vec<&'static str>,
    malformed: Vec<(&'static str, String)>,
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.missing.is_empty() {
            write!(f, "environment variables are missing: {}", self.missing.join(", "))?;
        }
        for (at, (name, reason)) in self.malformed.iter().enumerate() {
            let separator = if at == 0 && self.missing.is_empty() { "" } else { "; " };
            write!(f, "{separator}environment variable {name} is malformed: {reason}")?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// An optional variable of this process.
#[must_use]
pub fn optional(name: &'static str) -> Option<String> {
    Environment::of_the_process().optional(name)
}

/// The variables of a function. Reading them never fails; [`Environment::check`] then reports all
/// errors.
#[derive(Debug)]
pub struct Environment {
    read: fn(&str) -> Option<String>,
    wrong: ConfigError,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_the_process() -> Self {
        Self { read: process, wrong: ConfigError::default() }
    }

    /// A required variable. A missing one reads as an empty text until [`Environment::check`].
    pub fn required(&mut self, name: &'static str) -> String {
        let value = self.optional(name);
        if value.is_none() && !self.wrong.missing.contains(&name) {
            self.wrong.missing.push(name);
        }
        value.unwrap_or_default()
    }

    /// An optional variable. An empty one counts as absent.
    #[must_use]
    pub fn optional(&self, name: &'static str) -> Option<String> {
        (self.read)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Parses a variable with a default.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &'static str, default: T) -> T {
        match self.optional(name).map(|text| text.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.malformed(name, error.to_string());
                default
            }
        }
    }

    /// A base URL without its trailing slash.
    pub fn base_url(&mut self, name: &'static str) -> String {
        let url = self.required(name);
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
            self.malformed(name, "not an http(s) URL".to_owned());
        }
        url.trim_end_matches('/').to_owned()
    }

    /// The public origin of this deployment, in its canonical form. The page, its API and the
    /// webhook are at the root of their host, so a path would match none of them.
    pub fn public_origin(&mut self, name: &'static str) -> String {
        let url = self.required(name);
        if url.is_empty() {
            return url;
        }
        web_origin(&url).unwrap_or_else(|error| {
            self.malformed(name, error.to_string());
            String::new()
        })
    }

    /// The AWS region.
    pub fn region(&mut self) -> String {
        self.required(REGION)
    }

    /// Records that a variable is malformed.
    pub fn malformed(&mut self, name: &'static str, reason: String) {
        self.wrong.malformed.push((name, reason));
    }

    /// Reports all errors. Call it when all variables are read, before any network request.
    ///
    /// # Errors
    /// Everything that is missing or malformed.
    pub fn check(self) -> Result<(), ConfigError> {
        if self.wrong == ConfigError::default() { Ok(()) } else { Err(self.wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(read: fn(&str) -> Option<String>) -> Environment {
        Environment { read, wrong: ConfigError::default() }
    }

    #[test]
    fn everything_that_is_missing_or_malformed_is_said_in_one_line() {
        let mut env = environment(|name| match name {
            "BASE" => Some("ftp://example.com".to_owned()),
            "DAYS" => Some("ninety".to_owned()),
            "BLANK" => Some("  ".to_owned()),
            _ => None,
        });
        assert_eq!(
            (env.required("TABLE"), env.required("BLANK"), env.required("TABLE")),
            Default::default()
        );
        assert_eq!(
            (env.parsed("DAYS", 90_i64), env.parsed("OTHER", 7_i64), env.optional("OTHER")),
            (90, 7, None)
        );
        env.base_url("BASE");
        env.base_url("URL");
        let message = env.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "environment variables are missing: TABLE, BLANK, URL; environment variable DAYS is \
                malformed: invalid digit found in string; \
             environment variable BASE is malformed: not an http(s) URL"
        );
    }

    #[test]
    fn a_complete_configuration_is_accepted() {
        let mut env =
            environment(|name| (name != "NONE").then(|| " https://example.com/ ".to_owned()));
        assert_eq!(
            (env.required("A"), env.base_url("B")),
            ("https://example.com/".to_owned(), "https://example.com".to_owned())
        );
        assert_eq!(env.optional("NONE"), None);
        assert_eq!(env.check(), Ok(()));
    }

    #[test]
    fn every_public_base_url_works_in_its_one_form_or_is_refused() {
        let fixture = include_str!("../../../tests/fixtures/field/08_09_public_base_url.json");
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
