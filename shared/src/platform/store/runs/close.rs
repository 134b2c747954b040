//! The end of a run, and its pause: one transaction each.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::asked::Depth;
use crate::model::certificate::{Certificate, Verdict};
use crate::model::connection::{Connection, Pause};
use crate::model::error::{Error, Result};
use crate::model::plan;
use crate::model::progress::Phase;
use crate::model::proof_progress::Differing;
use crate::model::resume::Resume;
use crate::model::run::{Run, RunError, RunState};
use crate::model::summary::{DifferenceWatch, Summary};
use crate::model::time::Millis;
use crate::platform::store::attribute::{n, s, to_attr};
use crate::platform::store::item::to_item;
use crate::platform::store::keys::{Sk, key};
use crate::platform::store::rewrite::Rewrite;
use crate::platform::store::runs::{Fence, Request, RunRepository, new_run};
use crate::platform::store::unavailable;

/// How often a close is retried because the connection changed concurrently.
pub(crate) const MAX_TRIES: u32 = 5;

/// How a run ends.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) state: RunState,
    pub(crate) error: Option<RunError>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) watch: Option<std::collections::BTreeMap<String, DifferenceWatch>>,
}

impl Ending {
    pub(crate) fn failed(code: &str, text: impl Into<String>) -> Self {
        Self { state: RunState::Failed, error: Some(RunError { code: code.to_owned(), text: text.into() }), certificate: None, watch: None }
    }

    pub(crate) fn previewed() -> Self {
        Self { state: RunState::Completed, error: None, certificate: None, watch: None }
    }

    pub(crate) fn cancelled(why: &str) -> Self {
        Self {
            state: RunState::Cancelled,
            error: Some(RunError { code: "cancelled".to_owned(), text: why.to_owned() }),
            certificate: None,
            watch: None,
        }
    }
}

/// The result of a close.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The run has ended. If another run was requested meanwhile, it is returned and waits to be
    /// woken.
    Done(Option<Ulid>),
    /// The run belongs to another worker.
    Superseded,
}

impl RunRepository<'_> {
    /// Ends a run: its state, the connection's watermark, the summary and the certificate, in one
    /// transaction. If another run was requested meanwhile, it is created here.
    pub(crate) async fn close(self, fence: &Fence, run: &Run, ending: Ending, now: Millis, next: Ulid) -> Result<Closed> {
        let mut run = run.clone();
        run.state = ending.state;
        run.error = ending.error;
        run.finished_at = Some(now);
        run.waiting = None;
        run.verdict = ending.certificate.as_ref().map(|certificate| certificate.verdict);
        let stored = self.store.summaries().stored(&fence.install, fence.connection).await?;
        let is_new = stored.is_none();
        let mut summary = stored.unwrap_or_else(|| Summary::new(fence.connection));
        run.proof = ending.certificate;
        if let Some(certificate) = &mut run.proof {
            certificate.seal(summary.last_proof.as_ref())?;
        }
        run.progress.phase = Phase::Done;
        let differing = run.progress.adding.take().map(crate::model::proof_progress::DaySums::into_differing).unwrap_or_default();
        summary.open_problems = self.store.problems().count(&fence.install, fence.connection).await?;
        summarize(&mut summary, &run, ending.watch, differing);
        let mut wanted = true;
        for _ in 0..MAX_TRIES {
            let (_, connection) = self.store.installs().meta_and_connection(&fence.install).await?;
            let connection = connection.filter(|stored| stored.connection == fence.connection && stored.current_run == Some(fence.run));
            let again = connection.as_ref().is_some_and(|connection| connection.rerun_requested);
            let mut operations = vec![self.end(fence, &run)?];
            let mut following = None;
            // The index of the install's condition in the transaction.
            let mut active = None;
            if let Some(connection) = &connection {
                let closed = after(connection, &run);
                if again && wanted {
                    let trigger = connection.rerun_trigger.unwrap_or(run.trigger);
                    let request =
                        Request { id: next, trigger, scope: crate::model::asked::Scope::New, now, launch: None, retention_seconds: 0 };
                    let new = new_run(&closed, &request);
                    active = Some(operations.len());
                    operations.push(self.store.installs().active_in(&fence.install, &connection.generation)?);
                    operations.push(self.put(&fence.install, &new)?);
                    following = Some(new.id);
                }
                operations.push(self.release(fence, connection, &closed, following)?);
                operations.push(self.store.summaries().put(&fence.install, &summary, is_new)?);
                if let Some(certificate) = &run.proof {
                    let item = to_item(&fence.install, &Sk::Proof(fence.connection, certificate.id), certificate)?;
                    let put = Put::builder().table_name(&self.store.table).set_item(Some(item)).build().map_err(Error::internal)?;
                    operations.push(TransactWriteItem::builder().put(put).build());
                }
            }
            match self.store.transact(operations).await? {
                crate::platform::store::Transacted::Done => return Ok(Closed::Done(following)),
                crate::platform::store::Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                    return Ok(Closed::Superseded);
                }
                // The app was removed: no run follows.
                crate::platform::store::Transacted::Refused(refusals) => {
                    wanted &= !refusals.iter().any(|refusal| Some(refusal.at) == active);
                }
            }
        }
        Err(unavailable("the connection kept changing while a run was closed"))
    }

    fn end(self, fence: &Fence, run: &Run) -> Result<TransactWriteItem> {
        let set =
            ["#state = :state", "finished_at = :now", "verdict = :verdict", "proof = :proof", "#error = :error", "checkpoint = :next"];
        let update = Rewrite::of_map("progress", &run.progress)?
            .beside(&set, &["waiting"])
            .update(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .condition_expression("checkpoint = :checkpoint AND attempt = :attempt AND #state = :running")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":state", to_attr(&run.state)?)
            .expression_attribute_values(":now", to_attr(&run.finished_at)?)
            .expression_attribute_values(":verdict", to_attr(&run.verdict)?)
            .expression_attribute_values(":proof", to_attr(&run.proof)?)
            .expression_attribute_values(":error", to_attr(&run.error)?)
            .expression_attribute_values(":checkpoint", AttributeValue::N(fence.checkpoint.to_string()))
            .expression_attribute_values(":next", AttributeValue::N((fence.checkpoint + 1).to_string()))
            .expression_attribute_values(":attempt", AttributeValue::N(fence.attempt.to_string()))
            .expression_attribute_values(":running", s("running"))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Releases the run, on condition that no other run was requested since the connection was
    /// read.
    fn release(self, fence: &Fence, before: &Connection, after: &Connection, following: Option<Ulid>) -> Result<TransactWriteItem> {
        let again = match (before.rerun_requested, before.rerun_trigger) {
            (true, Some(_)) => "again = :yes AND again_by = :by",
            (true, None) => "again = :yes AND attribute_not_exists(again_by)",
            (false, _) => "(attribute_not_exists(again) OR again = :no)",
        };
        let mut set = vec!["again = :no".to_owned()];
        let mut remove = vec!["paused".to_owned(), "again_by".to_owned()];
        let mut update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Stripe)))
            .condition_expression(format!("#connection = :connection AND current_run = :run AND {again}"))
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(fence.connection.to_string()))
            .expression_attribute_values(":run", s(fence.run.to_string()))
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        if before.rerun_requested {
            update = update.expression_attribute_values(":yes", AttributeValue::Bool(true));
            if let Some(by) = &before.rerun_trigger {
                update = update.expression_attribute_values(":by", to_attr(by)?);
            }
        }
        match following {
            Some(id) => {
                set.push("current_run = :following".to_owned());
                update = update.expression_attribute_values(":following", s(id.to_string()));
            }
            None => remove.push("current_run".to_owned()),
        }
        set.push("unposted = :unposted, confirmed = :confirmed".to_owned());
        update = update.expression_attribute_values(":confirmed", AttributeValue::Bool(after.first_sync_confirmed));
        update = update.expression_attribute_values(":unposted", AttributeValue::Bool(after.has_unposted_history));
        update = update.expression_attribute_names("#resume", "resume");
        match &after.resume {
            Some(resume) => {
                set.push("#resume = :resume".to_owned());
                update = update.expression_attribute_values(":resume", to_attr(resume)?);
            }
            None => remove.push("#resume".to_owned()),
        }
        for (name, value) in [
            ("watermark", after.watermark.map(|at| at.0)),
            ("daily_reread_at", after.daily_reread_at.map(|at| at.0)),
            ("weekly_reread_at", after.weekly_reread_at.map(|at| at.0)),
            ("reread_from", after.reread_from),
        ] {
            match value {
                Some(value) => {
                    set.push(format!("{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), n(value));
                }
                None => remove.push(name.to_owned()),
            }
        }
        let update =
            update.update_expression(format!("SET {} REMOVE {}", set.join(", "), remove.join(", "))).build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

impl RunRepository<'_> {
    /// Pauses a run until a person acts. It stays the open run. Nothing is written when the Stripe
    /// key was replaced since `connection` was read: the wake-up that came with the new key then
    /// continues the run.
    pub(crate) async fn pause(self, fence: &Fence, connection: &Connection, pause: &Pause) -> Result<bool> {
        let run = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .update_expression("SET #state = :paused, #error = :error, barren = :zero REMOVE waiting")
            .condition_expression("checkpoint = :checkpoint AND attempt = :attempt")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(":error", to_attr(&RunError { code: pause.code.clone(), text: pause.reason.clone() })?)
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":checkpoint", AttributeValue::N(fence.checkpoint.to_string()))
            .expression_attribute_values(":attempt", AttributeValue::N(fence.attempt.to_string()))
            .build()
            .map_err(Error::internal)?;
        let connection = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Stripe)))
            .update_expression("SET paused = :paused")
            .condition_expression("#connection = :connection AND current_run = :run AND sealed_key = :key")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(fence.connection.to_string()))
            .expression_attribute_values(":run", s(fence.run.to_string()))
            .expression_attribute_values(":key", to_attr(&connection.sealed_key)?)
            .expression_attribute_values(":paused", to_attr(pause)?)
            .build()
            .map_err(Error::internal)?;
        let operations = vec![TransactWriteItem::builder().update(run).build(), TransactWriteItem::builder().update(connection).build()];
        Ok(self.store.transact(operations).await?.done())
    }
}

/// Brings a summary up to date with a run that ends.
fn summarize(
    summary: &mut Summary,
    run: &Run,
    watch: Option<std::collections::BTreeMap<String, DifferenceWatch>>,
    differing: Vec<Differing>,
) {
    summary.tallies.count(run.state);
    if let Some(watch) = watch {
        summary.difference_watch = watch;
    }
    if run.proof.is_some() {
        summary.last_proof.clone_from(&run.proof);
        summary.differing = differing;
        (summary.partly, summary.cut) = (run.progress.partly, run.progress.cut);
        summary.reread_after.clone_from(&run.progress.reread_next);
    }
    if let Some(certificate) = run.proof.as_ref().filter(|certificate| certificate.verdict == Verdict::Match) {
        summary.last_match = Some(certificate.at);
    }
    summary.take_in(run);
}

/// The connection after a run. A completed run moves the watermark to when it began to read. Any
/// other run leaves its range to the next.
pub(crate) fn after(connection: &Connection, run: &Run) -> Connection {
    let mut after = connection.clone();
    match run.state {
        _ if run.is_preview() => {}
        RunState::Completed | RunState::CompletedWithProblems => {
            // Never later than what was read: the part between the two ranges of a resumed run was
            // read by the earlier run.
            let began_at = run.progress.resume.as_ref().map(|resume| resume.began_at).or(run.progress.read_began_at);
            after.watermark = began_at.or(connection.watermark);
            (after.reread_from, after.resume) = (None, None);
            after.has_unposted_history = run.progress.read_only;
            // Requesting a run that may not write is no consent to one that may.
            after.first_sync_confirmed &= !run.progress.read_only;
            if matches!(run.depth, Depth::TwoDays | Depth::Fortnight | Depth::Everything) {
                after.daily_reread_at = began_at;
            }
            if matches!(run.depth, Depth::Fortnight | Depth::Everything) {
                after.weekly_reread_at = began_at;
            }
        }
        _ => {
            // This includes what a newly readable record made it read below its own range.
            let lower = run.progress.resume.as_ref().map_or(run.lower, |resume| resume.lower);
            let lower = lower.map(|lower| run.progress.deeper.map_or(lower, |deeper| deeper.min(lower)));
            after.reread_from = Some(plan::reread_from(lower, connection.reread_from));
            after.resume = Resume::left(run, connection).map(Box::new);
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use crate::model::progress::{Counters, Progress, Walk};

    use crate::model::asked::{Scope, Trigger};

    use super::*;

    use crate::model::connection::tests::connection;

    fn run(lower: Option<i64>, deeper: Option<i64>, state: RunState) -> Run {
        let request = Request {
            id: Ulid::from_parts(1, 1),
            trigger: Trigger::Manual,
            scope: Scope::New,
            now: Millis(0),
            launch: None,
            retention_seconds: 0,
        };
        let mut run = new_run(&connection(), &request);
        (run.lower, run.progress.deeper, run.state) = (lower, deeper, state);
        run
    }

    /// The next run reads what a run should have read and did not: its own range, and the hour of a
    /// newly readable record.
    #[test]
    fn a_run_that_did_not_complete_leaves_all_of_its_range() {
        const HOUR: i64 = 3600;
        let left = |lower, deeper, earlier| {
            let connection = Connection { reread_from: earlier, ..connection() };
            after(&connection, &run(lower, deeper, RunState::Failed)).reread_from
        };
        assert_eq!(left(Some(9 * HOUR), None, None), Some(9 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(2 * HOUR), None), Some(2 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(11 * HOUR), None), Some(9 * HOUR));
        assert_eq!(left(Some(9 * HOUR), Some(2 * HOUR), Some(HOUR)), Some(HOUR));
        assert_eq!(left(None, Some(2 * HOUR), None), Some(i64::MIN), "the whole history");
        let done = after(&connection(), &run(Some(9 * HOUR), Some(2 * HOUR), RunState::Completed));
        assert_eq!(done.reread_from, None);
    }

    /// A walk that restarts counts its own records again, and nothing else.
    #[test]
    fn a_walk_that_begins_again_counts_nothing_twice() {
        let counters =
            Counters { pages: 3, records: 250, entries_posted: 400, entries_already_there: 5, problems: 2, ..Counters::default() };
        let walk = Walk { cursor: Some("txn_1".to_owned()), lower: Some(7_200), bound: 10_800, ..Walk::default() };
        let begun =
            Progress { walk, walks: 1, counters, guard: Some(crate::model::approval::CircuitBreaker::default()), ..Progress::default() };
        let mut begun = Progress { preview: Some(Box::default()), retried: true, ..begun };
        begun.totals.entry("payments#USD".to_owned()).or_default().records = 250;
        let mut later = Progress { walks: 2, ..begun.clone() };
        begun.walk_again();
        assert_eq!(begun.walk, Walk::new(Some(7_200), 10_800));
        assert_eq!(begun.counters, Counters { entries_posted: 400, problems: 2, ..Counters::default() }, "what was done stays done");
        assert!(begun.totals.is_empty() && begun.guard.is_none() && begun.preview.is_none() && begun.retried);
        later.walk_again();
        assert_eq!((later.counters, later.totals.len()), (counters, 1), "a second look counts nothing");
        assert_eq!(later.walk, begun.walk);
    }
}
