//! A certificate as a table for spreadsheets.

use serde::Serialize;
use stripe_sync::model::certificate::kept::StoredCertificate;
use stripe_sync::model::certificate::{Cause, Line};
use stripe_sync::model::money::Sum;
use stripe_sync::model::payout::{PayoutsProven, Remainder};

use crate::dto::format::{exponent, minor};
use crate::dto::table::table;

/// The columns.
const COLUMNS: [&str; 23] = [
    "certificate",
    "hash",
    "previous",
    "at",
    "row",
    "verdict",
    "balance",
    "mirror",
    "currency",
    "exponent",
    "stripe",
    "expected",
    "ledger",
    "stripe_difference",
    "ledger_difference",
    "records",
    "entries",
    "hours_agreed",
    "hours_differing",
    "reference",
    "stripe_id",
    "ledger_id",
    "problem_or_note",
];

/// Missing values are empty cells. Amounts are integers of minor units; `exponent` is their number
/// of decimal places.
#[derive(Default)]
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

/// The note on a certificate of which only its line is kept.
const THINNED: &str = "Thinned: a match between two others. Only this line of it is kept.";

/// First the certificate as a whole, then its lines, then what makes both sides differ, then the
/// automatic payouts: how many add up to zero, and each one that does not. A thinned certificate
/// has the first row alone.
pub(crate) fn csv_of(kept: &StoredCertificate) -> Result<String, csv::Error> {
    let whole = kept.whole();
    let note = if whole.is_some() { "" } else { THINNED };
    let first = Row {
        row: "certificate",
        verdict: word(&kept.verdict()),
        problem_or_note: note.to_owned(),
        ..Row::default()
    };
    let mut rows = vec![first];
    if let Some(certificate) = whole {
        rows.extend(certificate.lines.iter().map(Row::line));
        rows.extend(certificate.causes.iter().map(Row::cause));
        if let Some(payouts) = &certificate.payouts {
            rows.push(Row::payouts(payouts));
            rows.extend(payouts.remainders.iter().map(Row::remainder));
        }
    }
    table(&COLUMNS, rows.into_iter().map(|row| row.of(kept).cells()))
}

impl Row {
    /// In the order of the columns.
    fn cells(self) -> [String; 23] {
        [
            self.certificate,
            self.hash,
            self.previous,
            self.at,
            self.row.to_owned(),
            self.verdict,
            self.balance,
            self.mirror,
            self.currency,
            self.exponent,
            self.stripe,
            self.expected,
            self.ledger,
            self.stripe_difference,
            self.ledger_difference,
            self.records,
            self.entries,
            self.hours_agreed,
            self.hours_differing,
            self.reference,
            self.stripe_id,
            self.ledger_id,
            self.problem_or_note,
        ]
    }

    fn of(self, kept: &StoredCertificate) -> Self {
        Self {
            certificate: kept.id().to_string(),
            hash: kept.hash().unwrap_or_default().to_owned(),
            previous: kept.previous().unwrap_or_default().to_owned(),
            at: kept.at().rfc3339(),
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
        let older = if payouts.older_to_come {
            ", those of before the first sync still to come"
        } else {
            ""
        };
        Self {
            row: "payouts",
            records: payouts.members.to_string(),
            problem_or_note: format!(
                "{} add up to zero, {} waiting{older}",
                payouts.zero, payouts.waiting
            ),
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

/// An optional cell; empty when absent.
pub(crate) fn text(value: Option<&String>) -> String {
    value.map(|value| plain(value)).unwrap_or_default()
}

/// The JSON name of an enumeration's value.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A cell that no spreadsheet interprets as a formula: references may contain what others wrote. A
/// number stays a number.
pub(crate) fn plain(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
        || (cell.starts_with('-') && cell.parse::<i128>().is_err());
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
