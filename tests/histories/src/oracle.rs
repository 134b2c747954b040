//! An independent judgement of a ledger at one moment: Stripe's list and balance on one side, the ledger's rows on the other, compared
//! record by record. Nothing here is taken from the app.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;

/// Rows of one page of Stripe's list.
const PAGE: usize = 100;
/// Differences told at most.
const TOLD: usize = 200;

/// A record of Stripe's list.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    /// `txn_…`
    pub id: String,
    /// Minor units.
    pub amount: i64,
    /// Minor units.
    pub net: i64,
    /// Lower case.
    pub currency: String,
    /// Unix seconds.
    pub created: i64,
    available_on: i64,
    #[serde(rename = "type")]
    kind: String,
    balance_type: Option<String>,
    fee_details: Vec<Fee>,
}

#[derive(Debug, Clone, Deserialize)]
struct Fee {
    amount: i64,
    currency: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Record {
    /// Which of Stripe's balances it moves.
    #[must_use]
    pub fn balance(&self) -> &str {
        let unsaid = if self.kind.starts_with("issuing_") { "issuing" } else { "payments" };
        self.balance_type.as_deref().unwrap_or(unsaid)
    }

    /// The name of the ledger's account that mirrors it.
    #[must_use]
    pub fn mirror(&self) -> String {
        match self.balance() {
            "payments" => "@stripe_test".to_owned(),
            kind @ ("issuing" | "refund_and_dispute_prefunding") => format!("@stripe_test_{kind}"),
            other => format!("@stripe_test_balance_{other}"),
        }
    }

    /// What the mirror must move by, for each part of the record. Together they are `net`.
    #[must_use]
    pub fn legs(&self) -> BTreeMap<&'static str, i64> {
        let mut legs = BTreeMap::from([("amount", self.amount)]);
        for fee in self.fee_details.iter().filter(|fee| fee.currency == self.currency) {
            let word = match fee.kind.as_str() {
                "stripe_fee" => "fee:stripe",
                "application_fee" => "fee:application",
                "payment_method_passthrough_fee" => "fee:passthrough",
                "tax" => "fee:tax",
                "withheld_tax" => "fee:withheld",
                _ => "fee:other",
            };
            *legs.entry(word).or_default() -= fee.amount;
        }
        let rest = self.net - legs.values().sum::<i64>();
        legs.insert("fee:rest", rest);
        legs.retain(|_, moved| *moved != 0);
        legs
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Unique.
    pub reference: String,
    /// Minor units.
    pub amount: i128,
    /// Upper case.
    pub currency: String,
    /// Unix microseconds.
    pub effective_at: Option<i64>,
    source: String,
    destination: String,
    status: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Balance {
    id: String,
    indicator: Option<String>,
    currency: String,
    identity: Option<String>,
    ledger: String,
    credit: i128,
    debit: i128,
}

#[derive(Debug, Clone, Deserialize)]
struct Identity {
    id: String,
}

/// What groups balances; Blnk calls it a ledger too.
#[derive(Debug, Clone, Deserialize)]
struct AppLedger {
    id: String,
    created_at: i64,
    meta_data: Option<Value>,
}

/// All rows of a ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Ledger {
    balances: Vec<Balance>,
    identities: Vec<Identity>,
    ledgers: Vec<AppLedger>,
    /// In the order in which they were written.
    pub transactions: Vec<Entry>,
}

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

/// What the oracle sees at one moment.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When, Unix milliseconds.
    pub at: i64,
    /// What is wrong with the ledger.
    pub wrong: Vec<String>,
    /// Where Stripe's balance is not the sum of Stripe's list.
    pub off: ByBalance<i128>,
    /// What the records should have made on each mirror.
    pub expected: ByBalance<Sides>,
    /// Records listed.
    pub records: usize,
    /// Entries they make.
    pub legs: usize,
}

impl Seen {
    /// Both sides agree, and Stripe with itself.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.wrong.is_empty() && self.off.is_empty()
    }

    /// The sums of a mirror are not those of the records.
    #[must_use]
    pub fn differs(&self, mirror: &str, currency: &str) -> bool {
        let sums = format!("{mirror} {currency}: ");
        self.wrong.iter().any(|line| line.starts_with(&sums))
    }
}

/// Stripe's list, page by page as `page` gives it for a cursor.
///
/// # Panics
/// For an answer that is no list.
#[expect(clippy::expect_used, reason = "an answer of the test's own world")]
pub async fn listed(mut page: impl AsyncFnMut(String) -> Vec<u8>) -> Vec<Record> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Record>,
        has_more: bool,
    }
    let mut records: Vec<Record> = Vec::new();
    loop {
        let after = records.last().map(|last| format!("&starting_after={}", last.id)).unwrap_or_default();
        let answer = page(format!("/v1/balance_transactions?limit={PAGE}{after}")).await;
        let page: Page = serde_json::from_slice(&answer).expect("a list of balance transactions");
        records.extend(page.data);
        if !page.has_more {
            return records;
        }
    }
}

/// Compares both sides. `owner` is `stripe:<account>:test`. Of the records only those from `start` on (Unix seconds) are posted; openings
/// stand for the others.
#[must_use]
pub fn compare(owner: &str, records: &[Record], balance: &Value, ledger: &Ledger, (start, at): (i64, i64)) -> Seen {
    let off = off(records, balance, at);
    let (posted, before): (Vec<&Record>, Vec<&Record>) = records.iter().partition(|record| record.created >= start);
    let openings = Openings::of(owner, ledger);
    let mut seen = Seen {
        at,
        wrong: Vec::new(),
        off,
        expected: expected(&posted, &openings),
        records: records.len(),
        legs: posted.iter().map(|record| record.legs().len()).sum::<usize>() + openings.0.len(),
    };
    openings.stand_for(&before, start, &mut seen.wrong);
    entries(owner, &posted, ledger, &mut seen.wrong);
    mirrors(&seen.expected, ledger, &mut seen.wrong);
    customers(ledger, &mut seen.wrong);
    let more = seen.wrong.len().saturating_sub(TOLD);
    seen.wrong.truncate(TOLD);
    if more > 0 {
        seen.wrong.push(format!("… and {more} more"));
    }
    seen
}

/// An entry that stands for records before a start.
struct Opening {
    /// Balance and currency.
    subject: (String, String),
    /// What it moves the mirror by.
    moved: i128,
    /// When it takes effect, Unix microseconds.
    at: Option<i64>,
}

/// All of them, by reference.
struct Openings(BTreeMap<String, Opening>);

impl Openings {
    fn of(owner: &str, ledger: &Ledger) -> Self {
        let indicator = |id: &str| ledger.balances.iter().find(|row| row.id == id).and_then(|row| row.indicator.clone());
        let opening = |entry: &Entry| {
            let named = entry.reference.strip_prefix(owner)?.strip_prefix(':')?;
            let mut parts = named.split(':');
            let (balance, currency) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            let last = parts.next_back().filter(|last| ["opening", "opening_moved"].contains(last))?;
            let counter = if last == "opening" || parts.next().is_some() { "@stripe_test_opening" } else { "" };
            let debits = indicator(&entry.destination).is_some_and(|name| name == counter);
            let moved = if debits { entry.amount } else { -entry.amount };
            Some((entry.reference.clone(), Opening { subject: (balance, currency), moved, at: entry.effective_at }))
        };
        Self(ledger.transactions.iter().filter_map(opening).collect())
    }

    /// For each balance and currency they move the mirror by the sum of the records before the start, and each just before a midnight.
    fn stand_for(&self, before: &[&Record], start: i64, wrong: &mut Vec<String>) {
        let mut sums: ByBalance<i128> = BTreeMap::new();
        for record in before {
            *sums.entry((record.balance().to_owned(), record.currency.to_uppercase())).or_default() += i128::from(record.net);
        }
        for (reference, Opening { subject, moved, at }) in &self.0 {
            *sums.entry(subject.clone()).or_default() -= moved;
            let starts = at.map(|at| at.div_euclid(1_000_000) + 1);
            if starts.is_none_or(|starts| starts < start || starts % 86_400 != 0) {
                wrong.push(format!("{reference} takes effect at {at:?}, which is before no start"));
            }
        }
        let off = sums.into_iter().filter(|(_, left)| *left != 0);
        wrong.extend(off.map(|((balance, currency), left)| format!("the opening of {balance} {currency} is off by {left}")));
    }
}

fn expected(records: &[&Record], openings: &Openings) -> ByBalance<Sides> {
    let mut expected: ByBalance<Sides> = BTreeMap::new();
    let mut add = |subject: (String, String), moved: i128| {
        let sides = expected.entry(subject).or_default();
        if moved > 0 { sides.debit += moved } else { sides.credit -= moved }
    };
    for opening in openings.0.values() {
        add(opening.subject.clone(), opening.moved);
    }
    for record in records {
        for moved in record.legs().into_values() {
            add((record.balance().to_owned(), record.currency.to_uppercase()), i128::from(moved));
        }
    }
    expected
}

/// Each record's entries are its legs: no more, no fewer, each once, with the right amount on the right side of the right mirror.
fn entries(owner: &str, records: &[&Record], ledger: &Ledger, wrong: &mut Vec<String>) {
    let openings = Openings::of(owner, ledger);
    let named: HashMap<&str, (&str, &str)> = ledger
        .balances
        .iter()
        .filter_map(|balance| Some((balance.id.as_str(), (balance.indicator.as_deref()?, balance.currency.as_str()))))
        .collect();
    let is_mirror = |id: &str| {
        let name = named.get(id).map_or("", |(name, _)| name);
        let known = ["@stripe_test", "@stripe_test_issuing", "@stripe_test_refund_and_dispute_prefunding"];
        known.contains(&name) || name.starts_with("@stripe_test_balance_")
    };
    let mut legs: HashMap<String, (i128, String, String, i64)> = HashMap::new();
    for record in records {
        for (word, moved) in record.legs() {
            let leg = (i128::from(moved), record.mirror(), record.currency.to_uppercase(), record.created);
            legs.insert(format!("{owner}:{}:{word}", record.id), leg);
        }
    }
    let mut references = BTreeSet::new();
    for entry in ledger.transactions.iter().filter(|entry| is_mirror(&entry.source) || is_mirror(&entry.destination)) {
        if !references.insert(entry.reference.as_str()) {
            wrong.push(format!("{} is there twice", entry.reference));
            continue;
        }
        if openings.0.contains_key(&entry.reference) {
            if entry.status != "APPLIED" {
                wrong.push(format!("{} is {entry:?}", entry.reference));
            }
            continue;
        }
        let Some((moved, mirror, currency, created)) = legs.remove(&entry.reference) else {
            wrong.push(format!("{} is no record's", entry.reference));
            continue;
        };
        let side = if moved > 0 { &entry.source } else { &entry.destination };
        let there = (moved.abs(), mirror.as_str(), currency.as_str());
        let (name, held_in) = named.get(side.as_str()).copied().unwrap_or_default();
        let right = (entry.amount, name, held_in) == there && entry.currency == currency && entry.status == "APPLIED";
        let dated = entry.effective_at == Some(created * 1_000_000);
        if !right || !dated {
            wrong.push(format!("{} is {entry:?}, should move {mirror} by {moved} {currency} at {created}", entry.reference));
        }
    }
    wrong.extend(legs.into_iter().map(|(reference, leg)| format!("{reference} of {} {} is missing", leg.0, leg.2)));
}

/// Debits and credits of each mirror as the ledger keeps them, against the records' legs.
fn mirrors(expected: &ByBalance<Sides>, ledger: &Ledger, wrong: &mut Vec<String>) {
    for ((balance, currency), sides) in expected {
        let mirror = match balance.as_str() {
            "payments" => "@stripe_test".to_owned(),
            kind @ ("issuing" | "refund_and_dispute_prefunding") => format!("@stripe_test_{kind}"),
            other => format!("@stripe_test_balance_{other}"),
        };
        let held: Vec<&Balance> =
            ledger.balances.iter().filter(|row| row.indicator.as_ref() == Some(&mirror) && row.currency == *currency).collect();
        let sum = held.iter().fold(Sides::default(), |sum, row| Sides { debit: sum.debit + row.debit, credit: sum.credit + row.credit });
        if sum != *sides || held.len() > 1 {
            wrong.push(format!("{mirror} {currency}: {sum:?} in {} balances, should be {sides:?}", held.len()));
        }
    }
}

/// One identity for each customer, one balance for each identity and currency, all of them in one ledger of the app.
fn customers(ledger: &Ledger, wrong: &mut Vec<String>) {
    let distinct: BTreeSet<&str> = ledger.identities.iter().map(|identity| identity.id.as_str()).collect();
    if distinct.len() != ledger.identities.len() {
        wrong.push("an identity is there twice".to_owned());
    }
    let mut pairs = BTreeSet::new();
    for balance in &ledger.balances {
        if let Some(identity) = balance.identity.as_deref().filter(|id| !id.is_empty())
            && !pairs.insert((identity, balance.currency.as_str()))
        {
            wrong.push(format!("{identity} has two balances in {}", balance.currency));
        }
    }
    // Making one is not idempotent, so two workers may make two; but all balances are in the oldest, where a reinstall looks for them.
    let of_app = ledger.ledgers.iter().filter(|row| row.meta_data.as_ref().is_some_and(|meta| meta.get("stripe_sync_mirror").is_some()));
    let oldest = of_app.min_by_key(|row| row.created_at).map(|row| row.id.as_str());
    let elsewhere = |balance: &&Balance| balance.identity.is_some() && Some(balance.ledger.as_str()) != oldest;
    wrong.extend(ledger.balances.iter().filter(elsewhere).map(|balance| format!("{} is not in the app's oldest ledger", balance.id)));
}

/// Stripe's balance less the sum of Stripe's list, where it is not zero. Of issuing only what is available is told.
fn off(records: &[Record], balance: &Value, at: i64) -> ByBalance<i128> {
    let parts: [(&str, &[&Value]); 3] = [
        ("payments", &[&balance["available"], &balance["pending"]]),
        ("issuing", &[&balance["issuing"]["available"]]),
        (
            "refund_and_dispute_prefunding",
            &[&balance["refund_and_dispute_prefunding"]["available"], &balance["refund_and_dispute_prefunding"]["pending"]],
        ),
    ];
    let mut off: ByBalance<i128> = BTreeMap::new();
    for (kind, lists) in parts {
        for money in lists.iter().filter_map(|list| list.as_array()).flatten() {
            let currency = money["currency"].as_str().unwrap_or_default().to_uppercase();
            *off.entry((kind.to_owned(), currency)).or_default() += i128::from(money["amount"].as_i64().unwrap_or_default());
        }
    }
    for record in records {
        let counts = match record.balance() {
            "payments" | "refund_and_dispute_prefunding" => true,
            "issuing" => record.available_on <= at.div_euclid(1000),
            _ => false,
        };
        if counts {
            *off.entry((record.balance().to_owned(), record.currency.to_uppercase())).or_default() -= i128::from(record.net);
        }
    }
    off.retain(|_, difference| *difference != 0);
    off
}
