//! The end of a case: all faults are lifted, and then the last runs and the books must be right.

use sandbox::faults::{CallFilter, Surface};
use serde_json::{Value, json};
use stripe_sync::engine::worker;
use stripe_sync::model::run::RunState;
use stripe_sync::model::run::request::Scope;

use super::run::LONGEST;
use super::{Case, Checked, random};
use crate::judge::{self, PlantedEntry};
use crate::{permanent_faults, time};

/// Requests to Stripe that a run of an idle account makes at most.
const IDLE_GETS: u64 = 3;
/// Why a run may have failed under faults.
const GIVEN_UP: [&str; 2] = ["no_progress", "worker_failed"];
/// Problems that random records cause by themselves.
const EXPECTED_PROBLEMS: [&str; 4] =
    ["unknown_type", "does_not_add_up", "foreign_fee", "customer_unknown"];

impl Case<'_> {
    /// Lifts all faults.
    pub(super) async fn lift_faults(&self) {
        let fault_ids = std::mem::take(&mut self.state.borrow_mut().fault_ids);
        let faults = &self.tenant.world.sandbox.world.faults;
        let hit: u64 = faults
            .list()
            .iter()
            .filter(|fault| fault_ids.contains(&fault.id))
            .map(|fault| fault.hits)
            .sum();
        for id in fault_ids {
            faults.remove(Some(id));
        }
        self.tenant.aws.clear_faults();
        permanent_faults::lift(&self.tenant).await;
        self.tenant.offset_balance(&json!({})).await;
        self.note_offset().await;
        self.tenant.world.restart_ledger(&self.tenant.instance).await;
        let mut state = self.state.borrow_mut();
        state.tally.faults += hit;
        (state.had_faults, state.quiet_since) = (false, time::now());
        (state.snapshots, state.changes, state.offset) = (Vec::new(), 0, 0);
    }

    /// Without faults, open runs end and the last run has nothing to report. One more run has
    /// nothing to do.
    pub(super) async fn finish(&self) -> Checked {
        let mut rng = random(self.seed, "the end");
        for _ in 0..3 {
            self.run(&mut rng, false).await?;
        }
        if let Some(wake_up) = self.tenant.request(Scope::New).await {
            self.send(wake_up);
        }
        self.run(&mut rng, false).await?;
        self.check_runs()?;
        self.check_books().await?;
        let records = self.check_idle_run().await?;
        self.check_runs()?;
        self.check_books().await?;
        self.state.borrow_mut().tally.records = records as u64;
        Ok(())
    }

    /// A run with nothing to do reads little and posts nothing. Returns how many records Stripe
    /// lists.
    async fn check_idle_run(&self) -> Result<usize, String> {
        let (entries, calls_before) = (self.tenant.snapshot().await.legs, self.stripe_calls());
        self.state.borrow_mut().messages.clear();
        let wake_up =
            self.tenant.request(Scope::New).await.ok_or("a request that was not taken")?;
        worker::handle(&self.tenant.worker(LONGEST), &wake_up, "the last")
            .await
            .map_err(|error| error.to_string())?;
        self.judge_certificates(false).await?;
        let calls = self.stripe_calls() - calls_before;
        if calls > IDLE_GETS {
            let made = self.stripe_calls_by_route();
            return Err(format!("a run with nothing to do called Stripe {calls} times: {made:?}"));
        }
        let now = self.tenant.snapshot().await;
        let runs = self.tenant.runs();
        let counters = runs.last().and_then(|(_, run)| run.pointer("/progress/counters"));
        let counters = counters.ok_or("the run has no counters")?;
        // A run that came to a match stores no zeros.
        let posted = counters["entries_posted"].as_u64().unwrap_or_default();
        if posted != 0 || now.legs != entries {
            return Err(format!("a run with nothing to do posted {posted} entries"));
        }
        Ok(now.records)
    }

    fn stripe_calls(&self) -> u64 {
        self.stripe_calls_by_route().iter().map(|(_, count)| count).sum()
    }

    fn stripe_calls_by_route(&self) -> Vec<(String, u64)> {
        let filter = CallFilter {
            surface: Some(Surface::Stripe),
            account: Some(self.tenant.account.account.clone()),
            instance: None,
        };
        let calls = self.tenant.world.sandbox.world.faults.calls(&filter);
        calls.into_iter().map(|(route, count)| (format!("{route:?}"), count)).collect()
    }

    /// The newest run completed with the right verdict; those before it ended for reasons that are
    /// allowed.
    fn check_runs(&self) -> Checked {
        let runs = self.tenant.runs();
        for (state, run) in &runs {
            let code = run.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
            if *state == RunState::Paused
                || (*state == RunState::Failed && !GIVEN_UP.contains(&code))
            {
                return Err(format!("a run is {state:?}: {}", run["error"]));
            }
        }
        let Some((state, run)) = runs.last() else { return Err("no run at all".to_owned()) };
        if !matches!(state, RunState::Completed | RunState::CompletedWithProblems) {
            return Err(format!("the last run is {state:?}: {}", run["error"]));
        }
        let start = self.start_dates.map(|dates| dates.later.unwrap_or_default());
        if start.is_some_and(|start| self.tenant.start() != Some(start)) {
            return Err(format!("the start is {:?}, not {start:?}", self.tenant.start()));
        }
        let planted = self.state.borrow().planted.clone();
        let expected = if planted.is_empty() { "match" } else { "mismatch" };
        if run["verdict"] != expected {
            return Err(format!(
                "the last run says {}, not {expected}: {}",
                run["verdict"], run["proof"]
            ));
        }
        let certificates = self.tenant.certificates();
        let wrong = certificates
            .last()
            .map(|last| judge::wrong_causes(last, &planted, self.tenant.partly_named()))
            .unwrap_or_default();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("the causes: {wrong:?} in {:?}", certificates.last()))
        }
    }

    /// Every record is mirrored exactly once, and the ledger holds nothing else but what others
    /// posted.
    async fn check_books(&self) -> Checked {
        let now = self.tenant.snapshot().await;
        let planted = self.state.borrow().planted.clone();
        let is_planted = |line: &String| {
            let sums = |entry: &PlantedEntry| format!("{} {}: ", entry.mirror, entry.currency);
            planted
                .iter()
                .any(|entry| line.starts_with(&entry.reference) || line.starts_with(&sums(entry)))
        };
        let differences: Vec<&String> =
            now.differences.iter().filter(|line| !is_planted(line)).collect();
        let problems: Vec<(String, String)> = self
            .tenant
            .problems()
            .into_iter()
            .filter(|(code, _)| !EXPECTED_PROBLEMS.contains(&code.as_str()))
            .filter(|(code, id)| {
                !planted.iter().any(|entry| entry.reference.ends_with(id))
                    && !names_planted(code, &planted)
            })
            .collect();
        if differences.is_empty() && now.stripe_offsets.is_empty() && problems.is_empty() {
            return self.check_figures().await;
        }
        Err(format!(
            "the books differ: {differences:?}, offsets {:?}, problems {problems:?}",
            now.stripe_offsets
        ))
    }
}

impl Case<'_> {
    /// The stored figures are those of Stripe's records and of the ledger's own entries.
    async fn check_figures(&self) -> Checked {
        let changed = self.state.borrow().planted.iter().map(|it| it.reference.clone()).collect();
        let mut wrong = self.tenant.wrong_figures(&changed).await;
        wrong.extend(self.tenant.wrong_sums());
        if self.tenant.connection()["figures_complete"] != true {
            return Err("the figures of the past were not made".to_owned());
        }
        if !wrong.is_empty() {
            return Err(format!("{wrong:?}"));
        }
        self.check_statements().await
    }
}

/// Whether a problem names what is wrong on purpose.
fn names_planted(code: &str, planted: &[PlantedEntry]) -> bool {
    !planted.is_empty() && ["foreign_entry", "entry_changed"].contains(&code)
}
