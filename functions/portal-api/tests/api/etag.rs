//! Answers that rarely change bear a tag, and a caller that has one is not sent it again.

use serde_json::json;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Call, Reply};

use crate::certificates::ID;
use crate::world::{World, world};

impl World {
    async fn again(&self, bearer: &str, path: &str, tag: &str) -> Reply {
        Call::new("GET", &format!("/portal/api/{path}"))
            .bearer(bearer)
            .header("if-none-match", tag)
            .to(&self.router)
            .await
    }
}

/// A final statement, its journal and a certificate have a strong tag of their own. With it they
/// are answered without a body, with another one in full; the headers for security stay.
#[tokio::test]
async fn a_response_that_rarely_changes_is_sent_once() {
    let world = world().await;
    let bearer = world.books().await;
    for path in [
        "statements/2026-03",
        "statements?from=2026-03-01&to=2026-03-31",
        "statements.csv?from=2026-03-01&to=2026-03-31",
        "journal?from=2026-03-01&to=2026-03-31",
        "journal.csv?from=2026-03-01&to=2026-03-31",
    ] {
        let whole = world.get(&bearer, path).await;
        let tag = whole.header("etag").to_owned();
        assert_eq!((whole.status, tag.len()), (200, 66), "{path}: {tag}");
        assert!(tag.starts_with('"') && tag.ends_with('"'), "strong: {tag}");
        assert_eq!(whole.header("cache-control"), "private, no-cache");
        for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let again = world.again(&bearer, path, &known).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} with {known}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.header("cache-control"), "private, no-cache");
            assert_eq!(again.header("x-content-type-options"), "nosniff");
            assert_eq!(again.header("content-disposition"), "");
        }
        let changed = world.again(&bearer, path, "\"other\"").await;
        assert_eq!((changed.status, &changed.body), (200, &whole.body));
    }
}

#[tokio::test]
async fn a_certificate_and_its_files_are_sent_once() {
    let world = world().await;
    let bearer = world.certified().await;
    for path in ["", "/document", "/table"] {
        let path = format!("certificates/{ID}{path}");
        let tag = world.get(&bearer, &path).await.header("etag").to_owned();
        assert_eq!(world.again(&bearer, &path, &tag).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn a_payout_that_has_arrived_is_sent_once() {
    let world = world().await;
    let bearer = world.connected().await;
    for (id, status, then) in [("po_1", "paid", 304), ("po_2", "in_transit", 200)] {
        let item = json!({"id": id, "amount": "2800", "currency": "USD", "status": status,
            "created": 1_760_000_000, "automatic": true, "read_at": 1_760_000_000_000_i64});
        world.put_item(&Sk::Payout(world.present(), id), &item).await;
        let path = format!("payouts/{id}");
        let first = world.get(&bearer, &path).await;
        assert_eq!((first.status, first.header("etag").is_empty()), (200, then == 200), "{status}");
        assert_eq!(world.again(&bearer, &path, "*").await.status, then, "{status}");
    }
}

/// What may still change, and what is refused, has no tag, whatever the caller has.
#[tokio::test]
async fn responses_that_may_change_are_not_cached() {
    let world = world().await;
    let bearer = world.books().await;
    for path in ["statements/2026-04", "statements/2026-13", "overview", "certificates/no-id"] {
        let reply = world.again(&bearer, path, "*").await;
        assert_ne!(reply.status, 304, "{path}");
        assert_eq!(
            (reply.header("etag"), reply.header("cache-control")),
            ("", "no-store"),
            "{path}"
        );
    }
    let without = world.again("made-up", "statements/2026-03", "*").await;
    assert_eq!((without.status, without.header("etag")), (401, ""));
}
