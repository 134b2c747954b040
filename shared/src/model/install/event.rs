//! Lifecycle events and launches, parsed from every generation of the platform's payloads.
//!
//! The newest have no `organization_id`. Older ones do, and their launches also have a `user_id`.
//! The beta sent the idempotency key as a header and had no `api_key_prefix`. There is no event
//! type: the prefix of the idempotency key is the only discriminator.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::model::error::{Error, Result};
use crate::model::install::id::{InstallId, is_id};
use crate::model::install::permission::Permission;
use crate::model::time::Millis;

/// The characters of an API key that may be logged when the platform sends no prefix.
const PREFIX_CHARS: usize = 8;

/// The maximum length of a prefix sent by the platform that is kept and logged: it must never be
/// the whole key.
const MAX_PREFIX_CHARS: usize = 16;

/// The maximum length of a key or a free text in an event.
const MAX_TEXT: usize = 512;

/// The maximum number of scopes in a grant.
const MAX_SCOPES: usize = 64;

/// A time before this (the year 2) means no time: zero times of other platforms are in the year 1.
const FIRST_TIME: Millis = Millis(-62_104_060_800_000);

/// A time in whole seconds may be up to this many milliseconds earlier than the actual time.
const REST_OF_SECOND: i64 = 999;

/// A callback from Blnk Cloud.
#[derive(Debug)]
pub enum Event {
    /// The app was installed, or an install was redelivered.
    Install(InstallEvent),
    /// The app was removed.
    Uninstall(UninstallEvent),
}

/// `install:…`
#[derive(Debug)]
pub struct InstallEvent {
    /// `installed_app_id`.
    pub install: InstallId,
    /// `app_id`.
    pub app_id: String,
    /// `instance_id`.
    pub instance_id: String,
    /// `organization_id`, sent by older platforms.
    pub organization_id: Option<String>,
    /// The scoped key. Delivered once, never printed.
    pub api_key: SecretString,
    /// The part of the key that may be logged.
    pub api_key_prefix: String,
    /// The granted scopes. Unknown ones are dropped.
    pub granted_permissions: Vec<Permission>,
}

/// `uninstall:…`. Only the id is always present.
#[derive(Debug)]
pub struct UninstallEvent {
    /// `installed_app_id`.
    pub install: InstallId,
    /// `app_id`, when sent.
    pub app_id: Option<String>,
    /// `instance_id`, when sent.
    pub instance_id: Option<String>,
    /// `organization_id`, when sent.
    pub organization_id: Option<String>,
    /// When it happened, according to the platform. Absent means now.
    pub uninstalled_at: Option<Millis>,
}

impl UninstallEvent {
    /// The latest time at which it can have happened, for an event received at `now`: never later
    /// than `now`, whatever the event says. A time in whole seconds stands for that whole second.
    #[must_use]
    pub fn happened(&self, now: Millis) -> Millis {
        let Some(sent) = self.uninstalled_at else { return now };
        let rest = if sent.0.rem_euclid(1000) == 0 { REST_OF_SECOND } else { 0 };
        Millis(sent.0.saturating_add(rest)).min(now)
    }
}

/// The body of a launch.
#[derive(Debug)]
pub struct LaunchEvent {
    /// `installed_app_id`.
    pub install: InstallId,
    /// `app_id`.
    pub app_id: String,
    /// `instance_id`.
    pub instance_id: String,
    /// `organization_id`, sent by older platforms.
    pub organization_id: Option<String>,
    /// `user_id`, sent by older platforms: recorded, never relied on.
    pub user_id: Option<String>,
}

impl Event {
    /// Parses the body of a callback. `header` is the `Idempotency-Key` header, which the beta sent
    /// instead of the field.
    ///
    /// # Errors
    /// [`Error::BadRequest`] naming the field.
    pub fn parse(body: &[u8], header: Option<&str>) -> Result<Self> {
        let fields = object(body)?;
        let header = header.filter(|header| !is_blank(header));
        let key = match (optional_text(&fields, "idempotency_key")?, header) {
            (Some(field), Some(header)) if field != header => {
                return Err(Error::field(
                    "idempotency_key",
                    "`idempotency_key` differs from the Idempotency-Key header.",
                ));
            }
            (Some(field), _) => field,
            (None, Some(header)) => header,
            (None, None) => {
                return Err(Error::field("idempotency_key", "`idempotency_key` is missing."));
            }
        };
        let install = install_id(&fields)?;
        match key.split_once(':') {
            Some(("install", id)) if id == install.as_str() => {
                Ok(Self::Install(InstallEvent::read(install, &fields)?))
            }
            Some(("uninstall", id)) if id == install.as_str() => {
                Ok(Self::Uninstall(UninstallEvent::read(install, &fields)?))
            }
            Some(("install" | "uninstall", _)) => Err(Error::field(
                "idempotency_key",
                "`idempotency_key` names another `installed_app_id`.",
            )),
            _ => Err(Error::field(
                "idempotency_key",
                "`idempotency_key` begins with neither `install:` nor `uninstall:`.",
            )),
        }
    }
}

impl InstallEvent {
    fn read(install: InstallId, fields: &Map<String, Value>) -> Result<Self> {
        let api_key = required_text(fields, "api_key")?;
        if !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::field("api_key", "`api_key` is not a key."));
        }
        let api_key_prefix = match optional_text(fields, "api_key_prefix")? {
            Some(prefix) => prefix.chars().take(MAX_PREFIX_CHARS).collect(),
            None => api_key.chars().take(PREFIX_CHARS).collect(),
        };
        Ok(Self {
            install,
            app_id: required_id(fields, "app_id")?,
            instance_id: required_id(fields, "instance_id")?,
            organization_id: optional_id(fields, "organization_id")?,
            api_key: SecretString::from(api_key.to_owned()),
            api_key_prefix,
            granted_permissions: permissions(fields)?,
        })
    }
}

impl UninstallEvent {
    fn read(install: InstallId, fields: &Map<String, Value>) -> Result<Self> {
        let uninstalled_at = match optional_text(fields, "uninstalled_at")? {
            None => None,
            Some(text) => time(text).ok_or_else(|| {
                Error::field("uninstalled_at", "`uninstalled_at` is not an RFC 3339 time.")
            })?,
        };
        Ok(Self {
            install,
            app_id: optional_id(fields, "app_id")?,
            instance_id: optional_id(fields, "instance_id")?,
            organization_id: optional_id(fields, "organization_id")?,
            uninstalled_at,
        })
    }
}

impl LaunchEvent {
    /// Parses the body of a launch.
    ///
    /// # Errors
    /// [`Error::BadRequest`] naming the field.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let fields = object(body)?;
        Ok(Self {
            install: install_id(&fields)?,
            app_id: required_id(&fields, "app_id")?,
            instance_id: required_id(&fields, "instance_id")?,
            organization_id: optional_id(&fields, "organization_id")?,
            user_id: optional_id(&fields, "user_id")?,
        })
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::BadRequest {
            field: None,
            detail: "The body is not a JSON object.".to_owned(),
        }),
    }
}

/// Whether a text is empty or blank.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Parses a time. The inner `None` means that no time was meant: the zero value of a platform's
/// clock is in the year 1, or the Unix epoch itself. The outer `None` means that the text is not a
/// time.
fn time(text: &str) -> Option<Option<Millis>> {
    let text = text.trim();
    if text.starts_with("0001-") || text.starts_with("0000-") {
        // Some platforms write it without a zone.
        return Some(None);
    }
    // The last day of the calendar exceeds the parser's range of instants, and stands for "some
    // day".
    let last =
        || text.strip_suffix('Z')?.parse::<jiff::civil::DateTime>().ok().map(|_| Millis(i64::MAX));
    let at = Millis::parse(text).or_else(last)?;
    Some(Some(at).filter(|at| *at >= FIRST_TIME && *at != Millis(0)))
}

/// A text, unless it is absent: `null` and blank count as absent.
fn optional_text<'a>(
    fields: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if is_blank(text) => Ok(None),
        Some(Value::String(text)) if text.len() > MAX_TEXT => {
            Err(Error::field(name, format!("`{name}` is too long.")))
        }
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::field(name, format!("`{name}` is not a string."))),
    }
}

fn required_text<'a>(fields: &'a Map<String, Value>, name: &'static str) -> Result<&'a str> {
    optional_text(fields, name)?.ok_or_else(|| Error::field(name, format!("`{name}` is missing.")))
}

fn optional_id(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>> {
    match optional_text(fields, name)? {
        Some(text) if !is_id(text) => Err(Error::field(name, format!("`{name}` is not an id."))),
        other => Ok(other.map(str::to_owned)),
    }
}

fn required_id(fields: &Map<String, Value>, name: &'static str) -> Result<String> {
    optional_id(fields, name)?.ok_or_else(|| Error::field(name, format!("`{name}` is missing.")))
}

fn install_id(fields: &Map<String, Value>) -> Result<InstallId> {
    InstallId::parse(required_text(fields, "installed_app_id")?)
        .ok_or_else(|| Error::field("installed_app_id", "`installed_app_id` is not an id."))
}

fn permissions(fields: &Map<String, Value>) -> Result<Vec<Permission>> {
    const NAME: &str = "granted_permissions";
    let listed = match fields.get(NAME) {
        Some(Value::Array(listed)) => listed,
        // Some platforms write an empty list as null.
        Some(Value::Null) => return Ok(Vec::new()),
        _ => return Err(Error::field(NAME, format!("`{NAME}` is not an array."))),
    };
    if listed.len() > MAX_SCOPES {
        return Err(Error::field(NAME, format!("`{NAME}` has too many members.")));
    }
    let mut scopes = Vec::new();
    for scope in listed {
        let name = scope.as_str().ok_or_else(|| {
            Error::field(NAME, format!("`{NAME}` has a member that is not a string."))
        })?;
        scopes.extend(Permission::parse(name));
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

#[cfg(test)]
mod tests;
