//! Answers of the API as the page reads them: the members that tests look at, by type. They are the
//! tests' own: a shape that changes by accident is found here.

use serde::Deserialize;

/// A requested run.
#[derive(Debug, Deserialize)]
pub(crate) struct Started {
    pub(crate) run: Run,
    pub(crate) created: bool,
}

/// A run in a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) state: String,
}

/// A page of runs.
#[derive(Debug, Deserialize)]
pub(crate) struct RunPage {
    pub(crate) runs: Vec<Run>,
    pub(crate) next: Option<String>,
}
