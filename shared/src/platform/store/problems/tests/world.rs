//! An install with a connection, and what its runs and people do with problems.

use serde_json::{Value, json};
use test_support::Aws;
use ulid::Ulid;

use crate::model::activity::Kind;
use crate::model::connection::Connection;
use crate::model::install::id::InstallId;
use crate::model::money::Sum;
use crate::model::problem::item::{MissingEntries, ProblemState, SubjectKind};
use crate::model::problem::report::ProblemReport;
use crate::model::time::Millis;
use crate::platform::store::connected::{Connected, PK, connected};
use crate::platform::store::problems::actions::{ActedOn, Audit, ProblemAction};
use crate::platform::table::Store;
use crate::platform::table::keys::Sk;

/// The time at which the first run finds problems.
pub(crate) const NOW: Millis = Millis(1_760_000_100_000);

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) store: Store,
    pub(crate) install: InstallId,
    pub(crate) connection: Connection,
}

pub(crate) async fn world() -> World {
    let Connected { aws, store, install, connection } = connected(NOW).await;
    World { aws, store, install, connection }
}

impl World {
    /// A run finds a problem, `minutes` from the start.
    pub(crate) async fn meet(
        &self,
        run: u128,
        report: &ProblemReport,
        minutes: i64,
        first: bool,
    ) -> ProblemState {
        let now = NOW.plus_seconds(minutes * 60);
        let run = Ulid::from_parts(1, run);
        self.store
            .problems()
            .record(&self.install, self.connection.connection, run, report, now, first)
            .await
            .unwrap()
    }

    pub(crate) async fn act(&self, ids: &[&str], what: &ProblemAction) -> ActedOn {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let audit = Audit {
            now: NOW.plus_seconds(1),
            launch: Ulid::from_parts(2, 2),
            subject: ids.first().cloned().unwrap_or_default(),
            retention_seconds: 60,
        };
        self.store
            .problems()
            .act(&self.install, &self.connection, &ids, what, &audit)
            .await
            .unwrap()
    }

    pub(crate) async fn resolve(&self, id: &str) {
        let (run, now) = (Ulid::from_parts(1, 9), NOW.plus_seconds(600));
        self.store
            .problems()
            .resolve(&self.install, self.connection.connection, run, id, now, NOW.seconds() + 999)
            .await
            .unwrap();
    }

    pub(crate) fn stored(&self, id: &str) -> Value {
        self.aws.item(PK, &Sk::Problem(self.connection.connection, id).to_string()).unwrap()
    }

    pub(crate) fn trail(&self) -> Vec<Value> {
        let kinds = [Kind::ProblemRetried, Kind::ProblemDismissed, Kind::ProblemReopened]
            .map(|kind| json!(kind));
        self.aws
            .items(PK, "ACTIVITY#")
            .into_iter()
            .filter(|entry| kinds.contains(&entry["kind"]))
            .collect()
    }

    pub(crate) async fn open(&self) -> u64 {
        let (problems, connection) = (self.store.problems(), self.connection.connection);
        problems.open(&self.install, connection).await.unwrap().count()
    }
}

/// A leg that the ledger refused, with its effect on the mirror.
pub(crate) fn refused(
    record: &str,
    leg: &str,
    code: &str,
    message: &str,
    debit: i128,
    credit: i128,
) -> ProblemReport {
    let missing = MissingEntries {
        balance: "payments".to_owned(),
        currency: "USD".to_owned(),
        debit: Sum(debit),
        credit: Sum(credit),
    };
    let report =
        ProblemReport::new(SubjectKind::Record, record, leg, code.to_owned().into(), message)
            .of(debit + credit, "USD");
    ProblemReport { quoted: true, missing: Some(missing), ..report }
}
