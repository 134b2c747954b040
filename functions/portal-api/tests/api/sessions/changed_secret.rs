//! Sessions while the session secret is being changed.

use std::time::Duration;

use stripe_sync::model::secret_versions::Versions;
use stripe_sync::model::session::Bearer;
use stripe_sync::platform::clock;

use crate::world::world;

/// Lets time pass for everything that measures it, without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// The session secret is changed, also twice: what is signed with the new one opens a session at
/// once, as soon as the secret was not read a moment ago, and forgers cause no more than a read
/// every half a minute.
#[tokio::test]
async fn a_fresh_launch_opens_a_session_although_the_secret_has_just_been_changed() {
    let world = world().await;
    let bearer = world.session().await;
    let names = ["session-secret-changed-0002", "session-secret-changed-0003"];
    for (current, previous) in [(names[0], "session-secret-current-0001"), (names[1], names[0])] {
        let _ = world.aws.secret("session", current, Some(previous));
    }
    let fresh = Versions { current: names[1].to_owned().into(), previous: None };
    pass(Duration::from_secs(31)).await;
    world.aws.forget();
    let token = world.launch().await.sign(&fresh);
    let reply = world.redeem(&token).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(world.aws.count("GetSecretValue"), 2, "its current and its previous version");
    let again = reply.json()["bearer"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&again, "overview").await.status, 200);
    assert_eq!(
        world.get(&bearer, "overview").await.status,
        401,
        "signed with a secret that was changed twice"
    );
    let stranger =
        Versions { current: "a-secret-of-somebody-else".to_owned().into(), previous: None };
    let forged = world.launch().await.sign(&stranger);
    for _ in 0..5 {
        assert_eq!(world.redeem(&forged).await.status, 401);
        assert_eq!(world.get("b1.e30.e30", "overview").await.status, 401);
    }
    assert_eq!(world.aws.count("GetSecretValue"), 2);
    pass(Duration::from_secs(31)).await;
    assert_eq!(world.redeem(&forged).await.status, 401);
    assert_eq!(world.aws.count("GetSecretValue"), 4);
}

/// A bearer of a session that is over is nobody's guess: it makes the secret be read no more often.
#[tokio::test]
async fn a_bearer_signed_with_a_secret_not_read_yet_is_taken() {
    let world = world().await;
    let _ = world.aws.secret(
        "session",
        "session-secret-changed-0002",
        Some("session-secret-current-0001"),
    );
    pass(Duration::from_secs(31)).await;
    let fresh =
        Versions { current: "session-secret-changed-0002".to_owned().into(), previous: None };
    let portal = world
        .store
        .launches()
        .portal(&world.session().await, &world.secrets, clock::now())
        .await
        .unwrap();
    let bearer = Bearer {
        install: portal.install,
        generation: portal.generation,
        launch: portal.launch,
        expires_at: clock::now().plus_seconds(600),
        opened_at: None,
    };
    assert_eq!(world.get(&bearer.sign(&fresh), "overview").await.status, 200);
}
