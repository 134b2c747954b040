//! The settings of an install.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stripe_sync::app::settings::ResultingSettings;
use stripe_sync::app::settings::differences;
use stripe_sync::app::settings::differences::{DifferenceCode, chart_of, day, purpose};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::{Details, Error};
use stripe_sync::model::ledger::Account;
use stripe_sync::model::money::Currency;
use stripe_sync::model::notice::NoticeSettings;
use stripe_sync::model::session::Portal;
use stripe_sync::model::settings;
use stripe_sync::model::settings::{Interval, PayIns, Settings};
use stripe_sync::platform::schedule::Schedules;
use utoipa::{IntoParams, ToSchema};

/// The personal data of a Stripe customer that is copied to the identity.
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
    /// The account's identifier.
    account: &'static str,
    /// A short description.
    purpose: &'static str,
    /// The current name.
    name: String,
    /// The default name.
    default_name: String,
}

/// The settings of the install, and the available choices.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// The revision to send with a change. The change is refused if the settings have changed
    /// since.
    revision: u64,
    interval: Interval,
    /// Minutes between two scheduled syncs at this interval.
    interval_minutes: u32,
    /// The shortest interval of this deployment in minutes.
    minimum_minutes: u32,
    pay_ins: PayIns,
    accounts: Vec<NamedAccount>,
    /// The chosen names, by the account's identifier.
    account_names: BTreeMap<String, String>,
    /// The UTC date from which movements are posted.
    #[schema(required)]
    start_date: Option<String>,
    /// The UTC date from which movements are posted, once a sync has fixed it. Absent before that,
    /// and for the whole history.
    #[schema(required)]
    posted_from: Option<String>,
    match_by_email: bool,
    personal_data: PersonalData,
    /// Amounts above these need approval: whole units (`12500.00`), by currency.
    ceilings: BTreeMap<String, String>,
    /// Whether a sync has begun. Posted entries keep their account and date.
    posted: bool,
}

/// The complete new settings.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    /// The revision that the change is based on.
    revision: u64,
    interval: Interval,
    pay_ins: PayIns,
    /// Names of offset accounts that replace the defaults, by the account's identifier.
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
    /// Whether to validate only: the response is that of a change, and nothing is stored.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// The settings as stored, or as they would be stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsChanged {
    /// Whether the settings were stored.
    saved: bool,
    settings: SettingsView,
    /// What differs from the next sync on. Empty before the first sync. Posted entries do not
    /// change.
    differences: Vec<Difference>,
    /// Whether the schedule was updated. Otherwise it is updated within the hour.
    schedule_applied: bool,
}

/// A difference that takes effect with the next sync.
#[derive(Serialize, ToSchema)]
struct Difference {
    code: DifferenceCode,
    /// The account's identifier, the part of customers' data, or the currency.
    #[schema(required)]
    subject: Option<String>,
    #[schema(required)]
    before: Option<String>,
    #[schema(required)]
    after: Option<String>,
    /// For an earlier start: the number of movements that will be posted and are now part of the
    /// opening entry. Absent while unknown.
    #[schema(required)]
    movements: Option<u64>,
    /// A sentence for people.
    text: String,
}

impl SettingsView {
    pub(crate) fn of(
        portal: &Portal,
        settings: &Settings,
        schedules: &Schedules,
    ) -> Result<Self, Error> {
        let chart = chart_of(portal)?;
        let accounts = Account::ALL.map(|account| NamedAccount {
            account: account.key(),
            purpose: purpose(account),
            name: settings.account_name(&chart, account),
            default_name: chart.account(account),
        });
        let copied = settings.personal_data;
        Ok(Self {
            revision: settings.revision,
            interval: settings.interval,
            interval_minutes: schedules.minutes(settings.interval),
            minimum_minutes: schedules.minutes(Interval::QuarterHourly),
            pay_ins: settings.pay_ins,
            accounts: accounts.into(),
            account_names: settings.account_names.clone(),
            start_date: settings.start_date.clone(),
            posted_from: portal.connection.as_ref().and_then(Connection::posted_from).and_then(day),
            match_by_email: settings.match_by_email,
            personal_data: PersonalData {
                name: copied.name,
                email: copied.email,
                phone: copied.phone,
                address: copied.address,
            },
            ceilings: settings
                .ceilings
                .iter()
                .map(|(currency, minor)| {
                    (currency.to_string(), currency.format(i128::from(*minor)))
                })
                .collect(),
            posted: portal.connection.as_ref().is_some_and(Connection::may_start_by_itself),
        })
    }
}

impl SettingsChange {
    /// The settings that a change of `present` makes. Account rules are changed one by one.
    pub(crate) fn settings(self, present: &Settings) -> Result<Settings, Error> {
        let mut ceilings = BTreeMap::new();
        for (code, units) in self.ceilings {
            let currency: Currency = code
                .parse()
                .map_err(|_| refused("ceilings", "A ceiling needs a currency code such as EUR."))?;
            let decimals = currency.exponent();
            let minor = currency.minor_of(&units).ok_or_else(|| {
                refused(
                    "ceilings",
                    format!(
                        "The ceiling for {currency} must be a positive amount \
                            with at most {decimals} decimals."
                    ),
                )
            })?;
            if ceilings.insert(currency, minor).is_some() {
                return Err(refused("ceilings", format!("There are two ceilings for {currency}.")));
            }
        }
        let copied = self.personal_data;
        Ok(Settings {
            generation: present.generation.clone(),
            account_rules: present.account_rules.clone(),
            revision: self.revision.saturating_add(1),
            interval: self.interval,
            pay_ins: self.pay_ins,
            account_names: self.account_names,
            start_date: self.start_date,
            match_by_email: self.match_by_email,
            personal_data: settings::PersonalData {
                name: copied.name,
                email: copied.email,
                phone: copied.phone,
                address: copied.address,
            },
            ceilings,
            // They are changed by a separate route; this one keeps them.
            notices: NoticeSettings::default(),
        })
    }
}

impl SettingsChanged {
    pub(crate) fn of(
        portal: &Portal,
        changed: ResultingSettings,
        schedules: &Schedules,
    ) -> Result<Self, Error> {
        Ok(Self {
            saved: changed.saved,
            settings: SettingsView::of(portal, &changed.settings, schedules)?,
            differences: changed.differences.into_iter().map(Difference::of).collect(),
            schedule_applied: changed.schedule_applied,
        })
    }
}

impl Difference {
    fn of(difference: differences::Difference) -> Self {
        let differences::Difference { code, subject, before, after, movements, text } = difference;
        Self { code, subject, before, after, movements, text }
    }
}

fn refused(field: &'static str, detail: impl Into<String>) -> Error {
    Error::refused("invalid_setting", detail)
        .with(Details { field: Some(field), ..Details::default() })
}
