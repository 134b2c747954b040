//! Sessions that are renewed while they are used.

use serde_json::Value;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::session::Bearer;
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use ulid::Ulid;

use crate::world::{ALL, INSTALL, PK, world, world_of};

/// A deployment that lets a session live for an hour: the page renews its bearer while it is used.
/// The first bearer bounds all that follow, and an uninstalled app's session is over.
#[tokio::test]
async fn a_session_is_renewed_within_its_longest_life_and_never_past_an_uninstall() {
    let world = world_of(&ALL, 60).await;
    let token = world.launch().await.sign(&world.secrets);
    let opened = world.redeem(&token).await.json();
    let ends = |session: &Value| Millis::parse(session["expires_at"].as_str().unwrap()).unwrap();
    let until = Millis::parse(opened["renewable_until"].as_str().unwrap()).unwrap();
    assert_eq!(until.seconds() - ends(&opened).seconds(), 45 * 60);

    let bearer = opened["bearer"].as_str().unwrap();
    world.aws.forget();
    let renewed = world.renew(bearer).await;
    assert_eq!((renewed.status, world.aws.calls()), (200, vec!["BatchGetItem".to_owned()]));
    let renewed = renewed.json();
    assert!(
        ends(&renewed) >= ends(&opened) && renewed["renewable_until"] == opened["renewable_until"]
    );
    assert_eq!(world.get(renewed["bearer"].as_str().unwrap(), "overview").await.status, 200);

    // A bearer of a session that was opened fifty minutes ago lives ten minutes more.
    let now = clock::now();
    let old = |opened: i64, ends: i64| {
        let install = InstallId::parse(INSTALL).unwrap();
        let generation =
            world.aws.item(PK, "META").unwrap()["generation"].as_str().unwrap().to_owned();
        let (opened_at, expires_at) = (Some(now.plus_seconds(opened)), now.plus_seconds(ends));
        let bearer = Bearer { install, generation, launch: Ulid::nil(), expires_at, opened_at };
        bearer.sign(&world.secrets)
    };
    let last = world.renew(&old(-50 * 60, 60)).await.json();
    assert_eq!(ends(&last).seconds(), now.plus_seconds(10 * 60).seconds());
    let spent = world.renew(&old(-50 * 60, 10 * 60)).await;
    assert_eq!((spent.status, spent.code().as_str()), (403, "session_not_renewable"));
    let expired = world.renew(&old(-50 * 60, -1)).await;
    assert_eq!((expired.status, expired.code().as_str()), (410, "session_expired"));

    world.uninstall().await;
    let over = world.renew(bearer).await;
    assert_eq!((over.status, over.code().as_str()), (401, "session_over"));
}

/// The default: a session ends after fifteen minutes, as the platform asks.
#[tokio::test]
async fn no_session_is_renewed_unless_the_deployment_chooses_so() {
    let world = world().await;
    let opened = world.redeem(&world.launch().await.sign(&world.secrets)).await.json();
    assert!(opened.get("renewable_until").is_none());
    let reply = world.renew(opened["bearer"].as_str().unwrap()).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "session_not_renewable"));
}
