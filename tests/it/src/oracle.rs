//! An independent check of a ledger: Stripe's list on one side, Core's own API on the other,
//! compared record by record. It uses neither the app's code nor its proof.

mod core_api;
mod counts;
mod record;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::{Stack, Step, StripeAccount};
use core_api::Core;
use record::listed;

pub use record::Record;

/// Rows of one page, at Stripe and at Core.
const PAGE: usize = 100;

/// Differences reported at most.
const MAX_DIFFERENCES: usize = 12;

/// An entry of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Unique.
    pub reference: String,
    /// Minor units.
    pub precise_amount: i64,
    /// Upper case.
    pub currency: String,
    /// A balance's id.
    pub source: String,
    /// A balance's id.
    pub destination: String,
    status: String,
    #[serde(default)]
    meta_data: HashMap<String, Value>,
}

/// A balance of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Balance {
    balance_id: String,
    #[serde(default)]
    indicator: Option<String>,
    #[serde(default)]
    identity_id: Option<String>,
    currency: String,
    balance: i64,
    debit_balance: i64,
    credit_balance: i64,
}

/// Both sides, read completely.
#[derive(Debug)]
pub struct Books {
    account: String,
    /// Stripe's list.
    pub records: Vec<Record>,
    /// The ledger's entries.
    pub entries: Vec<Entry>,
    balances: Vec<Balance>,
    identities: Vec<String>,
    app_ledgers: usize,
    truth: Value,
    /// Records created from here on are in the ledger. An opening entry stands for the others of a
    /// balance and currency.
    start: i64,
    /// Records before the start that Stripe listed after the opening was posted. They are in the
    /// ledger too.
    late: BTreeSet<String>,
}

impl Books {
    /// Reads both sides.
    ///
    /// # Errors
    /// When one of them refuses.
    pub async fn read(stack: &Stack, account: &StripeAccount, instance: &str) -> Step<Self> {
        let sandbox = stack.sandbox();
        let truth = sandbox.truth(&account.account).await?;
        let records = listed(stack, &account.secret_key).await?;
        let core = Core::of(&sandbox, instance).await?;
        let ledgers: Vec<Value> = core.all("ledgers").await?;
        let identities: Vec<Value> = core.all("identities").await?;
        Ok(Self {
            account: account.account.clone(),
            records,
            entries: core.all("transactions").await?,
            balances: core.all("balances").await?,
            identities: identities
                .iter()
                .filter_map(|row| row.get("identity_id")?.as_str().map(str::to_owned))
                .collect(),
            app_ledgers: ledgers
                .iter()
                .filter(|row| row.pointer("/meta_data/stripe_sync_mirror").is_some())
                .count(),
            truth,
            start: 0,
            late: BTreeSet::new(),
        })
    }

    /// The same books with a start: only records from there on are posted, and those that were
    /// listed late.
    #[must_use]
    pub fn starting_at(self, start: i64, late: impl IntoIterator<Item = String>) -> Self {
        Self { start, late: late.into_iter().collect(), ..self }
    }

    /// Whether a record must be in the ledger.
    #[must_use]
    pub fn is_posted(&self, record: &Record) -> bool {
        record.created >= self.start || self.late.contains(&record.id)
    }

    /// What Stripe lists from one instant to before another, by mirror and currency: minor units.
    #[must_use]
    pub fn nets(&self, from: i64, to: i64) -> BTreeMap<(String, String), i64> {
        let mut nets = BTreeMap::new();
        for record in self.records.iter().filter(|record| (from..to).contains(&record.created)) {
            *nets.entry((record.mirror(), record.currency.to_uppercase())).or_default() +=
                record.net;
        }
        nets
    }

    /// The opening entries of the ledger.
    pub fn openings(&self) -> impl Iterator<Item = &Entry> {
        let prefix = format!("stripe:{}:test:", self.account);
        let is_opening = move |entry: &&Entry| {
            let word = entry
                .reference
                .strip_prefix(&prefix)
                .and_then(|rest| rest.rsplit_once(':'))
                .map(|(_, word)| word);
            matches!(word, Some("opening" | "opening_moved"))
        };
        self.entries.iter().filter(is_opening)
    }

    /// All differences: the ledger must hold each of Stripe's records exactly once, to the minor
    /// unit.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.records_once(&mut found);
        self.opening_sums(&mut found);
        self.references_once(&mut found);
        self.mirrors(&mut found);
        self.truth_agrees(&mut found);
        self.customers(&mut found);
        if self.app_ledgers != 1 {
            found.push(format!("{} ledgers of the app", self.app_ledgers));
        }
        let more = found.len().saturating_sub(MAX_DIFFERENCES);
        found.truncate(MAX_DIFFERENCES);
        if more > 0 {
            found.push(format!("… and {more} more"));
        }
        found
    }

    /// Asserts that both sides agree.
    ///
    /// # Panics
    /// With the differences.
    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion")]
    pub fn assert_equal(&self, seed: u64) {
        let differences = self.differences();
        if !differences.is_empty() {
            panic!(
                "seed {seed}, account {}: the books differ:\n  {}",
                self.account,
                differences.join("\n  ")
            );
        }
    }

    /// Each leg of each record is one entry, with the right amount on the right side of the right
    /// mirror. There are no other entries.
    fn records_once(&self, found: &mut Vec<String>) {
        let mirrors = self.mirror_ids();
        let mut by_record: HashMap<&str, Vec<&Entry>> = HashMap::new();
        let openings: BTreeSet<&str> =
            self.openings().map(|entry| entry.reference.as_str()).collect();
        for entry in
            self.entries.iter().filter(|entry| !openings.contains(entry.reference.as_str()))
        {
            let id = entry
                .meta_data
                .get("stripe_balance_transaction_id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            by_record.entry(id).or_default().push(entry);
        }
        for record in self.records.iter().filter(|record| self.is_posted(record)) {
            let mut legs = record.legs();
            for entry in by_record.remove(record.id.as_str()).unwrap_or_default() {
                let word = entry
                    .reference
                    .rsplit_once(&format!(":{}:", record.id))
                    .map_or("", |(_, word)| word);
                let mirror = (record.mirror(), record.currency.to_uppercase());
                let moved = match mirrors.get(&mirror) {
                    Some(id) if **id == entry.source => entry.precise_amount,
                    Some(id) if **id == entry.destination => -entry.precise_amount,
                    _ => 0,
                };
                if legs.remove(word) != Some(moved)
                    || entry.status != "APPLIED"
                    || entry.currency != mirror.1
                {
                    found.push(format!(
                        "{} moves {} by {moved} ({})",
                        entry.reference, mirror.0, entry.status
                    ));
                }
            }
            for (word, moved) in legs {
                found.push(format!(
                    "{} ({}): its leg {word} of {moved} is missing",
                    record.id, record.kind
                ));
            }
        }
        for (id, entries) in by_record {
            found.push(format!(
                "{} entries of {id}, which Stripe does not list, or only before the start",
                entries.len()
            ));
        }
    }

    /// For each balance and currency the openings move the mirror by the sum of Stripe's records
    /// before the start.
    fn opening_sums(&self, found: &mut Vec<String>) {
        let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
        for record in self.records.iter().filter(|record| !self.is_posted(record)) {
            *sums.entry((record.mirror(), record.currency.to_uppercase())).or_default() +=
                record.net;
        }
        let mirrors = self.mirror_ids();
        for entry in self.openings() {
            let moved = mirrors.iter().find_map(|((mirror, currency), id)| {
                let moved = if **id == entry.source {
                    entry.precise_amount
                } else if **id == entry.destination && mirror != "@stripe_test_opening" {
                    -entry.precise_amount
                } else {
                    return None;
                };
                (mirror != "@stripe_test_opening")
                    .then(|| ((mirror.clone(), currency.clone()), moved))
            });
            match moved {
                Some((mirror, moved)) => *sums.entry(mirror).or_default() -= moved,
                None => found.push(format!("{} moves no mirror", entry.reference)),
            }
        }
        for ((mirror, currency), left) in sums.into_iter().filter(|(_, left)| *left != 0) {
            found.push(format!("{mirror} {currency}: the opening is off by {left}"));
        }
    }

    fn references_once(&self, found: &mut Vec<String>) {
        let mut references = BTreeSet::new();
        for entry in &self.entries {
            if !references.insert(entry.reference.as_str()) {
                found.push(format!("{} is there twice", entry.reference));
            }
            if !entry.reference.starts_with(&format!("stripe:{}:test:", self.account)) {
                found.push(format!("{} is not the app's", entry.reference));
            }
        }
    }

    /// Debits and credits of each mirror, as Core keeps them, against the legs of Stripe's records.
    fn mirrors(&self, found: &mut Vec<String>) {
        let mut wanted: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        let ids = self.mirror_ids();
        for entry in self.openings() {
            for (mirror, id) in &ids {
                let sums = wanted.entry(mirror.clone()).or_default();
                sums.0 += if **id == entry.source { entry.precise_amount } else { 0 };
                sums.1 += if **id == entry.destination { entry.precise_amount } else { 0 };
            }
        }
        wanted.retain(|(mirror, _), sums| *sums != (0, 0) && mirror != "@stripe_test_opening");
        for record in self.records.iter().filter(|record| self.is_posted(record)) {
            let sums = wanted.entry((record.mirror(), record.currency.to_uppercase())).or_default();
            for moved in record.legs().into_values() {
                if moved > 0 { sums.0 += moved } else { sums.1 -= moved }
            }
        }
        for ((mirror, currency), (debit, credit)) in wanted {
            let held: Vec<&Balance> = self
                .balances
                .iter()
                .filter(|b| b.indicator.as_ref() == Some(&mirror) && b.currency == currency)
                .collect();
            let sums = held.iter().fold((0, 0, 0), |sums, b| {
                (sums.0 + b.debit_balance, sums.1 + b.credit_balance, sums.2 + b.balance)
            });
            if sums != (debit, credit, credit - debit) || held.len() > 1 {
                found.push(format!(
                    "{mirror} {currency}: debits and credits are {sums:?} in {} balances, should \
                     be {:?}",
                    held.len(),
                    (debit, credit)
                ));
            }
        }
    }

    /// The list agrees with the simulator's own sums: nothing was hidden from this comparison.
    fn truth_agrees(&self, found: &mut Vec<String>) {
        let mut listed: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        for record in &self.records {
            let sums =
                listed.entry((record.kind_of_balance(), record.currency.clone())).or_default();
            *sums = (sums.0 + 1, sums.1 + record.net);
        }
        let mut known = BTreeMap::new();
        for (balance, currencies) in
            self.truth.get("balances").and_then(Value::as_object).into_iter().flatten()
        {
            for (currency, sums) in currencies.as_object().into_iter().flatten() {
                let of = |name: &str| sums.get(name).and_then(Value::as_i64).unwrap_or_default();
                known.insert((balance.clone(), currency.clone()), (of("count"), of("net")));
            }
        }
        if listed != known {
            found.push(format!("Stripe's list {listed:?} is not what the account holds {known:?}"));
        }
    }

    /// One identity for each customer who paid, one balance for each identity and currency.
    fn customers(&self, found: &mut Vec<String>) {
        let customers = self.truth.get("customers").and_then(Value::as_u64).unwrap_or_default();
        let distinct: BTreeSet<&String> = self.identities.iter().collect();
        // Who paid before the start alone is not known to the ledger.
        let all = if self.start == 0 {
            distinct.len() as u64 == customers
        } else {
            distinct.len() as u64 <= customers
        };
        if !all || self.identities.len() != distinct.len() {
            found.push(format!(
                "{} identities ({} distinct) of {customers} customers who paid",
                self.identities.len(),
                distinct.len()
            ));
        }
        let mut balances: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for balance in &self.balances {
            if let Some(identity) = balance.identity_id.as_deref().filter(|id| !id.is_empty()) {
                *balances.entry((identity, &balance.currency)).or_default() += 1;
            }
        }
        for ((identity, currency), count) in balances.into_iter().filter(|(_, count)| *count > 1) {
            found.push(format!("{identity} has {count} balances in {currency}"));
        }
    }

    fn mirror_ids(&self) -> HashMap<(String, String), &String> {
        let named = self
            .balances
            .iter()
            .filter_map(|b| Some(((b.indicator.clone()?, b.currency.clone()), &b.balance_id)));
        named.collect()
    }
}
