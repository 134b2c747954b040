//! TODO engine::worker::claimed

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::engine::context::Context;
use crate::engine::run::checkpoint::RunOutcome;
use crate::engine::run::set_up;
use crate::engine::run::set_up::SetUp;
use crate::engine::services::Services;
use crate::engine::stages::alerts;
use crate::engine::stages::problems::unanswered;
use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::engine::worker;
use crate::engine::worker::outcome::completed;
use crate::engine::worker::settle;
use crate::engine::worker::turn::{context, drive, turn, unreadable};
use crate::engine::worker::waiting::{Naps, given_up, patience};
use crate::model::connection::{Connection, KEY_UNREADABLE};
use crate::model::error::{Error, Result};
use crate::model::install::Meta;
use crate::model::install::permission::Permission;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::run::Run;
use crate::model::shape::Noted;
use crate::platform::blnk::BlnkClient;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::runs::Fence;
use crate::platform::store::runs::close::Ending;
use crate::platform::stripe::StripeClient;
use crate::platform::vault::Purpose;

/// What a worker holds of a run between two turns: the keys it uses are those of `meta` and `connection`.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedRun {
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) meta: Meta,
    pub(crate) connection: Connection,
}
