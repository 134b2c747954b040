//! Sessions: a launch can be redeemed a few times, a bearer ends with its installation, and only
//! our own signature opens anything.

use futures::future::join_all;
use it::aws::text;
use it::platform::fresh_key;
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::json;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::secret_versions::Versions;
use stripe_sync::model::session::{Bearer, Launch};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use ulid::Ulid;

/// How often one portal URL can be redeemed: the template's default.
const REDEMPTIONS: usize = 6;

async fn installed(stack: &Stack) -> Step<Ids> {
    let ids = Ids::fresh();
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    Ok(ids)
}

async fn overview(stack: &Stack, bearer: &str) -> Step<Answer> {
    stack.portal_call(bearer, "GET", "/overview", None).await
}

#[tokio::test]
async fn a_launch_is_redeemed_a_limited_number_of_times_each_audited() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = installed(&stack).await?;
    let token = stack.token(&ids).await?;
    // Loading the page, as browsers and scanners do, redeems nothing: only its script does.
    for _ in 0..REDEMPTIONS + 2 {
        Answer::to(stack.http.get(format!("{}/portal?token={token}", stack.api))).await?.taken()?;
    }
    // Four layouts and a few reloads at the same moment.
    let opened = join_all((0..REDEMPTIONS + 4).map(|_| stack.redeem(&token)))
        .await
        .into_iter()
        .collect::<Step<Vec<_>>>()?;
    let (good, bad): (Vec<_>, Vec<_>) = opened.iter().partition(|answer| answer.status == 200);
    assert_eq!(good.len(), REDEMPTIONS);
    for answer in bad {
        answer.refused(410, "session_expired")?;
    }
    stack.redeem(&token).await?.refused(410, "session_expired")?;
    for answer in good {
        let session = answer.json();
        let until = session["expires_at"].as_str().and_then(Millis::parse).unwrap_or(Millis(0));
        let left = until.seconds() - clock::now().seconds();
        assert!((14 * 60..=15 * 60).contains(&left), "a session lives fifteen minutes: {left}");
        overview(&stack, session["bearer"].as_str().unwrap_or_default()).await?.taken()?;
    }
    let items = aws.partition(&ids.install).await?;
    let redeemed = items.iter().filter(|item| {
        text(item, "sk").starts_with("ACTIVITY#") && text(item, "kind") == "redeemed"
    });
    assert_eq!(redeemed.count(), REDEMPTIONS);
    stack.bearer(&stack.token(&ids).await?).await.map(drop)
}

#[tokio::test]
async fn sessions_and_launches_end_with_their_installation() -> Step {
    let stack = Stack::from_environment()?;
    let ids = installed(&stack).await?;
    let token = stack.token(&ids).await?;
    let bearer = stack.bearer(&token).await?;
    let run = ulid::Ulid::nil().to_string();
    let calls = [
        ("GET", "/overview".to_owned()),
        ("GET", "/permissions".to_owned()),
        ("GET", "/runs".to_owned()),
        ("GET", format!("/runs/{run}")),
        ("POST", "/runs".to_owned()),
        ("POST", format!("/runs/{run}/stop")),
        ("GET", "/problems".to_owned()),
        ("POST", "/stripe".to_owned()),
        ("DELETE", "/stripe".to_owned()),
    ];
    overview(&stack, &bearer).await?.taken()?;

    stack.callback(&ids.uninstalled()).await?.taken()?;
    for (method, path) in &calls {
        stack
            .portal_call(&bearer, method, path, Some(json!({})))
            .await?
            .refused(401, "session_over")?;
    }
    stack.redeem(&token).await?.refused(401, "session_over")?;

    // After a reinstall the old ones open nothing: they belong to another installation.
    stack.callback(&ids.installed(&fresh_key())).await?.taken()?;
    for (method, path) in &calls {
        stack
            .portal_call(&bearer, method, path, Some(json!({})))
            .await?
            .refused(401, "session_over")?;
    }
    stack.redeem(&token).await?.refused(401, "session_over")?;
    let new = stack.bearer(&stack.token(&ids).await?).await?;
    overview(&stack, &new).await?.taken()
}

#[tokio::test]
async fn a_forged_token_opens_nothing() -> Step {
    let stack = Stack::from_environment()?;
    let (ids, other) = (installed(&stack).await?, installed(&stack).await?);
    let token = stack.token(&ids).await?;
    let bearer = stack.bearer(&token).await?;
    let parts: Vec<&str> = bearer.split('.').collect();
    let foreign = stack.bearer(&stack.token(&other).await?).await?;
    let foreign: Vec<&str> = foreign.split('.').collect();
    let forged = [
        format!("{}.{}.{}", parts[0], foreign[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], foreign[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{bearer}.x"),
        format!("b2.{}.{}", parts[1], parts[2]),
        parts[1].to_owned(),
        token.clone(),
        "x".repeat(5000),
    ];
    for bearer in &forged {
        overview(&stack, bearer).await?.refused(401, "unauthorized")?;
    }
    for token in [bearer.as_str(), &token[1..], &format!("{token}A"), "", "l1..", &"x".repeat(2000)]
    {
        stack.redeem(token).await?.refused(401, "unauthorized")?;
    }
    for header in ["", "Bearer", "Basic dXNlcjpwYXNz", bearer.as_str()] {
        let sent = stack
            .http
            .get(format!("{}/portal/api/overview", stack.api))
            .header("authorization", header);
        Answer::to(sent).await?.refused(401, "unauthorized")?;
    }
    Ok(())
}

/// Signed with the right secret, but expired or never issued; or signed with another secret.
#[tokio::test]
async fn a_token_with_another_secret_or_of_another_time_opens_nothing() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = installed(&stack).await?;
    let secret = aws
        .secrets
        .get_secret_value()
        .secret_id(it::stack::variable("SESSION_SECRET_ARN")?)
        .send()
        .await?
        .secret_string
        .unwrap_or_default();
    let keys = Versions { current: secret.into(), previous: None };
    let wrong = Versions {
        current: "a-session-secret-of-somebody-else-000".to_owned().into(),
        previous: None,
    };
    let install = InstallId::parse(&ids.install).ok_or("an id")?;
    let launched = |seconds_ago: i64| {
        let at = u64::try_from(clock::now().plus_seconds(-seconds_ago).0).unwrap_or_default();
        Launch { install: install.clone(), id: Ulid::from_parts(at, 1) }
    };
    stack.redeem(&launched(301).sign(&keys)).await?.refused(410, "session_expired")?;
    stack.redeem(&launched(120).sign(&keys)).await?.refused(401, "session_over")?;
    stack.redeem(&launched(0).sign(&keys)).await?.refused(410, "session_expired")?;
    stack.redeem(&launched(0).sign(&wrong)).await?.refused(401, "unauthorized")?;
    let generation = aws
        .item(&ids.install, "META")
        .await?
        .map(|meta| text(&meta, "generation").to_owned())
        .unwrap_or_default();
    let session = |generation: &str, seconds: i64| Bearer {
        install: install.clone(),
        generation: generation.to_owned(),
        launch: Ulid::nil(),
        expires_at: clock::now().plus_seconds(seconds),
        opened_at: None,
    };
    overview(&stack, &session(&generation, 60).sign(&keys)).await?.taken()?;
    overview(&stack, &session(&generation, -1).sign(&keys))
        .await?
        .refused(410, "session_expired")?;
    overview(&stack, &session("01J00000000000000000000000", 60).sign(&keys))
        .await?
        .refused(401, "session_over")?;
    overview(&stack, &session(&generation, 60).sign(&wrong))
        .await?
        .refused(401, "unauthorized")
        .map(drop)
}

#[tokio::test]
async fn a_token_is_redeemed_only_from_the_portals_own_origin() -> Step {
    let stack = Stack::from_environment()?;
    let ids = installed(&stack).await?;
    let token = stack.token(&ids).await?;
    let origin = it::stack::variable("PORTAL_ORIGIN")?;
    let redeem = |name: &'static str, value: &str| {
        stack
            .http
            .post(format!("{}/portal/api/session", stack.api))
            .header(name, value)
            .json(&json!({"token": token}))
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        Answer::to(redeem(name, value)).await?.refused(403, "cross_origin")?;
    }
    Answer::to(redeem("origin", &origin)).await?.taken()?;
    Answer::to(redeem("sec-fetch-site", "same-origin")).await?.taken()
}
