//! Logs: they name the install, and never hold a secret.

use std::time::{Duration, Instant};

use it::platform::{fresh_key, token_of, with};
use it::{Aws, Ids, Portal, Stack, Step};
use serde_json::json;

/// A small sync and its proof.
const LIMIT: Duration = Duration::from_secs(40);
/// A function's lines appear in the log within this time after its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The functions whose logs are searched, by the variable that names them. The last one logs only
/// dead letters.
const FUNCTIONS: [&str; 5] = [
    "CALLBACK_FUNCTION",
    "PORTAL_GENERATOR_FUNCTION",
    "PORTAL_API_FUNCTION",
    "SYNC_WORKER_FUNCTION",
    "DLQ_CONSUMER_FUNCTION",
];
/// How many characters at the start of a key may be shown.
const PREFIX: usize = 14;

/// The part of a key or token that must not be shown.
fn hidden(secret: &str) -> &str {
    secret.get(PREFIX..).unwrap_or_default()
}

/// Whether a line holds more of any secret than may be shown.
fn holds_a_secret(line: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    [
        "blnk_test_",
        "blnk_live_",
        "rk_test_",
        "rk_live_",
        "sk_test_",
        "sk_live_",
        "whsec_",
        "l1.",
        "b1.",
        "Bearer ",
        "bearer ",
    ]
    .iter()
    .any(|begin| {
        line.match_indices(begin).any(|(at, _)| {
            let outside = !line[..at].ends_with(word);
            let long = line[at + begin.len()..].chars().take_while(|c| word(*c)).count() > 16;
            outside && long
        })
    })
}

/// Sends a secret in every place where a person or a faulty page may put it by mistake.
async fn paste_everywhere(portal: &Portal, pasted: &str, token: &str) -> Step {
    for (method, path, body) in [
        ("POST", "/stripe".to_owned(), json!({"key": pasted.replacen("rk", "pk", 1)})),
        ("POST", "/stripe".to_owned(), json!({"key": format!("{pasted} ")})),
        ("POST", "/stripe".to_owned(), json!({"key": [pasted]})),
        ("POST", "/runs".to_owned(), json!({"scope": pasted})),
        ("POST", "/session".to_owned(), json!({"token": [token]})),
        ("GET", format!("/runs?filter={pasted}"), json!({})),
        ("GET", format!("/runs?before={pasted}"), json!({})),
        ("GET", format!("/runs/{pasted}"), json!({})),
        ("GET", format!("/{pasted}"), json!({})),
        ("POST", format!("/runs/{pasted}/stop"), json!({})),
    ] {
        portal.call(method, &path, Some(body)).await?;
    }
    Ok(())
}

/// Events and a launch with a key in place of something else.
async fn send_malformed(stack: &Stack, careless: &Ids, key: &str) -> Step {
    for (name, value) in [
        ("idempotency_key", json!(key)),
        ("app_id", json!([key])),
        ("granted_permissions", json!({"key": key})),
        ("organization_id", json!("not an id")),
    ] {
        stack
            .callback(&with(&careless.installed(key), name, value))
            .await?
            .refused(400, "bad_request")?;
    }
    // A platform that sends the whole key in place of its prefix.
    stack.callback(&with(&careless.installed(key), "api_key_prefix", json!(key))).await?.taken()?;
    stack
        .generate(&with(&careless.launch(), "user_id", json!("not an id")))
        .await?
        .refused(400, "bad_request")?;
    Ok(())
}

/// The lines that a function logged, once they name the wanted install.
async fn lines_with(aws: &Aws, name: &str, wanted: Option<&str>) -> Step<Vec<String>> {
    let began = Instant::now();
    loop {
        let lines = aws.log_lines(name).await?;
        if wanted.is_none_or(|id| lines.iter().any(|line| line.contains(id))) {
            return Ok(lines);
        }
        let count = lines.len();
        assert!(began.elapsed() < PATIENCE, "{name} has not logged {wanted:?} in {count} lines");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_lifecycle_with_every_mistake_leaves_no_secret_in_any_log() -> Step {
    let stack = Stack::from_environment()?;
    let (sandbox, aws) = (stack.sandbox(), Aws::owner(&stack).await);
    let stripe = sandbox.stripe_account(61, 60).await?;
    let install = sandbox.install().await?;
    let id = install.installed_app_id.clone();
    let url =
        sandbox.launch(&id).await?.map_err(|status| format!("the launch was refused: {status}"))?;
    let token = token_of(&url)?;
    let portal = Portal::open(&stack, &url).await?;
    let mut secrets = vec![
        install.api_key.clone().unwrap_or_default(),
        token.clone(),
        portal.bearer().to_owned(),
    ];
    secrets.extend([
        stripe.restricted_key.clone(),
        stripe.secret_key.clone(),
        stripe.publishable_key.clone(),
        it::stack::variable("REGISTRATION_KEY")?,
    ]);
    let session = aws
        .secrets
        .get_secret_value()
        .secret_id(it::stack::variable("SESSION_SECRET_ARN")?)
        .send()
        .await?;
    secrets.push(session.secret_string.unwrap_or_default());

    // The whole lifecycle, with everything that may go wrong.
    portal.connect(&stripe.secret_key).await?;
    portal.connect(&stripe.restricted_key).await?;
    let run = portal.finished(&portal.sync("new").await?, LIMIT, |_| {}).await?;
    assert_eq!(run["verdict"], "match", "{run}");
    paste_everywhere(&portal, &stripe.restricted_key, &token).await?;
    stack.redeem(&format!("{token}x")).await?.refused(401, "unauthorized")?;
    stack.portal_call(&token, "GET", "/overview", None).await?.refused(401, "unauthorized")?;
    let careless = Ids::fresh();
    let key = fresh_key();
    secrets.push(key.clone());
    send_malformed(&stack, &careless, &key).await?;
    assert_eq!(sandbox.uninstall(&id).await?["callback_status"], 200);
    stack
        .portal_call(portal.bearer(), "GET", "/overview", None)
        .await?
        .refused(401, "session_over")?;

    for function in FUNCTIONS {
        let name = it::stack::variable(function)?;
        let wanted = (function != "DLQ_CONSUMER_FUNCTION").then_some(id.as_str());
        let lines = lines_with(&aws, &name, wanted).await?;
        for line in &lines {
            let found = secrets.iter().position(|secret| line.contains(hidden(secret)));
            assert!(found.is_none(), "{name} logs secret number {found:?} of this test");
            assert!(
                !holds_a_secret(line),
                "{name} logs a secret: {}…",
                line.chars().take(60).collect::<String>()
            );
        }
    }
    // And none in the table: the app does not trust the platform's prefix.
    let stored = format!("{:?}", aws.partition(&careless.install).await?);
    assert!(
        stored.contains("api_key_prefix") && !stored.contains(hidden(&key)),
        "the whole key was stored as its prefix"
    );
    Ok(())
}

#[test]
fn the_search_finds_secrets_and_ignores_prefixes() {
    for secret in [
        "key=blnk_test_0123456789abcdef0",
        "\"rk_live_51AbCdEfGhIjKlMnOp\"",
        "token=l1.aW5zdGFwcF90MXwwMU04.3vTJ5r",
        "Bearer 0123456789abcdef0123",
    ] {
        assert!(holds_a_secret(secret), "{secret}");
    }
    for harmless in [
        "\"key\":\"blnk_test_ceaa\"",
        "\"prefix\":\"rk_test_\"",
        "REPORT RequestId: 8ae85de6-7730-4de1-b7bb-a974acc55532",
        "model1.aW5zdGFwcF90MXwwMU04aaaa",
    ] {
        assert!(!holds_a_secret(harmless), "{harmless}");
    }
}
