//! The audit trail: of this installation, newest first, page by page.

use serde_json::{Value, json};
use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use ulid::Ulid;

use crate::world::{World, world, world_with};

/// A day, in milliseconds.
const DAY: u64 = 86_400_000;

impl World {
    /// Entries of this kind, a second apart, from a moment on.
    async fn acted(&self, kind: &str, from_ms: u64, count: u64) {
        for at in 0..count {
            let id = Ulid::from_parts(from_ms + at * 1000, u128::from(at));
            let entry = json!({"kind": kind, "at": from_ms + at * 1000, "launch_id": "01LAUNCH",
                "subject": format!("=run_{at}"), "ttl": 4_000_000_000_i64});
            self.put_item(&Sk::Activity(id), &entry).await;
        }
    }

    async fn trail(&self, bearer: &str, query: &str) -> Value {
        let reply = self.get(bearer, &format!("activity{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        reply.json()
    }
}

fn later() -> u64 {
    clock::new_ulid().timestamp_ms() + DAY
}

fn entries(page: &Value) -> &Vec<Value> {
    page["entries"].as_array().unwrap()
}

#[tokio::test]
async fn the_trail_is_shown_newest_first_in_two_reads_a_page() {
    let world = world().await;
    let bearer = world.connected().await;
    world.acted("run_requested", later(), 5).await;
    let first = world.trail(&bearer, "?limit=3").await;
    assert_eq!(world.aws.calls(), ["BatchGetItem", "Query"]);
    let newest = &entries(&first)[0];
    for (name, expected) in [
        ("kind", json!("run_requested")),
        ("text", json!("Sync requested")),
        ("launch_id", json!("01LAUNCH")),
        ("subject", json!("=run_4")),
    ] {
        assert_eq!(newest[name], expected, "{name}");
    }
    assert_eq!((entries(&first).len(), &first["kept_days"]), (3, &json!(90)));
    let mut seen: Vec<Value> = entries(&first).clone();
    let mut next = first["next"].clone();
    while let Some(cursor) = next.as_str() {
        let page = world.trail(&bearer, &format!("?limit=3&cursor={cursor}")).await;
        seen.extend(entries(&page).clone());
        next = page["next"].clone();
    }
    let kinds: Vec<&str> = seen.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(&kinds[5..], ["stripe_connected", "redeemed", "launched"], "each once");
    let ids: Vec<&str> = seen.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
}

#[tokio::test]
async fn the_trail_is_filtered_by_kind_and_by_days() {
    let world = world().await;
    let bearer = world.connected().await;
    world.acted("run_requested", later(), 3).await;
    world.acted("settings_changed", later() + 40 * DAY, 2).await;
    let changed = world.trail(&bearer, "?kind=settings_changed&limit=1").await;
    assert_eq!(entries(&changed)[0]["subject"], "=run_1");
    let cursor = changed["next"].as_str().unwrap();
    let rest = world.trail(&bearer, &format!("?kind=settings_changed&cursor={cursor}")).await;
    assert_eq!((entries(&rest).len(), &rest["next"]), (1, &Value::Null));
    let today = clock::now().rfc3339();
    let until = world.trail(&bearer, &format!("?to={}", &today[..10])).await;
    assert!(entries(&until).iter().all(|entry| entry["subject"] != "=run_1"), "{until}");
    let since = world.trail(&bearer, "?from=2999-01-01").await;
    assert_eq!(entries(&since).len(), 0);
    for wrong in [
        "?kind=nothing",
        "?cursor=nothing",
        "?from=2026-13-01",
        "?to=yesterday",
        "?from=2026-02-02&to=2026-02-01",
        "?limit=many",
    ] {
        assert_eq!(world.get(&bearer, &format!("activity{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_trail_of_another_install_or_an_earlier_installation_is_not_shown() {
    let world = world().await;
    let bearer = world.connected().await;
    world.acted("fuse_approved", later() - 400 * DAY, 2).await;
    let other = InstallId::parse("instapp_2").unwrap();
    let entry = json!({"kind": "fuse_approved", "at": 1, "ttl": 4_000_000_000_i64});
    let item = to_item(&other, &Sk::Activity(Ulid::from_parts(later(), 9)), &entry).unwrap();
    let put = world.store.client.put_item().table_name(&world.store.table).set_item(Some(item));
    put.send().await.unwrap();
    let shown = world.trail(&bearer, "").await;
    assert!(entries(&shown).iter().all(|entry| entry["kind"] != "fuse_approved"), "{shown}");
    assert!(shown["installed_at"].is_string());
    let reader = world_with(&["alerts:read"]).await;
    let reply = reader.get(&reader.session().await, "activity").await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "permission_missing"));
}

#[tokio::test]
async fn the_exported_trail_holds_no_formula_and_is_never_cut() {
    let world = world().await;
    let bearer = world.connected().await;
    world.acted("run_requested", later(), 2).await;
    let reply = world.get(&bearer, "activity.csv?kind=run_requested").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/csv; charset=utf-8"));
    let text = reply.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "id,at,kind,text,launch_id,subject");
    assert!(lines[1].ends_with(",run_requested,Sync requested,01LAUNCH,'=run_1"), "{text}");
    assert_eq!(lines.len(), 4, "{text}");
    let none = world.get(&bearer, "activity.csv?from=2999-01-01").await.text();
    assert_eq!(none, "id,at,kind,text,launch_id,subject\r\n");
    assert_eq!(world.get(&bearer, "activity.csv?from=x").await.status, 400);
}
