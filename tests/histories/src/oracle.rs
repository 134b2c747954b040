//! An independent check of a ledger at one moment: Stripe's list and balance on one side, the
//! ledger's rows on the other, compared record by record. It uses no code of the app.

mod checks;
pub(crate) mod figures;
mod ledger;
mod openings;
mod record;
mod stripe;
pub(crate) mod sums;

use std::collections::BTreeMap;

use serde_json::Value;

pub use self::ledger::{Entry, Ledger};
pub use self::record::{Record, listed};

use self::openings::Openings;

/// Differences reported at most.
const MAX_DIFFERENCES: usize = 200;

/// Debits and credits of a mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// What came in.
    pub debit: i128,
    /// What went out.
    pub credit: i128,
}

/// By balance and upper-case currency.
pub type ByBalance<T> = BTreeMap<(String, String), T>;

/// Both sides at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When, Unix milliseconds.
    pub at: i64,
    /// What is wrong in the ledger, in words.
    pub differences: Vec<String>,
    /// By how much Stripe's balance differs from the sum of Stripe's list, where it does.
    pub stripe_offsets: ByBalance<i128>,
    /// What the records should make on each mirror.
    pub expected: ByBalance<Sides>,
    /// Records listed.
    pub records: usize,
    /// Entries that they make.
    pub legs: usize,
}

impl Snapshot {
    /// Whether both sides agree, and Stripe's figures among themselves.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.stripe_offsets.is_empty()
    }

    /// Whether the sums of a mirror are not those of the records.
    #[must_use]
    pub fn differs(&self, mirror: &str, currency: &str) -> bool {
        let sums = format!("{mirror} {currency}: ");
        self.differences.iter().any(|line| line.starts_with(&sums))
    }
}

/// Compares both sides. `owner` is `stripe:<account>:test`. The app posts the records from `start`
/// on (Unix seconds); openings stand for the others.
#[must_use]
pub fn compare(
    owner: &str,
    records: &[Record],
    balance: &Value,
    ledger: &Ledger,
    (start, at): (i64, i64),
) -> Snapshot {
    let stripe_offsets = stripe::offsets(records, balance, at);
    let (posted, before): (Vec<&Record>, Vec<&Record>) =
        records.iter().partition(|record| record.created >= start);
    let openings = Openings::of(owner, ledger);
    let mut snapshot = Snapshot {
        at,
        differences: Vec::new(),
        stripe_offsets,
        expected: checks::expected(&posted, &openings),
        records: records.len(),
        legs: posted.iter().map(|record| record.legs().len()).sum::<usize>() + openings.0.len(),
    };
    openings.check(&before, start, &mut snapshot.differences);
    checks::entries(owner, &posted, ledger, &mut snapshot.differences);
    checks::mirrors(&snapshot.expected, ledger, &mut snapshot.differences);
    checks::customers(ledger, &mut snapshot.differences);
    let more = snapshot.differences.len().saturating_sub(MAX_DIFFERENCES);
    snapshot.differences.truncate(MAX_DIFFERENCES);
    if more > 0 {
        snapshot.differences.push(format!("… and {more} more"));
    }
    snapshot
}
