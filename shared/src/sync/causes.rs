//! When both sides differ: which entries, or the want of which, make the difference. Reads only, and only so much: a certificate names a
//! few dozen, and says when there are more.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::certificate::{Cause, CauseKind, Certificate, Line};
use super::driver::Job;
use super::halt::Halt;
use super::opening::before_the_start_id;
use super::reader::{Place, Stop};
use super::run::Sum;
use super::verify::{Differing, MirrorIds, entries_between, mirror_delta};
use crate::blnk::{Filter, LedgerTransaction, MAX_LOOKUP_VALUES, Operator};
use crate::clock::Millis;
use crate::error::Result;
use crate::ledger::{ChargeAccounts, OpeningReference, Owner, Reference, Slice, hour_of, mirror, rfc3339, utc_date};
use crate::money::Currency;
use crate::store::{Sk, attr, key, unavailable};
use crate::stripe::PageRequest;

/// Causes that one certificate names.
const MAX_CAUSES: usize = 40;
/// Hours that are compared record by record.
const MAX_HOURS_COMPARED: usize = 12;
/// Pages of Stripe's list that are read for one of them.
const MAX_HOUR_PAGES: u32 = 20;
/// The newest entries of a mirror among which others' are looked for.
const MAX_ENTRIES_LOOKED_AT: usize = 2_000;
/// Days that are read for entries of ours without a record.
const MAX_DAYS_READ: usize = 10;
/// Entries are looked for from this much before the last match on: two clocks are at work.
const CLOCK_MARGIN_SECONDS: i64 = 3600;
const SECONDS_PER_HOUR: i64 = 3600;

/// How much of what makes both sides differ is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    All,
    /// There is more than is looked for.
    Part,
    /// Somebody did not answer: there may be more to find.
    Cut,
}

/// Causes as they are found.
#[derive(Debug, Default)]
struct Found {
    causes: Vec<Cause>,
    known: HashSet<String>,
    more: bool,
}

impl Found {
    fn add(&mut self, cause: Cause) {
        let name = cause.ledger_id.clone().unwrap_or_else(|| cause.reference.clone());
        if self.causes.len() >= MAX_CAUSES {
            self.more = true;
        } else if self.known.insert(name) {
            self.causes.push(cause);
        }
    }

    /// Whether the causes of a line make up its whole difference, in debits and in credits.
    fn explain(&self, line: &Line) -> bool {
        let (mut debits, mut credits) = (line.debits.0.0 - line.debits.1.0, line.credits.0.0 - line.credits.1.0);
        for cause in self.causes.iter().filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency) {
            for (moved, sign) in [(cause.expected, 1), (cause.found, -1)] {
                let moved = moved.map_or(0, |sum| sum.0);
                if moved >= 0 { debits -= sign * moved } else { credits += sign * moved }
            }
        }
        debits == 0 && credits == 0
    }
}

/// A cause, without what is not known.
fn cause(kind: CauseKind, line: &(String, Currency), reference: &str, owner: &Owner) -> Cause {
    let ours = reference.parse::<Reference>().ok().filter(|reference| reference.owner() == owner);
    Cause {
        kind,
        mirror: line.0.clone(),
        currency: line.1.to_string(),
        reference: reference.to_owned(),
        stripe_id: ours.map(|reference| reference.transaction().to_owned()),
        ledger_id: None,
        expected: None,
        found: None,
        at: None,
        problem: None,
    }
}

fn of_row(kind: CauseKind, line: &(String, Currency), row: &LedgerTransaction, mirror_id: &str, owner: &Owner) -> Cause {
    Cause {
        ledger_id: Some(row.transaction_id.clone()),
        found: Some(Sum(mirror_delta(row, mirror_id))),
        at: row.effective_date.or(row.created_at).map(|at| at.to_string()),
        ..cause(kind, line, &row.reference, owner)
    }
}

impl Job<'_> {
    /// Names in a certificate what makes both sides differ, and answers how much of it that is. `known` is what was named before,
    /// `since` when both sides last agreed. When the time is nearly up, or the ledger or Stripe does not answer any more, what is named
    /// until then is what the certificate says: that both sides differ must not wait for the rest.
    pub(super) async fn name_causes(
        &self,
        certificate: &mut Certificate,
        differing: &[Differing],
        known: &[Cause],
        since: Option<Millis>,
    ) -> Result<Extent, Halt> {
        let mut found = Found::default();
        let mut extent = Extent::All;
        let lines: Vec<&Line> = certificate.lines.iter().filter(|line| line.is_ledger_at_fault()).collect();
        match self.find_causes(&lines, differing, known, since, &mut found).await {
            Err(Halt::Later(why)) => {
                tracing::info!(install = %self.fence.install, %why, "not all causes were looked for");
                found.more = true;
                // Who does not answer now may in the next run; what takes too long will again.
                extent = if self.out_of_time() { Extent::Part } else { Extent::Cut };
            }
            other => other?,
        }
        self.explain_by_problems(&mut found.causes).await?;
        certificate.more_causes = found.more;
        certificate.causes = found.causes;
        Ok(if found.more && extent == Extent::All { Extent::Part } else { extent })
    }

    async fn find_causes(
        &self,
        lines: &[&Line],
        differing: &[Differing],
        known: &[Cause],
        since: Option<Millis>,
        found: &mut Found,
    ) -> Result<(), Halt> {
        let indicators: HashSet<&str> = lines.iter().map(|line| line.mirror.as_str()).collect();
        let indicators: Vec<&str> = indicators.into_iter().collect();
        let rows = self.blnk.balances_by_indicator(&indicators, self.deadline).await?;
        let ids: MirrorIds = rows.into_iter().filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id))).collect();
        for line in lines {
            self.name_changes(line, found);
        }
        self.find_again(known, &ids, found).await?;
        found.more |= differing.len() > MAX_HOURS_COMPARED;
        for hour in differing.iter().take(MAX_HOURS_COMPARED) {
            if self.out_of_time() {
                found.more = true;
                return Ok(());
            }
            self.compare_hour(&hour.slice, &ids, found).await?;
        }
        for line in lines {
            let of_line = differing.iter().filter(|hour| self.chart.mirror(&hour.slice.kind) == line.mirror);
            let compared: HashSet<i64> = of_line.map(|hour| hour.slice.hour).collect();
            // Where Stripe's list has a hole, nobody knows what an entry is.
            if line.incomplete {
                continue;
            }
            if !found.explain(line) {
                self.look_for_others(line, &compared, &ids, since, found).await?;
            }
            found.more |= !found.explain(line);
        }
        Ok(())
    }

    /// Others' entries that were named before: the ledger keeps them, however many entries have come since.
    async fn find_again(&self, known: &[Cause], ids: &MirrorIds, found: &mut Found) -> Result<(), Halt> {
        let foreign: Vec<&Cause> = known.iter().filter(|cause| cause.kind == CauseKind::Foreign).collect();
        for part in foreign.chunks(MAX_LOOKUP_VALUES) {
            let references: Vec<&str> = part.iter().map(|cause| cause.reference.as_str()).collect();
            let rows = self.blnk.transactions_by_reference(&references, self.deadline).await?;
            for cause in part {
                let Some(id) = ids.get(&(cause.mirror.clone(), cause.currency.clone())) else { continue };
                let Ok(currency) = cause.currency.parse::<Currency>() else { continue };
                let same = |row: &&LedgerTransaction| cause.ledger_id.as_ref() == Some(&row.transaction_id) && row.status == "APPLIED";
                if let Some(row) = rows.iter().find(same).filter(|row| row.source == *id || row.destination == *id) {
                    found.add(of_row(CauseKind::Foreign, &(cause.mirror.clone(), currency), row, id, &self.owner));
                }
            }
        }
        Ok(())
    }

    /// Days before the start that Stripe lists otherwise than when the opening was posted.
    fn name_changes(&self, line: &Line, found: &mut Found) {
        let openings = self.openings.iter().flat_map(|openings| openings.values());
        let of_line = openings.filter(|opening| opening.kind.as_str() == line.balance && opening.currency.as_str() == line.currency);
        for (opening, day, change) in of_line.flat_map(|opening| opening.changed.iter().map(move |(day, change)| (opening, day, change))) {
            let named = (line.mirror.clone(), opening.currency);
            // What comes in and what goes out apart: each side of the mirror lacks its own.
            for (side, moved) in
                [("debits", change.debit), ("credits", change.credit.saturating_neg())].into_iter().filter(|(_, moved)| *moved != 0)
            {
                let more = (moved > 0) == (side == "debits");
                let (expected, there) = if more { (Some(Sum(moved)), None) } else { (None, Some(Sum(moved.saturating_neg()))) };
                found.add(Cause {
                    expected,
                    found: there,
                    problem: Some(before_the_start_id(opening, day)),
                    ..cause(CauseKind::BeforeStart, &named, &format!("{day}:{side}"), &self.owner)
                });
            }
        }
    }

    /// What the records of an hour should have made: movements of the mirror by reference. Nothing when there are too many to tell.
    async fn expected_of(&self, slice: &Slice) -> Result<Option<BTreeMap<String, i128>>, Halt> {
        let mut expected = BTreeMap::new();
        let openings = self.openings.iter().flat_map(|openings| openings.values());
        for opening in openings.filter(|opening| opening.kind == slice.kind && opening.currency == slice.currency) {
            let entries = opening.entries.iter().filter(|entry| hour_of(entry.at) == slice.hour);
            expected.extend(entries.map(|entry| (entry.reference.clone(), entry.moves)));
        }
        let mut request =
            PageRequest { created_gte: Some(slice.hour), created_lt: Some(slice.hour + SECONDS_PER_HOUR), ..PageRequest::default() };
        let mut reader = self.reader().plain();
        let mut newest = slice.hour + SECONDS_PER_HOUR;
        for _ in 0..MAX_HOUR_PAGES {
            if self.out_of_time() {
                break;
            }
            let read = match Box::pin(reader.next(&request, newest, &mut Place::default(), None)).await {
                Ok(read) => read,
                // To ask again would take the time of one worker after the other.
                Err(Stop::TimedOut) => break,
                Err(stop) => return Err(stop.into()),
            };
            if read.hole.is_some() {
                break;
            }
            let page = read.list;
            newest = page.data.last().map_or(newest, |last| last.created);
            let before = self.before_start(&page.data).await?;
            let posted = page.data.iter().filter(|record| !before.contains(record.id.as_str()));
            // Which counter account a leg has plays no part in what the mirror moves by.
            let records = posted.filter_map(|record| mirror(record, &self.chart, &ChargeAccounts::none()).ok());
            for record in records.filter(|record| record.kind == slice.kind && record.currency == slice.currency) {
                for leg in &record.legs {
                    expected.insert(Reference::new(&self.owner, &record.transaction, leg.word)?.to_string(), leg.mirror_delta());
                }
            }
            match page.last_id() {
                Some(last) if page.has_more => request.starting_after = Some(last.to_owned()),
                _ => return Ok(Some(expected)),
            }
        }
        Ok(None)
    }

    async fn compare_hour(&self, slice: &Slice, ids: &MirrorIds, found: &mut Found) -> Result<(), Halt> {
        let line = (self.chart.mirror(&slice.kind), slice.currency);
        let Some(mut expected) = self.expected_of(slice).await? else {
            found.more = true;
            return Ok(());
        };
        let at = rfc3339(slice.hour)?;
        let id = ids.get(&(line.0.clone(), line.1.to_string())).map_or("", String::as_str);
        if !id.is_empty() {
            let span = (slice.hour, slice.hour + SECONDS_PER_HOUR);
            entries_between(&self.blnk, id, span, self.deadline, |row| {
                if row.status == "APPLIED" {
                    self.compare_entry(row, &line, id, &mut expected, found);
                }
                Ok(())
            })
            .await?;
        }
        let missing: Vec<String> = expected.keys().cloned().collect();
        let mut elsewhere: HashMap<String, LedgerTransaction> = HashMap::new();
        for part in missing.chunks(MAX_LOOKUP_VALUES) {
            let part: Vec<&str> = part.iter().map(String::as_str).collect();
            // Of which nobody can tell whether it is elsewhere, it is not here.
            let (rows, _) = self.look_up(&part).await?;
            elsewhere.extend(rows.into_iter().map(|row| (row.reference.clone(), row)));
        }
        for (reference, moved) in expected {
            let row = elsewhere.get(&reference);
            let kind = if row.is_some() { CauseKind::Different } else { CauseKind::Missing };
            let here = row.filter(|row| row.status == "APPLIED" && (row.source == id || row.destination == id));
            found.add(Cause {
                ledger_id: row.map(|row| row.transaction_id.clone()),
                expected: Some(Sum(moved)),
                found: here.map(|row| Sum(mirror_delta(row, id))),
                at: Some(at.clone()),
                ..cause(kind, &line, &reference, &self.owner)
            });
        }
        Ok(())
    }

    fn compare_entry(
        &self,
        row: &LedgerTransaction,
        line: &(String, Currency),
        mirror_id: &str,
        expected: &mut BTreeMap<String, i128>,
        found: &mut Found,
    ) {
        match expected.remove(&row.reference) {
            Some(moved) if moved == mirror_delta(row, mirror_id) && row.currency == line.1.as_str() => {}
            Some(moved) => {
                let differs = of_row(CauseKind::Different, line, row, mirror_id, &self.owner);
                found.add(Cause { expected: Some(Sum(moved)), ..differs });
            }
            None => found.add(of_row(self.kind_of_unexpected(row), line, row, mirror_id, &self.owner)),
        }
    }

    fn kind_of_unexpected(&self, row: &LedgerTransaction) -> CauseKind {
        let of_record = row.reference.parse::<Reference>().is_ok_and(|reference| *reference.owner() == self.owner);
        let of_start = row.reference.parse::<OpeningReference>().is_ok_and(|reference| *reference.owner() == self.owner);
        let ours = of_record || of_start;
        if ours { CauseKind::Unlisted } else { CauseKind::Foreign }
    }

    /// Looks among the mirror's newest entries for those that are not ours, or of no record.
    async fn look_for_others(
        &self,
        line: &Line,
        compared: &HashSet<i64>,
        ids: &MirrorIds,
        since: Option<Millis>,
        found: &mut Found,
    ) -> Result<(), Halt> {
        let Some(id) = ids.get(&(line.mirror.clone(), line.currency.clone())) else { return Ok(()) };
        let Ok(currency) = line.currency.parse::<Currency>() else { return Ok(()) };
        let named = (line.mirror.clone(), currency);
        let mut filters = vec![Filter::eq("balance_id", id)];
        if let Some(since) = since {
            filters.push(Filter::compare("created_at", Operator::Gte, since.plus_seconds(-CLOCK_MARGIN_SECONDS).rfc3339()));
        }
        let rows = self.blnk.transactions(&filters, MAX_ENTRIES_LOOKED_AT, self.deadline).await?;
        let mut days: HashMap<String, HashSet<i64>> = HashMap::new();
        for row in rows.iter().filter(|row| row.status == "APPLIED") {
            if self.kind_of_unexpected(row) == CauseKind::Foreign {
                found.add(of_row(CauseKind::Foreign, &named, row, id, &self.owner));
                continue;
            }
            let Some(at) = row.effective_date.map(jiff::Timestamp::as_second) else {
                found.add(of_row(CauseKind::Different, &named, row, id, &self.owner));
                continue;
            };
            if compared.contains(&hour_of(at)) {
                continue;
            }
            let date = utc_date(at)?;
            if !days.contains_key(&date) {
                if days.len() >= MAX_DAYS_READ {
                    continue;
                }
                days.insert(date.clone(), self.counted_hours(&date, &line.balance, &line.currency).await?);
            }
            if days.get(&date).is_some_and(|hours| !hours.contains(&hour_of(at))) {
                found.add(of_row(CauseKind::Unlisted, &named, row, id, &self.owner));
            }
        }
        Ok(())
    }

    /// The hours of a day in which Stripe lists records of a balance.
    async fn counted_hours(&self, date: &str, balance: &str, currency: &str) -> Result<HashSet<i64>> {
        let store = &self.worker.store;
        let sk = Sk::Day(self.fence.connection, date, balance, currency);
        let answer = store.client.get_item().table_name(&store.table).set_key(Some(key(&self.fence.install, &sk))).send().await;
        let item = answer.map_err(|error| unavailable(error.into_service_error()))?.item;
        let prefix = format!("DAY#{}#", self.fence.connection);
        let day = item.map(|item| super::days::DayHours::of(&item, &prefix)).transpose()?;
        Ok(day.map(|day| day.hours.iter().map(|hour| hour.begins).collect()).unwrap_or_default())
    }

    /// A missing leg that stands as a problem is explained by it.
    pub(super) async fn explain_by_problems(&self, causes: &mut [Cause]) -> Result<(), Halt> {
        let store = &self.worker.store;
        let names = |cause: &Cause| -> Vec<String> {
            if let Some(named) = &cause.problem {
                return vec![named.clone()];
            }
            if cause.reference.parse::<OpeningReference>().is_ok() && cause.kind == CauseKind::Missing {
                return vec![format!("{}:entry", cause.reference)];
            }
            let reference = cause.reference.parse::<Reference>().ok().filter(|_| cause.kind != CauseKind::Foreign);
            let ids = reference.map(|reference| {
                [
                    format!("{}:{}", reference.transaction(), reference.word()),
                    format!("{}:record", reference.transaction()),
                    format!("{}:right", reference.transaction()),
                ]
            });
            ids.into_iter().flatten().collect()
        };
        let wanted: HashSet<String> = causes.iter().flat_map(names).collect();
        let wanted: Vec<String> = wanted.into_iter().collect();
        let mut known = HashSet::new();
        let keys = wanted.iter().map(|id| key(&self.fence.install, &Sk::Problem(self.fence.connection, id))).collect();
        for item in store.read_all(keys).await? {
            // A problem that was resolved explains nothing that is missing now.
            if item.get("state").and_then(|state| state.as_s().ok()).is_some_and(|state| state == "resolved") {
                continue;
            }
            let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok());
            known.extend(sk.and_then(|sk| sk.splitn(3, '#').nth(2)).map(str::to_owned));
        }
        for cause in causes {
            cause.problem = names(cause).into_iter().find(|id| known.contains(id));
        }
        Ok(())
    }
}
