//! Objects within a run: learnt from the pages, and read again when they are due.

use std::collections::BTreeSet;

use super::{ObjectItem, ObjectKind, Objects, source_of};
use crate::clock;
use crate::stripe::StripeError;
use crate::stripe::types::{BalanceTransaction, Source};
use crate::sync::SubjectKind;
use crate::sync::driver::Job;
use crate::sync::halt::Halt;
use crate::sync::problem::Met;

/// Re-reads of one run.
const READS_A_RUN: u32 = 10;
/// Objects that one run reads because events hint at them.
const HINTED_A_RUN: u32 = 20;
/// Of so many due objects of a kind, a list is asked for first: it may show many at once.
const WORTH_A_LIST: usize = 2;

impl Job<'_> {
    pub(in crate::sync) async fn objects(&mut self) -> Result<&mut Objects, Halt> {
        let objects = match self.objects.take() {
            Some(objects) => objects,
            None => self.worker.store.objects(&self.fence.install, self.fence.connection).await?,
        };
        Ok(self.objects.insert(objects))
    }

    /// Learns what is open, and what is not any more, from the sources of records.
    pub(in crate::sync) async fn learn(&mut self, records: &[BalanceTransaction]) -> Result<(), Halt> {
        for record in records {
            let Some((source, transaction)) = source_of(record) else { continue };
            if ObjectKind::of(&source.object).is_some() {
                self.learn_one(source, Some(transaction)).await?;
            }
        }
        Ok(())
    }

    async fn learn_one(&mut self, source: &Source, transaction: Option<&str>) -> Result<(), Halt> {
        let now = clock::now();
        // Most are settled and were never open: no need to know what is stored.
        let Some(fresh) = ObjectItem::of(source, transaction, None, now) else { return Ok(()) };
        let before = self.objects().await?.get(&fresh.id).cloned();
        let Some(item) = ObjectItem::of(source, transaction, before.as_ref(), now) else { return Ok(()) };
        let write = match &before {
            None => item.is_news(now) || (item.has_members() && item.created >= self.payouts_since(now).await?),
            Some(before) => item.differs(before) || before.next_check <= now,
        };
        if write {
            self.worker.store.put_object(&self.fence.install, self.fence.connection, &item).await?;
        }
        if write || before.is_some() {
            self.objects().await?.insert(item.id.clone(), item);
        }
        Ok(())
    }

    /// Reads again what is due, inside the day's allowance, and what events hint at. Nothing that goes wrong here is the run's trouble:
    /// the money is mirrored without it, and the next run tries again.
    pub(in crate::sync) async fn reread_open(&mut self) -> Result<(), Halt> {
        self.progress.reread = true;
        if let Err(halt) = self.reread_hinted().await {
            tracing::info!(install = %self.fence.install, why = ?halt, "objects that events hint at were not read");
        }
        let now = clock::now();
        let due: Vec<ObjectItem> = {
            let open = self.objects().await?.values().filter(|object| !object.settled && object.next_check <= now);
            open.cloned().collect()
        };
        let mut left = READS_A_RUN;
        for kind in ObjectKind::ALL {
            let mut wanted: Vec<&ObjectItem> = due.iter().filter(|object| object.kind == kind).collect();
            wanted.sort_by_key(|object| object.next_check);
            if let Err(halt) = self.reread_kind(kind, &wanted, &mut left).await {
                tracing::info!(install = %self.fence.install, ?kind, why = ?halt, "open objects were not read again");
            }
        }
        Ok(())
    }

    async fn reread_kind(&mut self, kind: ObjectKind, wanted: &[&ObjectItem], left: &mut u32) -> Result<(), Halt> {
        let mut shown: BTreeSet<String> = BTreeSet::new();
        if wanted.len() >= WORTH_A_LIST && self.may_read(left).await? {
            let oldest = wanted.iter().map(|object| object.created).min().unwrap_or_default();
            let list = self.stripe.objects(kind.resource(), oldest, self.deadline).await?;
            for source in list.data.iter().filter(|source| wanted.iter().any(|object| object.id == source.id)) {
                self.learn_one(source, None).await?;
                shown.insert(source.id.clone());
            }
        }
        for object in wanted.iter().filter(|object| !shown.contains(&object.id)) {
            if !self.may_read(left).await? {
                return Ok(());
            }
            self.reread_one(kind, &object.id).await?;
        }
        Ok(())
    }

    /// Takes one read of this run's and this day's allowance.
    pub(in crate::sync) async fn may_read(&mut self, left: &mut u32) -> Result<bool, Halt> {
        if *left == 0 || self.out_of_time() {
            return Ok(false);
        }
        let may = self.worker.store.take_read(&self.fence.install, self.fence.connection, clock::now()).await?;
        *left = if may { *left - 1 } else { 0 };
        Ok(may)
    }

    async fn reread_one(&mut self, kind: ObjectKind, id: &str) -> Result<(), Halt> {
        let read = self.stripe.object(kind.resource(), id, self.deadline).await;
        let found = match read {
            // A right that this one needs is no reason to rest, and not to be asked for again in this run.
            Err(StripeError::Forbidden { right }) => {
                let met = [Met::not_allowed(SubjectKind::Object, id, right.as_deref())];
                self.progress.counters.problems += self.record(&met).await?;
                return Ok(());
            }
            other => other?,
        };
        self.resolve_known(&[Met::not_allowed(SubjectKind::Object, id, None).id]).await?;
        match found {
            Some(source) => self.learn_one(&source, None).await,
            None => {
                let now = clock::now();
                if let Some(object) = self.objects().await?.get_mut(id) {
                    object.settled = true;
                    object.checked_at = now;
                    let object = object.clone();
                    self.worker.store.put_object(&self.fence.install, self.fence.connection, &object).await?;
                }
                Ok(())
            }
        }
    }

    /// Reads what events hint at, unless a page has shown it since. What this run does not come to waits for the next one.
    async fn reread_hinted(&mut self) -> Result<(), Halt> {
        let mut left = HINTED_A_RUN;
        for hint in self.worker.store.object_hints(&self.fence.install, self.fence.connection).await? {
            let Some(kind) = ObjectKind::of_id(&hint.object_id) else { continue };
            let known = self.objects().await?.get(&hint.object_id);
            if known.is_none_or(|object| object.checked_at < hint.received_at) {
                if left == 0 || self.out_of_time() {
                    continue;
                }
                left -= 1;
                match self.reread_one(kind, &hint.object_id).await {
                    // What Stripe answers in a way that nobody understands is not asked again.
                    Ok(()) | Err(Halt::Fail { .. }) => {}
                    Err(halt) => return Err(halt),
                }
            }
            self.worker.store.drop_object_hint(&self.fence.install, self.fence.connection, &hint).await?;
        }
        Ok(())
    }
}
