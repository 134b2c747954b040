//! Runs as a table for spreadsheets.

use stripe_sync::model::run::Run;
use stripe_sync::model::time::Millis;

use crate::dto::certificate_table::{plain, word};
use crate::dto::table::table;

/// The columns.
const COLUMNS: [&str; 15] = [
    "run",
    "scope",
    "trigger",
    "requested_at",
    "started_at",
    "finished_at",
    "state",
    "verdict",
    "records",
    "entries_posted",
    "entries_already_there",
    "problems",
    "read_only",
    "error_code",
    "error",
];

/// The runs of a list.
pub(crate) fn runs_csv(runs: &[Run]) -> Result<String, csv::Error> {
    table(&COLUMNS, runs.iter().map(row))
}

fn row(run: &Run) -> [String; 15] {
    let counters = run.progress.counters;
    let error = run.error.as_ref();
    [
        run.id.to_string(),
        word(&run.scope),
        word(&run.trigger),
        run.requested_at.rfc3339(),
        run.started_at.map(Millis::rfc3339).unwrap_or_default(),
        run.finished_at.map(Millis::rfc3339).unwrap_or_default(),
        word(&run.state),
        run.verdict.map(|verdict| word(&verdict)).unwrap_or_default(),
        counters.records.to_string(),
        counters.entries_posted.to_string(),
        counters.entries_already_there.to_string(),
        counters.problems.to_string(),
        run.progress.read_only.to_string(),
        error.map(|error| plain(&error.code)).unwrap_or_default(),
        error.map(|error| plain(&error.text)).unwrap_or_default(),
    ]
}
