//! At the end of a walk down the whole list: the sums become openings, and those become entries.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::engine::context::Context;
use crate::engine::stages::openings::BEFORE_THE_START;
use crate::engine::stages::read::PageRead;
use crate::engine::stop::Stop;
use crate::model::connection::Start;
use crate::model::ledger::{BalanceKind, Entry, Figures, Opening, Slice, WHOLE_HISTORY, hour_of};
use crate::model::money::Currency;
use crate::model::problem::ProblemReport;
use crate::platform::store::days::opening_operation;
use crate::platform::store::openings::Openings;

impl Context<'_> {
    /// Posts what stands for the records before the start, unless it is there. The sums are stored first: whatever happens then, the next
    /// worker posts the same.
    pub(crate) async fn open(&mut self) -> Result<(), Stop> {
        let Some(start) = self.connection.start.clone().filter(|_| !self.progress.opened) else { return Ok(()) };
        if !start.opened && start.at > WHOLE_HISTORY && self.progress.walk.unsummed {
            // The sum would be short of what could not be read, for good. A problem says what; each run reads the list again.
            tracing::warn!(install = %self.fence.install, "the openings wait: not everything before the start could be read");
            self.progress.opened = true;
            return Ok(());
        }
        if !start.opened {
            self.sum_up(&start).await?;
        }
        let unposted = self.know_openings().await?.values().any(|opening| opening.entries.iter().any(|entry| !entry.posted));
        if !start.opened || unposted {
            self.post_openings(start).await?;
        }
        self.progress.opened = true;
        Ok(())
    }

    /// Remembers that something before the start could not be read.
    pub(crate) fn note_gap(&mut self, read: &PageRead) {
        let start = self.start();
        self.progress.walk.unsummed |= read.hole.as_ref().is_some_and(|hole| hole.oldest < start);
    }

    /// Why what is before the start is not in the ledger yet, if it should be.
    pub(crate) fn waits(&self) -> Option<&'static str> {
        let due = self.connection.start.as_ref().is_some_and(|start| !start.opened) && !self.progress.shadow;
        due.then_some("Something before the start could not be read, so the opening entries wait.")
    }

    async fn sum_up(&mut self, start: &Start) -> Result<(), Stop> {
        let mut there = self.openings_there().await?;
        let listed: BTreeMap<(BalanceKind, Currency), Figures> =
            self.progress.walk.before_sums.iter().map(|(slice, figures)| ((slice.kind.clone(), slice.currency), *figures)).collect();
        let stored = self.know_openings().await?;
        let subjects: BTreeSet<(BalanceKind, Currency)> = listed.keys().chain(there.keys()).chain(stored.keys()).cloned().collect();
        let mut openings = Openings::new();
        let (mut operations, mut met) = (Vec::new(), Vec::new());
        for subject in subjects {
            let (of_list, of_ledger) = (listed.get(&subject).copied().unwrap_or_default(), there.remove(&subject).unwrap_or_default());
            let opening = Opening::settle(&self.owner, (&subject.0, subject.1), start.at, of_list, of_ledger)?;
            met.extend(opening.changed.iter().map(|(day, change)| ProblemReport::before_the_start(&opening, day, change)));
            operations.push(self.worker.store.put_opening(&self.fence.install, self.fence.connection, &opening)?);
            openings.insert(subject, opening);
        }
        self.openings = Some(openings);
        self.progress.counters.problems += self.record(&met).await?;
        self.resolve_codes(&[BEFORE_THE_START], &met).await?;
        if operations.is_empty() { Ok(()) } else { self.checkpoint(operations).await }
    }

    async fn post_openings(&mut self, start: Start) -> Result<(), Stop> {
        let run = self.fence.run.to_string();
        let (owner, chart) = (self.owner.clone(), self.chart.clone());
        let mut openings = self.know_openings().await?.clone();
        let mut entries: Vec<Entry> = Vec::new();
        for opening in openings.values() {
            for entry in opening.entries.iter().filter(|entry| !entry.posted) {
                entries.push(opening.entry(&owner, &chart, &run, entry)?);
            }
        }
        let mut in_ledger: HashSet<String> = HashSet::new();
        if !self.progress.shadow {
            self.guard_openings(&entries).await?;
            in_ledger = entries.iter().map(|entry| entry.reference.clone()).collect();
            let posted = self.post(entries, true).await?;
            posted.problems.iter().flat_map(|met| &met.references).for_each(|reference| {
                in_ledger.remove(reference);
            });
            self.progress.counters.entries_posted += posted.posted;
            self.progress.counters.entries_already_there += posted.already_there;
            self.progress.counters.problems += self.record(&posted.problems).await?;
            let gone: Vec<String> = in_ledger.iter().map(|reference| format!("{reference}:entry")).collect();
            self.resolve_known(&gone).await?;
            self.progress.walk.posted |= posted.posted > 0;
        }
        let (store, install, connection) = (&self.worker.store, &self.fence.install, self.fence.connection);
        let mut operations = Vec::new();
        for opening in openings.values_mut() {
            opening.entries.iter_mut().for_each(|entry| entry.posted |= in_ledger.contains(&entry.reference));
            for entry in &opening.entries {
                let slice = Slice { kind: opening.kind.clone(), currency: opening.currency, hour: hour_of(entry.at) };
                operations.push(opening_operation(store, install, connection, &slice, &opening.figures(entry)?)?);
            }
            operations.push(store.put_opening(install, connection, opening)?);
        }
        self.openings = Some(openings);
        self.progress.opened = true;
        if !self.progress.shadow {
            let opened = Start { opened: true, ..start };
            // The last of them: what goes before may take several transactions.
            operations.push(store.set_start(&self.fence, &opened)?);
            self.connection.start = Some(opened);
        }
        self.checkpoint(operations).await
    }
}
