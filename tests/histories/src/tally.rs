//! What was done, as counts.

use std::fmt;
use std::ops::AddAssign;

/// Counts of one or many cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases.
    pub cases: u64,
    /// Records that Stripe listed at the end.
    pub records: u64,
    /// Runs that ended.
    pub runs: u64,
    /// Messages given to a worker.
    pub deliveries: u64,
    /// Workers that were killed.
    pub kills: u64,
    /// Messages given to two workers at once.
    pub doubles: u64,
    /// Times a ledger died and was started again.
    pub deaths: u64,
    /// Calls hit by a fault.
    pub faults: u64,
    /// Changes made while a run was under way.
    pub changes: u64,
    /// Sessions with a fault that lasted until the end.
    pub permanent_faults: u64,
    /// Times the account was disconnected and connected again.
    pub reconnects: u64,
    /// Certificates judged.
    pub certificates: u64,
    /// …of which said match,
    pub matches: u64,
    /// mismatch,
    pub mismatches: u64,
    /// or neither.
    pub inconclusive: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.records += other.records;
        self.runs += other.runs;
        self.deliveries += other.deliveries;
        self.kills += other.kills;
        self.doubles += other.doubles;
        self.deaths += other.deaths;
        self.faults += other.faults;
        self.changes += other.changes;
        self.permanent_faults += other.permanent_faults;
        self.reconnects += other.reconnects;
        self.certificates += other.certificates;
        self.matches += other.matches;
        self.mismatches += other.mismatches;
        self.inconclusive += other.inconclusive;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cases: {} records, {} runs in {} deliveries, {} workers killed, {} doubled, {} \
                ledgers died, {} calls hit by faults, \
                {} changes during runs, {} permanent faults, {} reconnects, {} certificates judged \
                ({} match, {} mismatch, {} inconclusive)",
            self.cases,
            self.records,
            self.runs,
            self.deliveries,
            self.kills,
            self.doubles,
            self.deaths,
            self.faults,
            self.changes,
            self.permanent_faults,
            self.reconnects,
            self.certificates,
            self.matches,
            self.mismatches,
            self.inconclusive,
        )
    }
}
