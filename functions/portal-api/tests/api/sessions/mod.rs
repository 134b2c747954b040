//! Sessions: opened by a launch, used, over.

mod changed_secret;
mod renewal;

use std::time::Duration;

use serde_json::json;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::secret_versions::Versions;
use stripe_sync::model::session::{Bearer, Launch};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use test_support::{Call, Logs};
use ulid::Ulid;

use crate::world::{BASE, DASHBOARD, INSTALL, PK, PREVIOUS_SESSION, World, world};

/// Every route that reads.
const READS: [&str; 5] =
    ["overview", "permissions", "runs", "runs/01K2V7Q8ZJ4M9T3R6W5X0Y1EEE", "problems"];

fn launched_at(at: Millis) -> Launch {
    Launch {
        install: InstallId::parse(INSTALL).unwrap(),
        id: Ulid::from_parts(u64::try_from(at.0).unwrap(), 7),
    }
}

#[tokio::test]
async fn a_launch_can_be_opened_six_times_and_each_is_audited() {
    let world = world().await;
    let launch = world.launch().await;
    let token = launch.sign(&world.secrets);
    let logs = Logs::capture("portal_api");
    for time in 1..=6 {
        world.aws.forget();
        let reply = world.redeem(&token).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(world.aws.calls(), ["GetItem", "TransactWriteItems"]);
        assert_eq!(world.aws.bodies("GetItem")[0]["ConsistentRead"], json!(true));
        assert_eq!(reply.json()["launch_id"], json!(launch.id.to_string()));
        let minutes =
            Millis::parse(reply.json()["expires_at"].as_str().unwrap()).unwrap().seconds()
                - clock::now().seconds();
        assert!((14 * 60..=15 * 60).contains(&minutes), "{minutes}");
        let bearer = reply.json()["bearer"].as_str().unwrap().to_owned();
        assert_eq!(world.get(&bearer, "overview").await.status, 200);
        assert!(
            !logs.text().is_empty()
                && !logs.text().contains(&token)
                && !logs.text().contains(&bearer)
        );
        let trail = world
            .aws
            .items(PK, "ACTIVITY#")
            .into_iter()
            .filter(|entry| entry["kind"] == "redeemed")
            .count();
        assert_eq!(trail, time);
    }
    let reply = world.redeem(&token).await;
    assert_eq!((reply.status, reply.code().as_str()), (410, "session_expired"));
    assert_eq!(world.aws.item(PK, &format!("LAUNCH#{}", launch.id)).unwrap()["redemptions"], 6);
    // Opened at once from several frames, it is still opened six times and no more.
    let token = world.launch().await.sign(&world.secrets);
    let (a, b, c, d) = tokio::join!(
        world.redeem(&token),
        world.redeem(&token),
        world.redeem(&token),
        world.redeem(&token)
    );
    let (e, f, g) = tokio::join!(world.redeem(&token), world.redeem(&token), world.redeem(&token));
    let opened = [a, b, c, d, e, f, g].iter().filter(|reply| reply.status == 200).count();
    assert_eq!(opened, 6);
}

/// The answer may be lost: the page asks again under its id. Nobody else's redemption is free for
/// that.
#[tokio::test]
async fn a_redemption_repeated_under_its_id_is_counted_once_also_when_the_launch_is_used_up() {
    let world = world().await;
    let launch = world.launch().await;
    let token = launch.sign(&world.secrets);
    let under = |id: String| {
        let body = json!({"token": token, "redemption_id": id});
        let call = Call::new("POST", "/portal/api/session")
            .json(&body)
            .header("sec-fetch-site", "same-origin")
            .header("origin", BASE);
        let router = world.router.clone();
        async move { call.to(&router).await }
    };
    let id = |number: u32| format!("page-{number:020}");
    let counted =
        || world.aws.item(PK, &format!("LAUNCH#{}", launch.id)).unwrap()["redemptions"].clone();
    for _ in 0..10 {
        let reply = under(id(1)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(
            world.get(reply.json()["bearer"].as_str().unwrap(), "overview").await.status,
            200
        );
    }
    assert_eq!(counted(), 1);
    let (a, b, c, d) = tokio::join!(under(id(2)), under(id(2)), under(id(2)), under(id(2)));
    assert!([a, b, c, d].iter().all(|reply| reply.status == 200));
    assert_eq!(counted(), 2);
    for number in 3..=6 {
        assert_eq!(under(id(number)).await.status, 200);
    }
    assert_eq!((under(id(7)).await.status, world.redeem(&token).await.status), (410, 410));
    assert_eq!(
        (under(id(1)).await.status, counted()),
        (200, json!(6)),
        "used up, but not for who was counted"
    );
    for text in ["", "short", "page 00000000000000001", &"x".repeat(65)] {
        assert_eq!(under(text.to_owned()).await.status, 400, "{text}");
    }
    world.uninstall().await;
    assert_eq!(under(id(1)).await.code(), "session_over");
}

#[tokio::test]
async fn a_token_that_is_old_changed_or_made_elsewhere_opens_nothing() {
    let world = world().await;
    let now = clock::now();
    let good = world.launch().await.sign(&world.secrets);
    let stranger =
        Versions { current: "a-secret-of-somebody-else".to_owned().into(), previous: None };
    let mut changed = good.clone().into_bytes();
    changed[10] = if changed[10] == b'A' { b'B' } else { b'A' };
    world.aws.forget();
    for (what, token, status) in [
        ("expired", launched_at(now.plus_seconds(-301)).sign(&world.secrets), 410),
        ("of the future", launched_at(now.plus_seconds(3600)).sign(&world.secrets), 401),
        ("changed", String::from_utf8(changed).unwrap(), 401),
        ("signed by another", launched_at(now).sign(&stranger), 401),
        ("nothing at all", String::new(), 401),
    ] {
        let reply = world.redeem(&token).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        assert_eq!(world.aws.calls(), Vec::<String>::new(), "{what}");
    }
    // Well signed, but never launched.
    assert_eq!(world.redeem(&launched_at(now).sign(&world.secrets)).await.status, 410);
    // A token signed before the secret was rotated is good.
    let previous = Versions { current: PREVIOUS_SESSION.to_owned().into(), previous: None };
    assert_eq!(world.redeem(&world.launch().await.sign(&previous)).await.status, 200);
    assert_eq!(world.redeem(&good).await.status, 200, "and the refusals used nothing up");
}

#[tokio::test]
async fn a_launch_of_an_earlier_installation_is_refused() {
    let world = world().await;
    let token = world.launch().await.sign(&world.secrets);
    world.uninstall().await;
    let reply = world.redeem(&token).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "session_over"));
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.install("blnk_test_fedcba9876543210", &["data:read"]).await;
    let reply = world.redeem(&token).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "session_over"));
    assert_eq!(world.redeem(&world.launch().await.sign(&world.secrets)).await.status, 200);
}

#[tokio::test]
async fn only_the_portals_own_page_may_open_a_session() {
    let world = world().await;
    let token = world.launch().await.sign(&world.secrets);
    world.aws.forget();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", DASHBOARD),
        ("origin", "null"),
        ("origin", &format!("{BASE}.evil.example")),
    ] {
        let reply = World::redemption(&token).header(name, value).to(&world.router).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "cross_origin"), "{name}: {value}");
    }
    assert_eq!(world.aws.calls(), Vec::<String>::new());
    assert_eq!(world.redeem(&token).await.status, 200);
}

#[tokio::test]
async fn every_read_costs_at_most_two_calls_the_first_of_them_strongly_consistent() {
    let world = world().await;
    let bearer = world.connected().await;
    for path in READS {
        world.aws.forget();
        let status = world.get(&bearer, path).await.status;
        assert_eq!(status, if path.starts_with("runs/") { 404 } else { 200 }, "{path}");
        let calls = world.aws.calls();
        assert!((1..=2).contains(&calls.len()) && calls[0] == "BatchGetItem", "{path}: {calls:?}");
        let read = &world.aws.bodies("BatchGetItem")[0]["RequestItems"];
        assert!(
            read.as_object().unwrap().values().all(|table| table["ConsistentRead"] == json!(true)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_session_dies_with_its_installation_and_a_reinstall_does_not_revive_it() {
    let world = world().await;
    let bearer = world.connected().await;
    world.uninstall().await;
    let refused = async |when: &str| {
        for path in READS {
            let reply = world.get(&bearer, path).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (401, "session_over"),
                "{when}: {path}"
            );
        }
        for (path, body) in [
            ("stripe", json!({"key": "rk_test_51OneOneOneOneOneOne"})),
            ("runs", json!({})),
            ("runs/01K2V7Q8ZJ4M9T3R6W5X0Y1EEE/stop", json!({})),
        ] {
            let reply = world.post(&bearer, path, &body).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (401, "session_over"),
                "{when}: {path}"
            );
        }
    };
    refused("after the uninstall").await;
    world.install("blnk_test_fedcba9876543210", &["data:read", "data:write"]).await;
    refused("after the reinstall").await;
    let fresh = world.session().await;
    let overview = world.get(&fresh, "overview").await.json();
    assert_eq!(overview["stripe"], json!(null), "a reinstall inherits nothing");
    assert_eq!(overview["tallies"]["all"], json!(0));
}

#[tokio::test]
async fn an_invalid_session_is_unauthorized_and_an_expired_one_is_gone() {
    let world = world().await;
    let generation = world.aws.item(PK, "META").unwrap()["generation"].as_str().unwrap().to_owned();
    let made = |seconds: i64, generation: &str| {
        let install = InstallId::parse(INSTALL).unwrap();
        Bearer {
            install,
            generation: generation.to_owned(),
            launch: Ulid::nil(),
            expires_at: clock::now().plus_seconds(seconds),
            opened_at: None,
        }
        .sign(&world.secrets)
    };
    let token = world.launch().await.sign(&world.secrets);
    world.aws.forget();
    for (what, bearer, status) in [
        ("ended", made(-1, &generation), 410),
        ("a launch token", token, 401),
        ("nothing", String::new(), 401),
    ] {
        assert_eq!(world.get(&bearer, "overview").await.status, status, "{what}");
    }
    assert_eq!(
        test_support::Call::new("GET", "/portal/api/overview").to(&world.router).await.status,
        401,
        "no header"
    );
    assert_eq!(world.aws.calls(), Vec::<String>::new());
    assert_eq!(
        world.get(&made(60, "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"), "overview").await.code(),
        "session_over",
        "of another installation"
    );
    assert_eq!(world.get(&made(60, &generation), "overview").await.status, 200);
}

/// The events that the README invites to invoke, with a launch, a session and a key of this world
/// in their place.
#[tokio::test]
async fn every_sample_event_is_answered() {
    let samples =
        test_support::samples(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"), "portal-api-");
    assert!(samples.len() >= 10);
    for (name, text) in samples {
        let world = world().await;
        world.stripe_answers("rk_test_51ExampleExampleExampleExample", "acct_1").await;
        let bearer = world.connected().await;
        let token = world.launch().await.sign(&world.secrets);
        // The browser's origin is the deployment's own.
        let own = text.replace("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", BASE);
        let event = serde_json::from_str(
            &own.replace("BEARER_HERE", &bearer).replace("LAUNCH_TOKEN_HERE", &token),
        )
        .unwrap();
        let reply = test_support::invoke(&world.router, event).await;
        let expected = match name.as_str() {
            // The run and the file of these samples are made up.
            "portal-api-run.json" | "portal-api-run-stop.json" | "portal-api-asset.json" => 404,
            "portal-api-run-start.json" => 202,
            "portal-api-disconnect.json" => 204,
            // Stripe makes no endpoint here.
            "portal-api-webhook-roll.json" => 422,
            _ => 200,
        };
        assert_eq!(reply.status, expected, "{name}: {}", reply.text());
    }
}
