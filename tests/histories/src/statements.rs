//! The app's statements beside Stripe's own reports of the same days, row by row.
//!
//! Stripe counts a payout at its effective date and reserved funds in the balance; the app counts
//! both when a record moves the balance. The report's own reconciling rows stand between them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stripe_sync::model::ledger::BalanceKind;
use stripe_sync::model::reconciling::InTransit;
use stripe_sync::model::statement::{Row, Statement};

/// Count, gross, fee, net.
pub type Figures = [i128; 4];

/// What a statement and a report say of one balance in one currency.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    starting_balance: i128,
    activity: BTreeMap<String, Figures>,
    payouts: Figures,
    ending_balance: i128,
    reserved: i128,
}

/// What differs between the app's statements and Stripe's reports. What was reserved before a start
/// is a part of the opening, so `whole` says whether the app counts all records.
#[must_use]
pub fn differences(statements: &[Statement], reports: &[Value], whole: bool) -> Vec<String> {
    let without_reserves = |(subject, rows): ((String, String), Rows)| {
        let reserved = if whole { rows.reserved } else { 0 };
        (subject, Rows { reserved, ..rows })
    };
    let ours: BTreeMap<(String, String), Rows> =
        statements.iter().map(of_statement).map(without_reserves).collect();
    let stripes: BTreeMap<(String, String), Rows> =
        reports.iter().map(of_report).map(without_reserves).collect();
    let none = Rows::default();
    let all: BTreeSet<_> = ours.keys().chain(stripes.keys()).collect();
    let compared = all.into_iter().filter_map(|subject| {
        let [ours, stripes] = [&ours, &stripes].map(|side| side.get(subject).unwrap_or(&none));
        (ours != stripes).then(|| format!("{subject:?}: statement {ours:?}, report {stripes:?}"))
    });
    compared.collect()
}

fn of_statement(statement: &Statement) -> ((String, String), Rows) {
    let figures = |row: &Row| [i128::from(row.count), row.gross, row.fee, row.net];
    let rows = Rows {
        starting_balance: statement.starting_balance,
        activity: statement
            .activity
            .iter()
            .map(|(name, row)| (name.clone(), figures(row)))
            .collect(),
        payouts: figures(&statement.payouts),
        ending_balance: statement.ending_balance,
        reserved: statement.reserved,
    };
    ((statement.kind.to_string(), statement.currency.to_string()), rows)
}

/// The report with its reconciling rows taken back: by the time of each record, reserves as
/// activity.
fn of_report(report: &Value) -> ((String, String), Rows) {
    let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    let at = |place: &str| figures(report.pointer(place).unwrap_or(&Value::Null));
    let [reserved_before, reserved] = ["/reserved/start", "/reserved/end"].map(at);
    let [transit_before, transit] =
        ["/payouts_in_transit/start", "/payouts_in_transit/end"].map(at);
    let mut payouts = at("/payouts");
    for (sum, (before, after)) in payouts.iter_mut().zip(transit_before.into_iter().zip(transit)) {
        *sum += after - before;
    }
    let categories = ["activity", "reserves"].into_iter().flat_map(|name| report[name].as_object());
    let rows = Rows {
        starting_balance: number(&report["starting_balance"])
            + reserved_before[3]
            + transit_before[3],
        activity: categories.flatten().map(|(name, row)| (name.clone(), figures(row))).collect(),
        payouts,
        ending_balance: number(&report["ending_balance"]) + reserved[3] + transit[3],
        reserved: -reserved[3],
    };
    ((text("balance"), text("currency")), rows)
}

/// What differs between the rows of Stripe's *Balance summary* that the app shows and the report.
/// Currencies with a payout in transit out of another balance are left out: Stripe's payouts do not
/// say which balance they left, and the app takes them from the payments balance.
///
/// # Errors
/// A sum that is too large.
pub fn summary_differences(
    statements: &[Statement],
    in_transit: &BTreeMap<String, InTransit>,
    reports: &[Value],
) -> Result<Vec<String>, String> {
    let mut ours = BTreeMap::new();
    for statement in statements {
        let of_payments = statement.kind == BalanceKind::Payments;
        let transit = in_transit.get(statement.currency.as_str()).filter(|_| of_payments);
        let transit = transit.copied().unwrap_or_default();
        let summary = statement.balance_summary(&transit).map_err(|error| error.chain())?;
        let rows =
            [summary.starting_balance, summary.activity, summary.payouts, summary.ending_balance];
        let ends = [transit.at_start.amount, transit.at_end.amount];
        let reserved = [statement.reserved_before, statement.reserved];
        let subject = (statement.kind.to_string(), statement.currency.to_string());
        ours.insert(subject, (rows, ends, reserved));
    }
    let stripes: BTreeMap<_, _> = reports
        .iter()
        .map(|report| {
            let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
            let net = |place: &str| figures(report.pointer(place).unwrap_or(&Value::Null))[3];
            let rows = [
                number(&report["starting_balance"]),
                net("/activity_total"),
                net("/payouts"),
                number(&report["ending_balance"]),
            ];
            let ends = [-net("/payouts_in_transit/start"), -net("/payouts_in_transit/end")];
            let reserved = [-net("/reserved/start"), -net("/reserved/end")];
            ((text("balance"), text("currency")), (rows, ends, reserved))
        })
        .collect();
    let elsewhere: BTreeSet<&str> = stripes
        .iter()
        .filter(|((balance, _), (_, ends, _))| {
            balance != BalanceKind::Payments.as_str() && *ends != [0, 0]
        })
        .map(|((_, currency), _)| currency.as_str())
        .collect();
    let all: BTreeSet<_> = ours.keys().chain(stripes.keys()).collect();
    let compared = all.into_iter().filter(|(_, currency)| !elsewhere.contains(currency.as_str()));
    let compared = compared.filter_map(|subject| {
        let [ours, stripes] =
            [&ours, &stripes].map(|side| side.get(subject).copied().unwrap_or_default());
        (ours != stripes).then(|| format!("{subject:?}: summary {ours:?}, report {stripes:?}"))
    });
    Ok(compared.collect())
}

/// A row of a report.
#[must_use]
pub fn figures(row: &Value) -> Figures {
    ["count", "gross", "fee", "net"].map(|name| number(&row[name]))
}

/// A number of any size.
fn number(value: &Value) -> i128 {
    value.to_string().parse().unwrap_or_default()
}
