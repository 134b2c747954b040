//! The settings of an install.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stripe_sync::app::settings::Changed;
use stripe_sync::app::settings::differences;
use stripe_sync::app::settings::differences::{DifferenceCode, chart_of, day, purpose};
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::{Details, Error};
use stripe_sync::model::ledger::Account;
use stripe_sync::model::money::Currency;
use stripe_sync::model::session::Portal;
use stripe_sync::model::settings;
use stripe_sync::model::settings::{Interval, PayIns, Settings};
use stripe_sync::platform::schedule::Schedules;
use utoipa::{IntoParams, ToSchema};

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
    pub(crate) dry_run: bool,
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

/// Something that will be different from the next sync on.
#[derive(Serialize, ToSchema)]
struct Difference {
    code: DifferenceCode,
    /// The account's word, the part of customers' data, or the currency.
    #[schema(required)]
    subject: Option<String>,
    #[schema(required)]
    before: Option<String>,
    #[schema(required)]
    after: Option<String>,
    /// Of an earlier start: how many movements will be posted that are in the opening entry now; absent when that is not known yet.
    #[schema(required)]
    movements: Option<u64>,
    /// A sentence for people.
    text: String,
}

impl SettingsView {
    pub(crate) fn of(portal: &Portal, settings: &Settings, schedules: &Schedules) -> Result<Self, Error> {
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
            interval_minutes: schedules.minutes(settings.interval),
            minimum_minutes: schedules.minutes(Interval::QuarterHourly),
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
    pub(crate) fn settings(self, generation: &str) -> Result<Settings, Error> {
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

impl SettingsChanged {
    pub(crate) fn of(portal: &Portal, changed: Changed, schedules: &Schedules) -> Result<Self, Error> {
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
    Error::refused("invalid_setting", detail).with(Details { field: Some(field), ..Details::default() })
}
