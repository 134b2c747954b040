//! The connected Stripe account.

use serde::{Deserialize, Serialize};
use stripe_sync::model::connection::{self, Connection};
use stripe_sync::model::install::Meta;
use stripe_sync::model::ledger::Mode;
use stripe_sync::model::stripe::key::KeyKind;
use utoipa::ToSchema;

/// The reason shown for a pause whose cause is gone, until a wake-up resumes the run.
const KEY_REPLACED: &str = "Blnk Cloud issued a new key. Syncing resumes with the next Stripe \
    event or scheduled sync; “Sync now” resumes it immediately.";

/// Why a connection's runs are paused until a person acts.
#[derive(Serialize, ToSchema)]
struct Pause {
    /// A stable code for programs.
    code: String,
    /// The reason, for people.
    reason: String,
    /// Whether its cause is gone: the next sync ends the pause, without a person.
    cause_gone: bool,
}

/// The connected Stripe account.
#[derive(Serialize, ToSchema)]
pub(crate) struct StripeConnection {
    account_id: String,
    #[schema(required)]
    display_name: Option<String>,
    mode: Mode,
    key_kind: KeyKind,
    key_prefix: String,
    key_last4: String,
    connected_at: String,
    /// The payments mirror's indicator in the ledger.
    mirror: String,
    #[schema(required)]
    paused: Option<Pause>,
    warnings: Vec<Warning>,
    /// Whether a person has started the first sync that may write. Until then no schedule and no
    /// event starts one.
    confirmed: bool,
    /// The open run.
    #[schema(required)]
    current_run: Option<String>,
}

/// A warning about a connection.
#[derive(Serialize, ToSchema)]
struct Warning {
    code: String,
    text: String,
}

/// A Stripe key to connect.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConnectRequest {
    /// A restricted key with read permissions.
    pub(crate) key: String,
    /// The prefix of the ledger account names of this Stripe account, such as `@stripe_eu`. Needed
    /// for a second Stripe account in the same ledger.
    pub(crate) prefix: Option<String>,
}

/// A connected account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Connected {
    pub(crate) stripe: StripeConnection,
    /// Whether the call replaced the key of an account that was already connected.
    pub(crate) replaced: bool,
}

impl Pause {
    fn of(pause: &connection::Pause, meta: &Meta) -> Self {
        let cause_gone = pause.is_over(meta);
        let reason = if cause_gone { KEY_REPLACED } else { &pause.reason };
        Self { code: pause.code.clone(), reason: reason.to_owned(), cause_gone }
    }
}

impl StripeConnection {
    pub(crate) fn of(connection: &Connection, meta: &Meta) -> Self {
        let mut warnings = Vec::new();
        if connection.key_kind == KeyKind::Secret {
            warnings.push(Warning {
                code: "secret_key".to_owned(),
                text: "This is a full secret key: it can do far more than this app needs. Replace \
                    it with a restricted key that can only read."
                    .to_owned(),
            });
        }
        if connection.endpoint_seen.is_some_and(|seen| seen.is_off()) {
            warnings.push(Warning {
                code: "endpoint_off".to_owned(),
                text: "Stripe no longer delivers events to this app: movements arrive only with \
                    scheduled syncs. Set up “Real time” again."
                    .to_owned(),
            });
        }
        Self {
            account_id: connection.account_id.clone(),
            display_name: connection.display_name.clone(),
            mode: connection.mode,
            key_kind: connection.key_kind,
            key_prefix: connection.key_prefix.clone(),
            key_last4: connection.key_last4.clone(),
            connected_at: connection.connected_at.rfc3339(),
            mirror: connection.mirror.clone(),
            paused: connection.paused.as_ref().map(|pause| Pause::of(pause, meta)),
            warnings,
            confirmed: connection.may_start_by_itself(),
            current_run: connection.current_run.map(|id| id.to_string()),
        }
    }
}
