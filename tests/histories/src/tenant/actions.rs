//! What a person does in the portal: request a run, approve it, lift its pause, retry a problem.

use serde_json::json;
use stripe_sync::model::activity::{Activity, Kind};
use stripe_sync::model::ledger::RuleNames;
use stripe_sync::model::run::request::{Scope, Trigger};
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::message::WakeUp;
use stripe_sync::platform::store::activity::AuditEntry;
use stripe_sync::platform::store::problems::actions::{Audit, MAX_ACTED_ON, ProblemAction};
use stripe_sync::platform::store::runs::{Request, Requested};

use super::{RETENTION, Tenant};

impl Tenant<'_> {
    /// Requests a run: creates one, or notes the request with the open one. Returns the message to
    /// send, or nothing when AWS fails.
    pub async fn request(&self, scope: Scope) -> Option<WakeUp> {
        let (_, connection) =
            self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let request = Request {
            id: clock::new_ulid(),
            trigger: Trigger::Manual,
            scope,
            now: clock::now(),
            launch: None,
            retention_seconds: RETENTION.seconds(),
        };
        let run =
            match self.store.runs().request(&self.install, &connection?, &request).await.ok()? {
                Requested::Created(run) => Some(run.id),
                Requested::Open(_) => None,
                Requested::Uninstalled | Requested::Gone => return None,
            };
        Some(self.wake_up(&json!({"reason": "manual", "run": run, "at": request.now})))
    }

    /// Approves what a run is paused for. Returns the message that continues it, or nothing when no
    /// run waits for approval or AWS fails.
    pub async fn approve(&self) -> Option<WakeUp> {
        let paused = self.aws.item(&self.pk(), "STRIPE")?["paused"]["code"].as_str()?.to_owned();
        let (_, connection) =
            self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let connection = connection?;
        let run = connection.current_run?;
        let id = clock::new_ulid();
        let activity = Activity {
            kind: Kind::FuseApproved,
            at: clock::now(),
            launch_id: None,
            subject: None,
            ttl: i64::MAX / 2,
        };
        self.store
            .runs()
            .approve(&self.install, &connection, run, &paused, &AuditEntry { id, activity })
            .await
            .ok()?;
        Some(self.wake_up(&json!({"reason": "continue", "run": run})))
    }

    /// Lifts a pause. Returns the message that continues the run, or nothing when there is no run
    /// or AWS fails.
    pub async fn resume(&self) -> Option<WakeUp> {
        let (_, connection) =
            self.store.installs().meta_and_connection(&self.install).await.ok()?;
        let connection = connection?;
        self.store.runs().lift_pause(&self.install, connection.connection).await.ok()?;
        Some(self.wake_up(&json!({"reason": "continue", "run": connection.current_run?})))
    }

    /// Dismisses the open problems about movements with these names that no rule knew. Returns how
    /// many there were.
    ///
    /// # Panics
    /// When the table does not answer.
    #[expect(clippy::unwrap_used, reason = "the test's own request")]
    pub async fn dismiss_unrecognised(&self, names: &RuleNames) -> usize {
        let (_, connection) =
            self.store.installs().meta_and_connection(&self.install).await.unwrap();
        let connection = connection.unwrap();
        let audit = Audit {
            now: clock::now(),
            launch: clock::new_ulid(),
            subject: "the group".to_owned(),
            retention_seconds: RETENTION.seconds(),
        };
        let problems = self.store.problems();
        let open = problems.open_under(&self.install, connection.connection, names, MAX_ACTED_ON);
        let (ids, more) = open.await.unwrap();
        assert!(!more);
        let dismiss = ProblemAction::Dismiss("moved by hand".to_owned());
        let done = problems.act(&self.install, &connection, &ids, &dismiss, &audit).await.unwrap();
        done.changed.len()
    }

    /// Retries a problem.
    ///
    /// # Panics
    /// When there is no such problem.
    #[expect(clippy::unwrap_used, reason = "the test's own request")]
    pub async fn retry(&self, problem: &str) {
        let (_, connection) =
            self.store.installs().meta_and_connection(&self.install).await.unwrap();
        let audit = Audit {
            now: clock::now(),
            launch: clock::new_ulid(),
            subject: problem.to_owned(),
            retention_seconds: RETENTION.seconds(),
        };
        let ids = [problem.to_owned()];
        let changed = self
            .store
            .problems()
            .act(&self.install, &connection.unwrap(), &ids, &ProblemAction::Retry, &audit)
            .await
            .unwrap();
        assert_eq!(changed.changed, ids);
    }
}
