use serde_json::{Value, json};
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use ulid::Ulid;

use crate::world::{INSTALL, PK, World, world, world_with};

impl World {
    /// A problem as a run leaves it.
    pub(crate) async fn problem(&self, record: &str, code: &str) -> String {
        let id = format!("{record}:amount");
        let item = json!({"id": id, "kind": "record", "subject": record, "code": code,
            "cause": "The ledger refused it.", "amount": "500",
            "currency": "JPY", "entry_references": [format!("stripe:acct_1:test:{id}")],
            "entry_ids": [], "state": "open", "attempts": 2,
            "first_seen": 1_760_000_000_000_i64, "last_seen": 1_760_000_100_000_i64,
            "run": Ulid::nil().to_string(), "fingerprint": "x"});
        self.put_item(&Sk::Problem(self.present(), &id), &item).await;
        id
    }

    pub(crate) fn present(&self) -> Ulid {
        self.stored_connection().unwrap()["connection"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn put_item(&self, sk: &Sk<'_>, value: &Value) {
        let install = stripe_sync::model::install::id::InstallId::parse(INSTALL).unwrap();
        let item = to_item(&install, sk, value).unwrap();
        self.store
            .client
            .put_item()
            .table_name(&self.store.table)
            .set_item(Some(item))
            .send()
            .await
            .unwrap();
        self.aws.forget();
    }

    fn stored_problem(&self, id: &str) -> Value {
        self.aws.item(PK, &Sk::Problem(self.present(), id).to_string()).unwrap()
    }

    pub(crate) fn audited(&self, kind: &str) -> Vec<Value> {
        self.aws.items(PK, "ACTIVITY#").into_iter().filter(|entry| entry["kind"] == kind).collect()
    }
}

#[tokio::test]
async fn a_problem_says_what_to_do_and_is_read_in_two_calls() {
    let world = world().await;
    let bearer = world.connected().await;
    world.problem("txn_1", "validation").await;
    world.problem("txn_2", "unknown_type").await;
    let page = world.get(&bearer, "problems?state=open&code=validation").await.json();
    let shown = &page["problems"][0];
    assert_eq!((page["problems"].as_array().unwrap().len(), &page["next"]), (1, &Value::Null));
    for (name, expected) in [
        ("id", json!("txn_1:amount")),
        ("stripe_id", json!("txn_1")),
        ("action", json!("retry")),
        ("amount", json!("500")),
        ("exponent", json!(0)),
        ("attempts", json!(2)),
        ("entry_references", json!(["stripe:acct_1:test:txn_1:amount"])),
        ("retry_requested", json!(false)),
    ] {
        assert_eq!(shown[name], expected, "{name}");
    }
    assert!(shown["advice"].as_str().is_some_and(|advice| advice.len() > 20));
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"]);
    let kinds = world.get(&bearer, "problems/kinds").await.json();
    let row = |code: &str, action: &str| {
        json!({"code": code, "action": action, "open": 1, "resolved": 0,
            "dismissed": 0})
    };
    assert_eq!(
        kinds,
        json!({"kinds": [row("unknown_type", "review"), row("validation", "retry")],
            "complete": true})
    );
    for wrong in
        ["problems?state=gone", &format!("problems?code={}", "x".repeat(100)), "problems?before="]
    {
        assert_eq!(world.get(&bearer, wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_retry_marks_the_problem_and_makes_a_run_that_will_find_it() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.problem("txn_1", "validation").await;
    let reply = world.post(&bearer, "problems/retry", &json!({"ids": [id]})).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let done = reply.json();
    assert_eq!(
        (&done["changed"], &done["left_alone"], &done["run"]["state"]),
        (&json!(1), &json!(0), &json!("queued"))
    );
    assert_eq!(done["created"], true);
    assert!(world.stored_problem(&id)["retry_requested"].is_i64());
    assert_eq!(world.aws.messages().last().unwrap().body["run"], done["run"]["id"]);
    assert_eq!(world.audited("problem_retried")[0]["subject"], json!(id));
    let marked = world.stored_problem(&id)["retry_requested"].as_i64().unwrap();
    let run: Ulid = done["run"]["id"].as_str().unwrap().parse().unwrap();
    assert!(i64::try_from(run.timestamp_ms()).unwrap() >= marked, "the run begins after the mark");
    // A second click while that run is open: another run follows, for what this one may have passed
    // already.
    let second = world.post(&bearer, "problems/retry", &json!({"ids": [id]})).await.json();
    assert_eq!(
        (&second["run"]["id"], &second["created"]),
        (&done["run"]["id"], &json!(false)),
        "that run is not the one that tries again"
    );
    assert_eq!(world.aws.messages().last().unwrap().body.get("run"), None);
    for wrong in [
        json!({}),
        json!({"ids": []}),
        json!({"ids": [id], "code": "validation"}),
        json!({"code": ""}),
        json!({"ids": ["x".repeat(600)]}),
    ] {
        assert_eq!(world.post(&bearer, "problems/retry", &wrong).await.status, 400, "{wrong}");
    }
    let reply = world.post(&bearer, "problems/retry", &json!({"ids": ["txn_9:amount"]})).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "problem_changed"));
}

#[tokio::test]
async fn a_whole_kind_is_retried_and_nothing_else() {
    let world = world().await;
    let bearer = world.connected().await;
    for record in 0..7 {
        world
            .problem(
                &format!("txn_{record}"),
                if record < 5 { "validation" } else { "unknown_type" },
            )
            .await;
    }
    let done = world.post(&bearer, "problems/retry", &json!({"code": "validation"})).await.json();
    assert_eq!((&done["changed"], &done["more"]), (&json!(5), &json!(false)));
    let marked = world
        .aws
        .items(PK, "PROBLEM#")
        .into_iter()
        .filter(|problem| problem.get("retry_requested").is_some())
        .count();
    assert_eq!((marked, world.audited("problem_retried").len()), (5, 1));
    let again = world.post(&bearer, "problems/retry", &json!({"code": "validation"})).await.json();
    assert_eq!((&again["changed"], &again["run"]), (&json!(0), &Value::Null), "asked for already");
}

#[tokio::test]
async fn a_dismissal_needs_a_reason_and_can_be_taken_back() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.problem("txn_1", "validation").await;
    let connection = world.present();
    world
        .put_item(&Sk::Summary, &json!({"connection": connection.to_string(), "open_problems": 1}))
        .await;
    for wrong in [
        json!({"ids": [id], "reason": "  "}),
        json!({"ids": [id], "reason": "x".repeat(501)}),
        json!({"ids": [id], "reason": "\u{7}"}),
    ] {
        assert_eq!(world.post(&bearer, "problems/dismiss", &wrong).await.status, 400, "{wrong}");
    }
    let reply = world
        .post(
            &bearer,
            "problems/dismiss",
            &json!({"ids": [id], "reason": " Agreed with finance. "}),
        )
        .await;
    assert_eq!((reply.status, &reply.json()["open"]), (200, &json!(0)), "{}", reply.text());
    let stored = world.stored_problem(&id);
    assert_eq!(
        (&stored["state"], &stored["reason"]),
        (&json!("dismissed"), &json!("Agreed with finance."))
    );
    assert_eq!(world.audited("problem_dismissed").len(), 1);
    assert_eq!(
        world.get(&bearer, "overview").await.json()["open_problems"],
        0,
        "the overview knows at once"
    );
    let reply =
        world.post(&bearer, "problems/dismiss", &json!({"ids": [id], "reason": "again"})).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "problem_changed"));
    assert_eq!(
        world.post(&bearer, "problems/reopen", &json!({"ids": [id]})).await.json()["open"],
        1
    );
    assert_eq!(world.get(&bearer, "overview").await.json()["open_problems"], 1);
    world.uninstall().await;
    let before = world.aws.dump();
    assert_eq!(
        world
            .post(&bearer, "problems/dismiss", &json!({"ids": [id], "reason": "late"}))
            .await
            .status,
        401
    );
    assert_eq!(world.aws.dump(), before);
}

#[tokio::test]
async fn a_retry_needs_the_permission_to_write_and_a_dismissal_does_not() {
    let world = world_with(&["data:read"]).await;
    let bearer = world.connected().await;
    let id = world.problem("txn_1", "validation").await;
    let reply = world.post(&bearer, "problems/retry", &json!({"ids": [id]})).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"));
    assert!(world.stored_problem(&id).get("retry_requested").is_none());
    assert_eq!(
        world
            .post(&bearer, "problems/dismiss", &json!({"ids": [id], "reason": "known"}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn unsettled_objects_are_shown_with_deadlines_first() {
    let world = world().await;
    let bearer = world.connected().await;
    let now = stripe_sync::platform::clock::now().seconds();
    let object = |id: &str, kind: &str, status: &str, more: Value| {
        let mut item = json!({"id": id, "kind": kind, "status": status, "amount": "12345",
            "currency": "USD", "created": now - 3600, "settled": false,
            "first_seen": now * 1000, "checked_at": now * 1000, "next_check": now * 1000});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    for item in [
        object("re_1", "refund", "pending", json!({})),
        object("po_1", "payout", "paid", json!({"arrival": now})),
        object(
            "po_2",
            "payout",
            "failed",
            json!({"arrival": now - 86_400, "settled": true, "reason": "account_closed"}),
        ),
        object("po_3", "payout", "in_transit", json!({"arrival": now + 86_400})),
        object("ch_1", "charge", "pending", json!({})),
        object("du_1", "dispute", "needs_response", json!({"due_by": now + 900_000})),
        object("du_2", "dispute", "needs_response", json!({"due_by": now + 86_400})),
        object("du_3", "dispute", "won", json!({"settled": true})),
    ] {
        let id = item["id"].as_str().unwrap().to_owned();
        world.put_item(&Sk::Object(world.present(), &id), &item).await;
    }
    let shown = world.get(&bearer, "objects").await.json();
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"]);
    let ids: Vec<&str> = shown["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["id"].as_str().unwrap())
        .collect();
    assert_eq!((&ids[..3], ids.len()), (["du_2", "du_1", "po_2"].as_slice(), 5), "{shown}");
    assert!(
        shown["objects"][0]["due_by"].as_str().is_some_and(|due| due.ends_with('Z'))
            && shown["objects"][0]["urgent"] == true
    );
}

#[tokio::test]
async fn a_problem_is_read_by_its_id_in_any_state_and_an_unknown_id_is_not_found() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.problem("txn_1", "validation").await;
    let listed = world.get(&bearer, "problems").await.json()["problems"][0].clone();
    world.aws.forget();
    assert_eq!(world.get(&bearer, &format!("problems/{id}")).await.json(), listed);
    assert_eq!(world.aws.calls(), ["BatchGetItem", "GetItem"]);
    let reason = json!({"ids": [id], "reason": "Known."});
    assert_eq!(world.post(&bearer, "problems/dismiss", &reason).await.status, 200);
    let dismissed = world.get(&bearer, &format!("problems/{id}")).await.json();
    assert_eq!(
        (&dismissed["state"], &dismissed["reason"]),
        (&json!("dismissed"), &json!("Known."))
    );
    for nobody in ["txn_2:amount", "%20", &"x".repeat(600)] {
        assert_eq!(world.get(&bearer, &format!("problems/{nobody}")).await.status, 404, "{nobody}");
    }
    let reader = world_with(&["data:read"]).await;
    let reply = reader.get(&reader.session().await, &format!("problems/{id}")).await;
    assert_eq!(reply.status, 404, "nothing is connected");
}
