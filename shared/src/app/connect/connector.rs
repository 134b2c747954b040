//! What every part of connecting shares: the clients, the ids of one change, the permission check,
//! and the refusals that a person can act on.

use std::time::Duration;

use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::error::{Details, Error, Result};
use crate::model::install::permission::Permission;
use crate::model::ledger::{Chart, Mode};
use crate::model::retention::Retention;
use crate::model::session::Portal;
use crate::model::stripe::key::KeyRefused;
use crate::model::time::Millis;
use crate::platform::blnk::{BlnkError, RefusalCode};
use crate::platform::queue::sender::Queue;
use crate::platform::table::Store;
use crate::platform::vault::Vault;

/// Time budget for all outside calls of a connect together; below the function's timeout.
pub(crate) const BUDGET: Duration = Duration::from_millis(6500);

/// Attempts of a disconnect when a clean-up begins or ends in the meantime.
pub(crate) const MAX_TRIES: u32 = 3;

/// Dependencies of the connect use cases.
#[derive(Debug, Clone)]
pub struct Connector {
    /// The table.
    pub store: Store,
    /// The vault.
    pub vault: Vault,
    /// The wake-up queue.
    pub queue: Queue,
    /// The shared HTTP client.
    pub http: reqwest::Client,
    /// Base URL of Blnk Cloud's API.
    pub blnk_base: String,
    /// Base URL of Stripe's API.
    pub stripe_base: String,
    /// This deployment's public base URL. Stripe delivers events to paths below it.
    pub public_base_url: String,
    /// How long the audit trail is kept.
    pub retention: Retention,
}

/// The time of a request and the ids it may use.
#[derive(Debug, Clone, Copy)]
pub struct RequestIds {
    /// Now.
    pub now: Millis,
    /// The id of the connection, if one is created.
    pub connection: Ulid,
    /// The id of the audit entry.
    pub audit: Ulid,
    /// The id of a change of the webhook, and of the audit entry for it.
    pub webhook: Ulid,
}

/// A connection that was created, or whose key was replaced.
#[derive(Debug)]
pub struct ConnectResult {
    /// The connection's current state.
    pub connection: Connection,
    /// Whether the key of an existing connection was replaced.
    pub replaced: bool,
}

pub(crate) fn changed_meanwhile() -> Error {
    Error::conflict("changed_meanwhile", "The connection was changed by someone else. Reload it.")
}

/// The error for an install without a connection.
#[must_use]
pub fn not_connected() -> Error {
    Error::conflict("not_connected", "No Stripe account is connected.")
}

/// Checks that a permission is granted before the action that needs it.
///
/// # Errors
/// [`Error::Forbidden`] naming the permission.
pub fn require(portal: &Portal, permission: Permission) -> Result<()> {
    if portal.meta.grants(permission) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "permission_missing",
            format!(
                "This needs the permission {}, which was not granted. Install the app again to \
                 grant it.",
                permission.as_str()
            ),
        ))
    }
}

/// The chart for a prefix that a person chose. Its names must not collide with the default names of
/// another mirror.
pub(crate) fn chosen_chart(prefix: &str, mode: Mode) -> Result<Chart> {
    let refused = |code, detail: String| {
        Error::refused(code, detail).with(Details { field: Some("prefix"), ..Details::default() })
    };
    let chart = Chart::new(prefix)
        .map_err(|error| refused("invalid_prefix", format!("Not usable: {error}.")))?;
    let usual = [Mode::Live, Mode::Test].map(|mode| (mode, Chart::for_mode(mode)));
    let overlapping =
        usual.iter().find(|(of, usual)| usual.meets(&chart) && !(*of == mode && *usual == chart));
    match overlapping {
        Some((_, usual)) => Err(refused(
            "prefix_overlaps",
            format!(
                "Account names under {prefix} are also those of the mirror {}. Choose another \
                 prefix, for example @stripe_eu.",
                usual.prefix()
            ),
        )),
        None => Ok(chart),
    }
}

pub(crate) fn other_prefix(prefix: &str) -> Error {
    Error::conflict(
        "other_prefix",
        format!(
            "This Stripe account is already mirrored in this ledger under {prefix}, and a \
                mirror keeps its names. Leave the prefix empty to use it."
        ),
    )
    .with(Details { prefix: Some(prefix.to_owned()), ..Details::default() })
}

pub(crate) fn refused_key(refused: KeyRefused) -> Error {
    match refused {
        KeyRefused::Publishable => Error::refused(
            "publishable_key",
            "This is a publishable key. Paste a restricted key, which begins with rk_.",
        ),
        KeyRefused::Malformed => Error::refused("malformed_key", format!("{refused}.")),
    }
}

pub(crate) fn blnk_refused(error: BlnkError) -> Error {
    match error.code() {
        Some(RefusalCode::Unauthorized) => Error::conflict(
            "blnk_key_refused",
            "Blnk Cloud no longer accepts this install's key. Install the app again.",
        ),
        Some(RefusalCode::Forbidden) => Error::forbidden(
            "permission_missing",
            "Blnk Cloud refuses reads of the ledger: data:read is missing.",
        ),
        _ => Error::unavailable("Blnk Cloud", error),
    }
}
