//! What a change of the settings will change. Posted entries never change.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::ledger::{Account, Chart, Mode, WHOLE_HISTORY, utc_date};
use crate::model::session::Portal;
use crate::model::settings::{Interval, PayIns, PersonalData, Settings};
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;

/// The kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceCode {
    /// How often a scheduled sync starts; before and after are intervals.
    Schedule,
    /// New entries of an account (the subject) go to another name.
    Account,
    /// Where new payments go; before and after are the choices.
    PayIns,
    /// Movements before the current start are posted; before and after are dates, none for the
    /// whole history.
    StartDate,
    /// Which part of customers' data (the subject) is copied; before and after are `true` or
    /// `false`.
    PersonalData,
    /// Whether new customers are matched by e-mail address; before and after are `true` or `false`.
    MatchByEmail,
    /// The amount in a currency (the subject) above which approval is needed; none for no ceiling.
    Ceiling,
}

/// A difference that takes effect with the next sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The kind of difference.
    pub code: DifferenceCode,
    /// The account's identifier, the part of customers' data, or the currency.
    pub subject: Option<String>,
    /// The current value.
    pub before: Option<String>,
    /// The new value.
    pub after: Option<String>,
    /// For an earlier start: the number of movements that will be posted and are now part of the
    /// opening entry. Absent while unknown.
    pub movements: Option<u64>,
    /// A sentence for people.
    pub text: String,
}

impl Difference {
    fn new(
        code: DifferenceCode,
        before: impl Into<String>,
        after: impl Into<String>,
        text: String,
    ) -> Self {
        Self {
            code,
            subject: None,
            before: Some(before.into()),
            after: Some(after.into()),
            movements: None,
            text,
        }
    }

    fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }
}

/// A start as a date for people. `None` for the whole history.
#[must_use]
pub fn day(start: i64) -> Option<String> {
    utc_date(start).ok().filter(|_| start != WHOLE_HISTORY)
}

/// The chart for showing names: before an account is connected, that of live mode.
///
/// # Errors [`Error::Internal`] when the stored prefix is invalid.
pub fn chart_of(portal: &Portal) -> Result<Chart> {
    match &portal.connection {
        Some(connection) => Chart::new(connection.mirror.clone()).map_err(Error::internal),
        None => Ok(Chart::for_mode(Mode::Live)),
    }
}

/// The purpose of an account of the chart, in a few words.
#[must_use]
pub const fn purpose(account: Account) -> &'static str {
    match account {
        Account::Guests => "Payments without a customer",
        Account::Customers => "All payments, when they share one account",
        Account::Payouts => "Payouts on their way",
        Account::Disputes => "Disputed payments",
        Account::Fees => "Stripe’s fees",
        Account::Tax => "Taxes on fees",
        Account::Connect => "Connected accounts",
        Account::Platform => "Platform fees",
        Account::ConnectReserved => "Reserve for connected accounts",
        Account::Reserves => "Held against risk",
        Account::PayoutMinimum => "Minimum kept from payouts",
        Account::Advances => "Advances and loans",
        Account::IssuingSpend => "Card spending",
        Account::Climate => "Climate contributions",
        Account::Unclaimed => "Unclaimed money",
        Account::Suspense => "For a person to sort",
        Account::Opening => "Opening balance",
    }
}

/// The differences between new and current settings. Empty before the first sync. Reads only.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn differences(
    store: &Store,
    schedules: &Schedules,
    portal: &Portal,
    next: &Settings,
) -> Result<Vec<Difference>> {
    let Some(connection) =
        portal.connection.as_ref().filter(|connection| connection.may_start_by_itself())
    else {
        return Ok(Vec::new());
    };
    let before = &portal.settings;
    let chart = chart_of(portal)?;
    let mut all: Vec<Difference> =
        scheduled(before, next, schedules.minutes(next.interval)).into_iter().collect();
    all.extend(renamed(&chart, before, next));
    all.extend(rerouted(&chart, before, next));
    if let Some((from, to)) = moved(connection, before, next) {
        let count = store.openings().movements_before_the_start(
            &portal.install,
            connection.connection,
            from,
            &to,
        );
        // Until its opening is posted, the days before a start may not all be known.
        let movements = if connection.start.as_ref().is_some_and(|start| start.opened) {
            count.await?
        } else {
            None
        };
        all.push(earlier(from, &to, movements));
    }
    all.extend(copied(before.personal_data, next.personal_data));
    all.extend(matched(before, next));
    all.extend(capped(before, next));
    Ok(all)
}

fn scheduled(before: &Settings, next: &Settings, minutes: u32) -> Option<Difference> {
    let word = |interval| match interval {
        Interval::QuarterHourly => "quarter_hourly",
        Interval::Hourly => "hourly",
        Interval::Daily => "daily",
        Interval::Off => "off",
    };
    let text = match next.interval {
        Interval::Off => {
            "Syncs no longer start by schedule. What is missing is still posted and proven once a \
             day."
                .to_owned()
        }
        Interval::QuarterHourly => format!("Syncs start by themselves every {minutes} minutes."),
        Interval::Hourly => "Syncs start by themselves every hour.".to_owned(),
        Interval::Daily => "Syncs start by themselves every day.".to_owned(),
    };
    let changed = before.interval != next.interval;
    changed.then(|| {
        Difference::new(DifferenceCode::Schedule, word(before.interval), word(next.interval), text)
    })
}

fn renamed(chart: &Chart, before: &Settings, next: &Settings) -> Vec<Difference> {
    let changed = Account::ALL.into_iter().filter_map(|account| {
        let (old, new) = (before.account_name(chart, account), next.account_name(chart, account));
        let text =
            format!("{}: new entries go to {new}. {old} keeps what it holds.", purpose(account));
        (old != new)
            .then(|| Difference::new(DifferenceCode::Account, old, new, text).about(account.key()))
    });
    changed.collect()
}

fn rerouted(chart: &Chart, before: &Settings, next: &Settings) -> Option<Difference> {
    let word = |pay_ins| match pay_ins {
        PayIns::Customers => "customers",
        PayIns::OneAccount => "one_account",
    };
    let text = match next.pay_ins {
        PayIns::Customers => {
            "New payments go to the balance of the customer who paid. Earlier ones, and their \
             refunds, stay where they were posted."
                .to_owned()
        }
        PayIns::OneAccount => format!(
            "New payments go to {}. Earlier ones, and their refunds, stay on the customers’ \
             balances.",
            next.account_name(chart, Account::Customers)
        ),
    };
    (before.pay_ins != next.pay_ins).then(|| {
        Difference::new(DifferenceCode::PayIns, word(before.pay_ins), word(next.pay_ins), text)
    })
}

/// The new and the current date from which movements are posted, if the next sync moves the start.
/// No date means the beginning.
fn moved<'s>(
    connection: &Connection,
    before: &Settings,
    next: &'s Settings,
) -> Option<(Option<&'s str>, String)> {
    let chosen = next.start_date.as_deref();
    let posted_from = connection.posted_from()?;
    let wanted = chosen.and_then(Settings::start_of).unwrap_or(WHOLE_HISTORY);
    // The current start may have been chosen with the same date: an earlier installation's start
    // takes precedence.
    let in_force = connection.start.as_ref().is_some_and(|start| start.chosen == next.start_date);
    (!in_force && before.start_date != next.start_date && wanted < posted_from)
        .then_some((chosen, day(posted_from)?))
}

fn earlier(from: Option<&str>, to: &str, movements: Option<u64>) -> Difference {
    let which = match movements {
        Some(1) => "1 movement".to_owned(),
        Some(movements) => format!("{movements} movements"),
        None => "Movements (how many, the sync will show)".to_owned(),
    };
    let since = from.map_or_else(|| "from the beginning".to_owned(), |from| format!("from {from}"));
    let text = format!(
        "{which} {since} to before {to} will be posted too, each with its entries, and the opening \
            entry is corrected by the same amount. The \
         start cannot be moved to a later date again."
    );
    Difference {
        code: DifferenceCode::StartDate,
        subject: None,
        before: Some(to.to_owned()),
        after: from.map(str::to_owned),
        movements,
        text,
    }
}

fn copied(before: PersonalData, next: PersonalData) -> Vec<Difference> {
    let parts = [
        ("name", "names", before.name, next.name),
        ("email", "e-mail addresses", before.email, next.email),
        ("phone", "telephone numbers", before.phone, next.phone),
        ("address", "postal addresses", before.address, next.address),
    ];
    let changed = parts.into_iter().filter(|(.., before, next)| before != next).map(
        |(part, words, before, next)| {
            let text = if next {
                format!("Customers’ {words} are copied on the next event of the customer.")
            } else {
                format!(
                    "Customers’ {words} are no longer copied. Identities keep what they hold until \
                     you remove it in Blnk."
                )
            };
            Difference::new(
                DifferenceCode::PersonalData,
                before.to_string(),
                next.to_string(),
                text,
            )
            .about(part)
        },
    );
    changed.collect()
}

fn matched(before: &Settings, next: &Settings) -> Option<Difference> {
    let text = if next.match_by_email {
        "New customers may be attached to an identity with the same e-mail address. Customers \
         known already keep theirs."
    } else {
        "New customers get an identity of their own. Those that were matched stay so."
    };
    let changed = before.match_by_email != next.match_by_email;
    changed.then(|| {
        Difference::new(
            DifferenceCode::MatchByEmail,
            before.match_by_email.to_string(),
            next.match_by_email.to_string(),
            text.to_owned(),
        )
    })
}

fn capped(before: &Settings, next: &Settings) -> Vec<Difference> {
    let currencies: std::collections::BTreeSet<_> =
        before.ceilings.keys().chain(next.ceilings.keys()).collect();
    let changed = currencies.into_iter().filter_map(|currency| {
        let shown = |settings: &Settings| {
            Some(currency.format(i128::from(*settings.ceilings.get(currency)?)))
        };
        let (old, new) = (shown(before), shown(next));
        let text = match &new {
            Some(new) => format!(
                "A movement or an opening above {new} {currency} pauses the sync \
                    and asks you first."
            ),
            None => format!("Amounts in {currency} are posted without asking, however large."),
        };
        (old != new).then(|| Difference {
            code: DifferenceCode::Ceiling,
            subject: Some(currency.to_string()),
            before: old,
            after: new,
            movements: None,
            text,
        })
    });
    changed.collect()
}
