//! An install with a connection, and what its workers hold and write.

use serde_json::{Value, json};
use test_support::{Aws, TABLE};

use crate::model::connection::Connection;
use crate::model::install::id::InstallId;
use crate::model::run::progress::Progress;
use crate::model::run::request::{Scope, Trigger};
use crate::model::run::{Run, RunState};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::connected::{Connected, PK, connected};
use crate::platform::store::runs::ending::Ending;
use crate::platform::store::runs::{Fence, Request, Requested};
use crate::platform::table::Store;
use crate::platform::table::item::to_item;
use crate::platform::table::keys::Sk;

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
    pub(crate) async fn run(&self) -> Run {
        let request = Request {
            id: clock::new_ulid(),
            trigger: Trigger::Manual,
            scope: Scope::New,
            now: NOW,
            launch: None,
            retention_seconds: 60,
        };
        match self.store.runs().request(&self.install, &self.connection, &request).await.unwrap() {
            Requested::Created(run) => *run,
            other => panic!("{other:?}"),
        }
    }

    /// A worker claims the run.
    pub(crate) async fn claim(&self, run: &Run) -> (Fence, Run) {
        let run = self
            .store
            .runs()
            .claim(&self.install, run.connection, run.id, NOW)
            .await
            .unwrap()
            .unwrap();
        let (checkpoint, attempt) = (run.checkpoint, run.attempt);
        (
            Fence {
                install: self.install.clone(),
                connection: run.connection,
                run: run.id,
                checkpoint,
                attempt,
            },
            run,
        )
    }

    pub(crate) fn stored(&self, run: &Run) -> Value {
        self.aws.item(PK, &Sk::Run(run.connection, run.id).to_string()).unwrap()
    }

    pub(crate) fn stored_connection(&self) -> Value {
        self.aws.item(PK, "STRIPE").unwrap()
    }

    /// As many writes as a page with many hours may add.
    pub(crate) fn days(&self, many: usize) -> Vec<crate::platform::table::units::Unit> {
        let day = |at: usize| {
            let sk = format!("2026-{at:04}");
            let item = to_item(
                &self.install,
                &Sk::Day(self.connection.connection, &sk, "payments", "USD"),
                &json!({"records": at}),
            )
            .unwrap();
            let put = aws_sdk_dynamodb::types::Put::builder()
                .table_name(TABLE)
                .set_item(Some(item))
                .build()
                .unwrap();
            crate::platform::table::units::Unit(vec![
                aws_sdk_dynamodb::types::TransactWriteItem::builder().put(put).build(),
            ])
        };
        (0..many).map(day).collect()
    }
}

pub(crate) fn reached(pages: u64) -> Progress {
    let mut progress = Progress { read_began_at: Some(NOW), ..Progress::default() };
    progress.counters.pages = pages;
    progress
}

pub(crate) fn completed() -> Ending {
    Ending::of(RunState::Completed)
}
