//! Checks that a ledger answers as Blnk Core does. They run against any base URL and key: a real
//! Core, or the simulated one. So what works on the simulator works on the real Core.
//!
//! The checks run in order: later ones read what earlier ones posted. All names and references
//! carry the run's tag, so that runs on the same ledger do not collide.

mod checks;
pub mod own_instance;
pub mod target;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use target::{Target, Version};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The ledger behaves as expected; what was seen.
    Pass(String),
    /// It does not; what was seen instead.
    Fail(String),
    /// There is no expectation; what was seen.
    Record(String),
}

/// The result of one check.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its number, the same in every run.
    pub number: u8,
    /// What it is about.
    pub name: &'static str,
    /// What it found.
    pub verdict: Verdict,
}

impl Report {
    /// Whether the ledger failed it.
    pub fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verdict, seen) = match &self.verdict {
            Verdict::Pass(seen) => ("PASS", seen),
            Verdict::Fail(seen) => ("FAIL", seen),
            Verdict::Record(seen) => ("RECORD", seen),
        };
        write!(f, "{:>2}  {:<62} {verdict:<6} {seen}", self.number, self.name)
    }
}

/// The outcome of a check: its verdict, or what is wrong.
pub(crate) type Outcome = Result<Verdict, String>;

/// One check while it runs.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One check.
pub(crate) struct Check {
    number: u8,
    name: &'static str,
    run: for<'a> fn(&'a Target) -> Running<'a>,
}

/// Runs all checks in order and passes each report to `seen`. Returns how many failed.
pub async fn run(target: &Target, mut seen: impl FnMut(Report)) -> usize {
    let mut failed = 0;
    for check in checks::all() {
        let verdict = (check.run)(target).await.unwrap_or_else(Verdict::Fail);
        let report = Report { number: check.number, name: check.name, verdict };
        failed += usize::from(report.failed());
        seen(report);
    }
    failed
}
