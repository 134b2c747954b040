//! The settings of an install: read, and replaced whole.

mod differences;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use stripe_sync::app::connect::connector::require;
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::{Details, Error};
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::ledger::{Account, Chart, Mode, WHOLE_HISTORY, utc_date};
use stripe_sync::model::money::Currency;
use stripe_sync::model::session::Portal;
use stripe_sync::model::settings;
use stripe_sync::model::settings::{Interval, PayIns, Settings};
use stripe_sync::platform::clock;
use stripe_sync::platform::store::settings::changed_meanwhile;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::{IntoParams, ToSchema};

use crate::api::{Asked, Authenticated, json_body};
use crate::handler::State;
use differences::{Difference, differences, purpose};

/// Which personal data of a Stripe customer is copied to the identity.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonalData {
    name: bool,
    email: bool,
    phone: bool,
    address: bool,
}

/// An account of the chart and its name in the ledger.
#[derive(Serialize, ToSchema)]
struct NamedAccount {
    /// The account's word.
    account: &'static str,
    /// What it is for, in a few words.
    purpose: &'static str,
    /// The name in force.
    name: String,
    /// The name it has when none is chosen.
    default_name: String,
}

/// What was chosen for the install, and what can be chosen.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// To be sent back with a change: it is refused when somebody else was faster.
    revision: u64,
    interval: Interval,
    /// Minutes between two syncs that start by themselves, at this interval.
    interval_minutes: u32,
    /// The fewest minutes that this deployment allows.
    minimum_minutes: u32,
    pay_ins: PayIns,
    accounts: Vec<NamedAccount>,
    /// The names that were chosen, by the word of the account.
    account_names: BTreeMap<String, String>,
    /// The UTC date from which movements are posted.
    #[schema(required)]
    start_date: Option<String>,
    /// The UTC date from which movements are posted, since a sync has fixed it; nothing before that, and for the whole history.
    #[schema(required)]
    posted_from: Option<String>,
    match_by_email: bool,
    personal_data: PersonalData,
    /// Amounts above these are posted only after a person agreed: whole units (`12500.00`), by currency.
    ceilings: BTreeMap<String, String>,
    /// Whether a sync was ever begun: what is posted already keeps its account and its date.
    posted: bool,
}

/// New settings, all of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    /// The revision that the change was made on.
    revision: u64,
    interval: Interval,
    pay_ins: PayIns,
    /// Names of counter accounts in the place of the defaults, by the word of the account.
    account_names: BTreeMap<String, String>,
    /// The UTC date (`yyyy-mm-dd`) from which movements are posted; nothing for the whole history.
    #[schema(required)]
    start_date: Option<String>,
    match_by_email: bool,
    personal_data: PersonalData,
    /// Whole units, with a decimal point where the currency has decimals, by currency.
    ceilings: BTreeMap<String, String>,
}

/// How a change is made.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Whether the change is only looked at: it is refused as it would be, or answered with what will differ, and nothing is stored.
    #[serde(default)]
    dry_run: bool,
}

/// The settings as they were stored, or would be.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsChanged {
    /// Whether they are stored.
    saved: bool,
    settings: SettingsView,
    /// What differs from the next sync on; nothing as long as none was begun. What is posted already is not touched.
    differences: Vec<Difference>,
    /// Whether the schedule follows them already. If not it does within the hour.
    schedule_applied: bool,
}

/// A start as people read it; nothing for the whole history.
pub(crate) fn day(start: i64) -> Option<String> {
    utc_date(start).ok().filter(|_| start != WHOLE_HISTORY)
}

/// The chart under which names are shown: before an account is connected, that of live mode.
fn chart_of(portal: &Portal) -> Result<Chart, Error> {
    match &portal.connection {
        Some(connection) => Chart::new(connection.mirror.clone()).map_err(Error::internal),
        None => Ok(Chart::for_mode(Mode::Live)),
    }
}

impl SettingsView {
    fn of(portal: &Portal, settings: &Settings, state: &State) -> Result<Self, Error> {
        let chart = chart_of(portal)?;
        let accounts = Account::ALL.map(|account| NamedAccount {
            account: account.word(),
            purpose: purpose(account),
            name: settings.account_name(&chart, account),
            default_name: chart.account(account),
        });
        let copied = settings.personal_data;
        Ok(Self {
            revision: settings.revision,
            interval: settings.interval,
            interval_minutes: state.schedules.minutes(settings.interval),
            minimum_minutes: state.schedules.minutes(Interval::QuarterHourly),
            pay_ins: settings.pay_ins,
            accounts: accounts.into(),
            account_names: settings.account_names.clone(),
            start_date: settings.start_date.clone(),
            posted_from: portal.connection.as_ref().and_then(Connection::posted_from).and_then(day),
            match_by_email: settings.match_by_email,
            personal_data: PersonalData { name: copied.name, email: copied.email, phone: copied.phone, address: copied.address },
            ceilings: settings
                .ceilings
                .iter()
                .map(|(currency, minor)| (currency.to_string(), currency.format(i128::from(*minor))))
                .collect(),
            posted: portal.connection.as_ref().is_some_and(Connection::may_start_by_itself),
        })
    }
}

impl SettingsChange {
    fn settings(self, generation: &str) -> Result<Settings, Error> {
        let mut ceilings = BTreeMap::new();
        for (code, units) in self.ceilings {
            let currency: Currency = code.parse().map_err(|_| refused("ceilings", "A ceiling needs a currency code such as EUR."))?;
            let decimals = currency.exponent();
            let minor = currency.minor_of(&units).ok_or_else(|| {
                refused("ceilings", format!("The ceiling for {currency} must be a positive amount with at most {decimals} decimals."))
            })?;
            if ceilings.insert(currency, minor).is_some() {
                return Err(refused("ceilings", format!("There are two ceilings for {currency}.")));
            }
        }
        let copied = self.personal_data;
        Ok(Settings {
            generation: generation.to_owned(),
            revision: self.revision.saturating_add(1),
            interval: self.interval,
            pay_ins: self.pay_ins,
            account_names: self.account_names,
            start_date: self.start_date,
            match_by_email: self.match_by_email,
            personal_data: settings::PersonalData { name: copied.name, email: copied.email, phone: copied.phone, address: copied.address },
            ceilings,
        })
    }
}

fn refused(field: &'static str, detail: impl Into<String>) -> Error {
    Error::refused("invalid_setting", detail).with(Details { field: Some(field), ..Details::default() })
}

/// What was chosen for this install.
#[utoipa::path(get, path = "/portal/api/settings", responses((status = 200, body = SettingsView), (status = 401, body = ProblemDetails)))]
pub(crate) async fn settings(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<SettingsView>> {
    Ok(Json(SettingsView::of(&portal, &portal.settings, &state)?))
}

/// Replaces the settings, and says what will differ. They hold from the next sync on; what is posted stays as it is.
#[utoipa::path(put, path = "/portal/api/settings", params(ChangeQuery), request_body = SettingsChange, responses(
    (status = 200, body = SettingsChanged), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn change_settings(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Asked(query): Asked<ChangeQuery>,
    body: axum::body::Body,
) -> ApiResult<Json<SettingsChanged>> {
    require(&portal, Permission::DataRead)?;
    let change: SettingsChange = json_body(body).await?;
    let settings = change.settings(&portal.generation)?;
    let now = clock::now();
    settings.check(&portal.settings, portal.connection.as_ref(), now)?;
    if settings.revision != portal.settings.revision.saturating_add(1) {
        return Err(changed_meanwhile().into());
    }
    let differences = differences(&state, &portal, &settings).await?;
    if query.dry_run {
        let settings = SettingsView::of(&portal, &settings, &state)?;
        return Ok(Json(SettingsChanged { saved: false, settings, differences, schedule_applied: false }));
    }
    let trail = Activity {
        kind: Kind::SettingsChanged,
        at: now,
        launch_id: Some(portal.launch.to_string()),
        subject: Some(settings.revision.to_string()),
        ttl: now.seconds() + state.limits.retention_days * 86_400,
    };
    state.connector.store.settings().put(&portal.install, &settings, &trail, clock::new_ulid()).await?;
    let schedule_applied = portal.connection.is_none() || state.settle_schedule(&portal).await;
    tracing::info!(install = %portal.install, revision = settings.revision, interval = ?settings.interval, "settings changed");
    Ok(Json(SettingsChanged { saved: true, settings: SettingsView::of(&portal, &settings, &state)?, differences, schedule_applied }))
}
