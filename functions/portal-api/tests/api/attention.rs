//! What needs attention: one list, in two reads of the table.

use serde_json::{Value, json};
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;
use ulid::Ulid;

use crate::world::{World, world, world_with};

impl World {
    async fn object(&self, connection: Ulid, id: &str, kind: &str, more: &Value) {
        let now = clock::now().seconds();
        let mut item = json!({"id": id, "kind": kind, "amount": "50000", "currency": "USD",
            "created": now - 3600, "settled": false, "first_seen": now * 1000,
            "checked_at": now * 1000, "next_check": now * 1000});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.put_item(&Sk::Object(connection, id), &item).await;
    }

    /// Everything that asks for attention at once.
    async fn trouble(&self) {
        let (connection, now) = (self.present(), clock::now().seconds());
        let failed =
            json!({"status": "failed", "arrival": now - 86_400, "reason": "account_closed"});
        self.object(connection, "po_1", "payout", &failed).await;
        let paid = json!({"status": "paid", "arrival": now});
        self.object(connection, "po_2", "payout", &paid).await;
        let due = json!({"status": "needs_response", "due_by": now + 9 * 86_400 + 60,
            "reason": "product_not_received"});
        self.object(connection, "du_1", "dispute", &due).await;
        let refund = json!({"status": "pending"});
        self.object(connection, "re_1", "refund", &refund).await;
        let kinds = json!([{"code": "unknown_type", "count": 2, "since": 1_760_000_000_000_i64,
            "amounts": {"USD": {"count": 2, "sum": "-167"}}}]);
        let summary = json!({"connection": connection.to_string(), "open_problems": 2,
            "open_kinds": kinds});
        self.put_item(&Sk::Summary, &summary).await;
    }
}

#[tokio::test]
async fn what_needs_attention_is_one_list_in_two_reads() {
    let world = world().await;
    let bearer = world.connected().await;
    world.trouble().await;
    let mut shown = world.get(&bearer, "attention").await.json();
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"]);
    for item in shown["items"].as_array_mut().unwrap() {
        for time in ["since", "due_at"] {
            if item[time].is_string() {
                item[time] = json!("[time]");
            }
        }
    }
    shown["at"] = json!("[time]");
    insta::assert_json_snapshot!("attention", shown);
    let overview = world.get(&bearer, "overview").await.json();
    assert_eq!(overview["open_problems"], shown["open_problems"], "one figure, one source");
}

#[tokio::test]
async fn problems_that_a_person_settles_leave_the_list_at_once() {
    let world = world().await;
    let bearer = world.connected().await;
    world.trouble().await;
    let id = world.problem("txn_1", "validation").await;
    let reason = json!({"ids": [id], "reason": "Known."});
    assert_eq!(world.post(&bearer, "problems/dismiss", &reason).await.status, 200);
    let about_problems = async || -> Vec<Value> {
        let shown = world.get(&bearer, "attention").await.json();
        let items = shown["items"].as_array().unwrap().iter();
        items.filter(|item| item["action"]["kind"] == "review_problems").cloned().collect()
    };
    assert_eq!(about_problems().await, Vec::<Value>::new(), "counted again");
    assert_eq!(world.post(&bearer, "problems/reopen", &json!({"ids": [id]})).await.status, 200);
    let open = about_problems().await;
    assert_eq!((&open[0]["subject"], &open[0]["amount"]), (&json!("validation"), &json!("500")));
    assert_eq!((open.len(), &open[0]["exponent"]), (1, &json!(0)));
}

#[tokio::test]
async fn an_approval_names_the_run_and_what_is_approved() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut connection = world.stored_connection().unwrap();
    let run = Ulid::from_parts(5, 5).to_string();
    connection["current_run"] = json!(run);
    connection["paused"] = json!({"code": "fuse_size", "reason": "Too many."});
    world.put_item(&Sk::Stripe, &connection).await;
    let shown = world.get(&bearer, "attention").await.json();
    let action = json!({"kind": "approve", "id": run, "code": "fuse_size", "url": null});
    assert_eq!(shown["items"][0]["action"], action);
    assert_eq!(shown["counts"], json!({"critical": 0, "warning": 1, "notice": 0, "total": 1}));
}

#[tokio::test]
async fn another_connections_matters_and_a_missing_permission_show_nothing() {
    let world = world().await;
    let bearer = world.session().await;
    let empty = world.get(&bearer, "attention").await.json();
    assert_eq!(empty["items"], json!([]), "nothing is connected");
    let bearer = world.connected().await;
    let other = Ulid::from_parts(1, 1);
    let failed = json!({"status": "failed", "arrival": clock::now().seconds()});
    world.object(other, "po_9", "payout", &failed).await;
    let summary = json!({"connection": other.to_string(), "open_problems": 4});
    world.put_item(&Sk::Summary, &summary).await;
    let shown = world.get(&bearer, "attention").await.json();
    assert_eq!((&shown["items"], &shown["open_problems"]), (&json!([]), &json!(0)));
    let reader = world_with(&["alerts:read"]).await;
    let reply = reader.get(&reader.session().await, "attention").await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"));
}
