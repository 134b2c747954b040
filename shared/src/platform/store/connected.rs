//! For tests: an install with a connected Stripe account, in a table of its own.

use serde_json::json;
use test_support::{Aws, TABLE};
use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::connection::tests::connection;
use crate::model::install::Event;
use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::aws;
use crate::platform::table::Store;
use crate::platform::table::item::to_item;
use crate::platform::table::keys::Sk;

/// The partition of the install.
pub(crate) const PK: &str = "INSTALL#instapp_1";

pub(crate) struct Connected {
    pub(crate) aws: Aws,
    pub(crate) store: Store,
    pub(crate) install: InstallId,
    pub(crate) connection: Connection,
}

/// Installs and connects at the given time.
pub(crate) async fn connected(now: Millis) -> Connected {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let body = json!({"installed_app_id": "instapp_1", "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_0123456789",
        "granted_permissions": ["data:read", "data:write"],
        "idempotency_key": "install:instapp_1"});
    let Event::Install(event) = Event::parse(body.to_string().as_bytes(), None).unwrap() else {
        panic!("an install")
    };
    let generation = Ulid::from_parts(1_760_000_000_000, 9);
    store.installs().install(&event, &connection().sealed_key, generation, now).await.unwrap();
    let connection = Connection { generation: generation.to_string(), ..connection() };
    let item = to_item(&event.install, &Sk::Stripe, &connection).unwrap();
    store.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    Connected { aws, store, install: event.install, connection }
}
