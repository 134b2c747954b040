//! A certificate as a table for spreadsheets.

use serde::Serialize;
use stripe_sync::model::certificate::{Cause, Certificate, Line};
use stripe_sync::model::money::Sum;
use stripe_sync::model::payout::{PayoutsProven, Remainder};

use crate::dto::format::{exponent, minor};

/// A row; the columns are its members, and one leaves empty what it does not have. Amounts are integers of minor units; `exponent` says
/// how many decimal places they have.
#[derive(Default, Serialize)]
struct Row {
    certificate: String,
    hash: String,
    previous: String,
    at: String,
    row: &'static str,
    verdict: String,
    balance: String,
    mirror: String,
    currency: String,
    exponent: String,
    stripe: String,
    expected: String,
    ledger: String,
    stripe_difference: String,
    ledger_difference: String,
    records: String,
    entries: String,
    hours_agreed: String,
    hours_differing: String,
    reference: String,
    stripe_id: String,
    ledger_id: String,
    problem_or_note: String,
}

/// First the certificate as a whole, then its lines, then what makes both sides differ, then the automatic payouts: how many add up to
/// zero, and each one that does not.
pub(crate) fn csv_of(certificate: &Certificate) -> Result<String, csv::Error> {
    let whole = Row { row: "certificate", verdict: word(&certificate.verdict), ..Row::default() };
    let lines = certificate.lines.iter().map(Row::line);
    let causes = certificate.causes.iter().map(Row::cause);
    let payouts = certificate.payouts.iter().flat_map(|payouts| {
        let left = payouts.remainders.iter().map(Row::remainder);
        std::iter::once(Row::payouts(payouts)).chain(left)
    });
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(whole).chain(lines).chain(causes).chain(payouts) {
        writer.serialize(row.of(certificate))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Row {
    fn of(self, certificate: &Certificate) -> Self {
        Self {
            certificate: certificate.id.to_string(),
            hash: text(certificate.hash.as_ref()),
            previous: text(certificate.previous.as_ref()),
            at: certificate.at.rfc3339(),
            ..self
        }
    }

    fn line(line: &Line) -> Self {
        Self {
            row: "line",
            verdict: word(&line.verdict),
            balance: plain(&line.balance),
            mirror: plain(&line.mirror),
            currency: plain(&line.currency),
            exponent: line.exponent.to_string(),
            stripe: amount(line.stripe),
            expected: minor(line.expected),
            ledger: minor(line.ledger),
            stripe_difference: amount(line.stripe_difference),
            ledger_difference: minor(line.ledger_difference),
            records: line.records.to_string(),
            entries: line.legs.to_string(),
            hours_agreed: line.hours.agreed.to_string(),
            hours_differing: line.hours.differing.to_string(),
            problem_or_note: text(line.note.as_ref()),
            ..Self::default()
        }
    }

    fn cause(cause: &Cause) -> Self {
        Self {
            row: "cause",
            verdict: word(&cause.kind),
            mirror: plain(&cause.mirror),
            currency: plain(&cause.currency),
            exponent: exponent(&cause.currency).to_string(),
            expected: amount(cause.expected),
            ledger: amount(cause.found),
            reference: plain(&cause.reference),
            stripe_id: text(cause.stripe_id.as_ref()),
            ledger_id: text(cause.ledger_id.as_ref()),
            problem_or_note: text(cause.problem.as_ref()),
            ..Self::default()
        }
    }

    fn payouts(payouts: &PayoutsProven) -> Self {
        let older = if payouts.older_to_come { ", those of before the first sync still to come" } else { "" };
        Self {
            row: "payouts",
            records: payouts.members.to_string(),
            problem_or_note: format!("{} add up to zero, {} waiting{older}", payouts.zero, payouts.waiting),
            ..Self::default()
        }
    }

    fn remainder(left: &Remainder) -> Self {
        Self {
            row: "payout",
            currency: plain(&left.currency),
            exponent: exponent(&left.currency).to_string(),
            stripe: minor(left.net),
            records: left.members.to_string(),
            stripe_id: plain(&left.payout),
            problem_or_note: "Its members and its own record do not add up to zero.".to_owned(),
            ..Self::default()
        }
    }
}

fn amount(sum: Option<Sum>) -> String {
    sum.map(minor).unwrap_or_default()
}

fn text(value: Option<&String>) -> String {
    value.map(|value| plain(value)).unwrap_or_default()
}

/// The word that an enumeration's value is in JSON.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: references may hold what others wrote. A number stays a number.
fn plain(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t', '\r']) || (cell.starts_with('-') && cell.parse::<i128>().is_err());
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
