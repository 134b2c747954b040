//! The end of a run: one transaction.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::approval::Approvals;
use crate::model::certificate::Verdict;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::problem::tally::OpenProblems;
use crate::model::run::progress::Progress;
use crate::model::run::request::Scope;
use crate::model::run::{Run, RunState};
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::store::runs::carry_over::{after, summarize};
use crate::platform::store::runs::ending::{CloseInputs, Ending};
use crate::platform::store::runs::{Fence, Request, RunRepository, new_run, while_running};
use crate::platform::table::attribute::attr::{
    FIRST_SYNC_CONFIRMED, HAS_UNPOSTED_HISTORY, RERUN_REQUESTED, RERUN_TRIGGER,
};
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Transacted, unavailable};

/// How often a close is retried because the connection changed concurrently.
pub(crate) const MAX_TRIES: u32 = 5;

/// The request for the run that was asked for while this one was open.
fn rerun(connection: &Connection, run: &Run, now: Millis, id: Ulid) -> Request {
    Request {
        id,
        trigger: connection.rerun_trigger.unwrap_or(run.trigger),
        scope: Scope::New,
        now,
        launch: None,
        retention_seconds: 0,
    }
}

/// The part of the progress that is kept of a run that ended in a match: what the portal shows. No
/// worker continues it.
fn shown(progress: &Progress) -> Progress {
    Progress {
        phase: progress.phase,
        resume: progress.resume.clone(),
        counters: progress.counters,
        oldest_reached: progress.oldest_reached,
        totals: progress.totals.clone(),
        read_only: progress.read_only,
        ..Progress::default()
    }
}

/// The result of a close.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CloseOutcome {
    /// The run has ended. If another run was requested meanwhile, it is returned and waits to be
    /// woken.
    Done(Option<Ulid>),
    /// The run belongs to another worker.
    Superseded,
}

impl RunRepository<'_> {
    /// Ends a run: its state, the connection's watermark, the summary and the certificate, in one
    /// transaction. The run's own item goes at `expires_at`, in Unix seconds; its certificate
    /// stays. If another run was requested meanwhile, it is created here.
    pub(crate) async fn close(
        self,
        fence: &Fence,
        run: &Run,
        mut ending: Ending,
        now: Millis,
        expires_at: i64,
        next: Ulid,
    ) -> Result<CloseOutcome> {
        let (stored, open, mut read) = self.read_for(fence, ending.read.take()).await?;
        let is_new = stored.is_none();
        let mut summary = stored.unwrap_or_else(|| Summary::new(fence.connection));
        let watch = ending.watch.take();
        if !run.is_preview() {
            summary.known_empty = ending.known_empty.take();
        }
        if ending.certificate.is_some() {
            summary.dismissed = std::mem::take(&mut ending.dismissed);
        }
        let mut run = ending.finish(run, summary.last_proof.as_ref(), now)?;
        let differing = run
            .progress
            .adding
            .take()
            .map(crate::model::run::proof_progress::DaySums::into_differing)
            .unwrap_or_default();
        (summary.open_problems, summary.open_kinds) = (open.count(), open.kinds());
        summarize(&mut summary, &run, watch, differing);
        let mut wanted = true;
        for _ in 0..MAX_TRIES {
            let connection = match read.take() {
                Some(connection) => Some(connection),
                None => self.store.installs().meta_and_connection(&fence.install).await?.1,
            };
            let connection = connection.filter(|stored| {
                stored.connection == fence.connection && stored.current_run == Some(fence.run)
            });
            let mut operations = vec![self.end(fence, &run, expires_at)?];
            let mut following = None;
            // The index of the install's condition in the transaction.
            let mut active = None;
            if let Some(connection) = &connection {
                let closed = after(connection, &run);
                if connection.rerun_requested && wanted {
                    let new = new_run(&closed, &rerun(connection, &run, now, next));
                    active = Some(operations.len());
                    operations.push(
                        self.store.installs().active_in(&fence.install, &connection.generation)?,
                    );
                    operations.push(self.put(&fence.install, &new)?);
                    following = Some(new.id);
                }
                operations.push(self.release(fence, connection, &closed, following)?);
                operations.push(self.store.summaries().put(&fence.install, &summary, is_new)?);
                if let Some(certificate) = &run.proof {
                    let certificates = self.store.certificates();
                    let (install, of) = (&fence.install, fence.connection);
                    operations.push(certificates.put(install, of, certificate)?);
                }
            }
            match self.store.transact(operations).await? {
                Transacted::Done => return Ok(CloseOutcome::Done(following)),
                Transacted::Refused(refusals) if refusals.iter().any(|refusal| refusal.at == 0) => {
                    return Ok(CloseOutcome::Superseded);
                }
                // The app was removed: no run follows.
                Transacted::Refused(refusals) => {
                    wanted &= !refusals.iter().any(|refusal| Some(refusal.at) == active);
                }
            }
        }
        Err(unavailable("the connection kept changing while a run was closed"))
    }

    /// The summary, the open problems and the connection, as far as the run has not read them.
    async fn read_for(
        self,
        fence: &Fence,
        read: Option<Box<CloseInputs>>,
    ) -> Result<(Option<Summary>, OpenProblems, Option<Connection>)> {
        if let Some(read) = read {
            return Ok((read.summary, read.open, Some(read.connection)));
        }
        let stored = self.store.summaries().stored(&fence.install, fence.connection).await?;
        let open = self.store.problems().open(&fence.install, fence.connection).await?;
        Ok((stored, open, None))
    }

    fn end(self, fence: &Fence, run: &Run, expires_at: i64) -> Result<TransactWriteItem> {
        let is_plain = run.state == RunState::Completed && run.verdict == Some(Verdict::Match);
        let mut set = vec![
            "#state = :state",
            "finished_at = :now",
            "verdict = :verdict",
            "certificate = :certificate",
            "#ttl = :ttl",
            "checkpoint = :next",
        ];
        let mut remove = vec!["waiting"];
        match &run.error {
            Some(_) => set.push("#error = :error"),
            None => remove.push("#error"),
        }
        let progress = if is_plain {
            // Attributes that only a worker needs. They would be most of the storage of years of
            // idle runs.
            remove.extend(["stop_requested", "touched_at"]);
            remove.extend(Some("approvals").filter(|_| run.approvals == Approvals::default()));
            Rewrite::of_sparse_map("progress", &shown(&run.progress))?
        } else {
            Rewrite::of_map("progress", &run.progress)?
        };
        let mut update = progress.beside(&set, &remove).update(&self.store.table);
        if let Some(error) = &run.error {
            update = update.expression_attribute_values(":error", to_attr(error)?);
        }
        let update = while_running(fence, update)
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":state", to_attr(&run.state)?)
            .expression_attribute_values(":now", to_attr(&run.finished_at)?)
            .expression_attribute_values(":verdict", to_attr(&run.verdict)?)
            .expression_attribute_names("#ttl", attr::TTL)
            .expression_attribute_values(":ttl", n(expires_at))
            .expression_attribute_values(":certificate", to_attr(&run.certificate)?)
            .expression_attribute_values(
                ":next",
                AttributeValue::N((fence.checkpoint + 1).to_string()),
            )
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Releases the run, on condition that no other run was requested since the connection was
    /// read.
    fn release(
        self,
        fence: &Fence,
        before: &Connection,
        after: &Connection,
        following: Option<Ulid>,
    ) -> Result<TransactWriteItem> {
        let mut set = vec![format!("{RERUN_REQUESTED} = :no")];
        let mut remove = vec!["paused".to_owned(), RERUN_TRIGGER.to_owned()];
        let mut update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Stripe)))
            .condition_expression(format!(
                "#connection = :connection AND current_run = :run AND {}",
                rerun_unchanged(before)
            ))
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
        set.push(format!(
            "{HAS_UNPOSTED_HISTORY} = :unposted, {FIRST_SYNC_CONFIRMED} = :confirmed"
        ));
        update = update.expression_attribute_values(
            ":confirmed",
            AttributeValue::Bool(after.first_sync_confirmed),
        );
        update = update.expression_attribute_values(
            ":unposted",
            AttributeValue::Bool(after.has_unposted_history),
        );
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
        let update = update
            .update_expression(format!("SET {} REMOVE {}", set.join(", "), remove.join(", ")))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// The condition that no other run was requested since the connection was read.
fn rerun_unchanged(before: &Connection) -> String {
    match (before.rerun_requested, before.rerun_trigger) {
        (true, Some(_)) => format!("{RERUN_REQUESTED} = :yes AND {RERUN_TRIGGER} = :by"),
        (true, None) => {
            format!("{RERUN_REQUESTED} = :yes AND attribute_not_exists({RERUN_TRIGGER})")
        }
        (false, _) => {
            format!("(attribute_not_exists({RERUN_REQUESTED}) OR {RERUN_REQUESTED} = :no)")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::run::progress::{Counters, Progress, Walk};
    use crate::model::run::step::Step;

    /// A walk that restarts counts its own records again, and nothing else.
    #[test]
    fn a_walk_that_begins_again_counts_nothing_twice() {
        let counters = Counters {
            pages: 3,
            records: 250,
            entries_posted: 400,
            entries_already_there: 5,
            problems: 2,
            ..Counters::default()
        };
        let walk = Walk {
            cursor: Some("txn_1".to_owned()),
            lower: Some(7_200),
            bound: 10_800,
            ..Walk::default()
        };
        let begun = Progress {
            walk,
            walks: 1,
            counters,
            guard: Some(crate::model::approval::CircuitBreaker::default()),
            ..Progress::default()
        };
        let mut begun = Progress { preview: Some(Box::default()), step: Step::Openings, ..begun };
        begun.totals.entry("payments#USD".to_owned()).or_default().records = 250;
        let mut later = Progress { walks: 2, ..begun.clone() };
        begun.walk_again();
        assert_eq!(begun.walk, Walk::new(Some(7_200), 10_800));
        assert_eq!(
            begun.counters,
            Counters { entries_posted: 400, problems: 2, ..Counters::default() },
            "what was done stays done"
        );
        assert!(
            begun.totals.is_empty()
                && begun.guard.is_none()
                && begun.preview.is_none()
                && begun.step == Step::Openings
        );
        later.walk_again();
        assert_eq!(
            (later.counters, later.totals.len()),
            (counters, 1),
            "a second look counts nothing"
        );
        assert_eq!(later.walk, begun.walk);
    }
}
