//! The simulated world: one sandbox for many cases. Each case has its own account, instance and
//! ledger.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use clap::Parser as _;
use sandbox::args::Args;
use sandbox::cloud::state::{Install, Status};
use sandbox::faults::UNSEEN_HEADER;
use sandbox::stripe::{AccountInfo, AccountSpec};
use sandbox::{core, server, stripe};
use serde_json::Value;
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::notifier::receivers::Receivers;
use tower::ServiceExt as _;

/// How long each call to Stripe takes, so that others can act between two of them.
const STRIPE_LATENCY_MS: &str = "12";
/// The same for each call to a ledger.
const LEDGER_LATENCY_MS: &str = "5";
/// No answer is larger than this.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The sandbox on this thread, and its routers, which faults do not affect.
#[derive(Debug)]
pub struct World {
    /// The servers that the app calls.
    pub sandbox: server::Running,
    /// The app's HTTP client.
    pub http: reqwest::Client,
    /// Who is told: nobody, as long as nobody chooses it.
    pub notifier: Notifier,
    stripe: Router,
    stripe_control: Router,
    core: Router,
    core_control: Router,
}

/// A request that must succeed.
#[derive(Debug, Default)]
pub struct Call<'a> {
    /// Path and query.
    pub path: &'a str,
    /// `GET` without a body, `POST` with one, unless said otherwise.
    pub method: Option<&'a str>,
    /// A header: name and value.
    pub header: Option<(&'a str, &'a str)>,
    /// JSON.
    pub body: Option<Value>,
}

impl World {
    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        Self::start_with(STRIPE_LATENCY_MS, LEDGER_LATENCY_MS).await
    }

    /// The same, with calls that take so many milliseconds.
    ///
    /// # Panics
    /// When it cannot be started.
    #[expect(clippy::expect_used, reason = "a test without a world has nothing to say")]
    pub async fn start_with(stripe_ms: &str, ledger_ms: &str) -> Self {
        let mut flags = vec![
            "sandbox",
            "--movements",
            "0",
            "--stripe-latency",
            stripe_ms,
            "--ledger-latency",
            ledger_ms,
        ];
        for port in
            ["--dashboard-port", "--cloud-port", "--stripe-port", "--control-port", "--core-port"]
        {
            flags.extend([port, "0"]);
        }
        let args = Args::try_parse_from(flags).expect("the sandbox's flags");
        let running = server::start(args).await.expect("a sandbox");
        let world = &running.world;
        Self {
            http: stripe_sync::platform::http::client().expect("an HTTP client"),
            notifier: Notifier {
                receivers: Receivers::public().expect("an HTTP client"),
                topic: None,
                dashboard_url: None,
            },
            stripe: stripe::router(world.stripe.clone()),
            stripe_control: stripe::control_router(world.stripe.clone()),
            core: core::router(world.core.clone()),
            core_control: core::control_router(world.core.clone()),
            sandbox: running,
        }
    }

    /// Where Blnk Cloud is for the app.
    #[must_use]
    pub fn cloud_url(&self) -> String {
        as_address(&self.sandbox.world.urls.cloud)
    }

    /// Where Stripe is for the app.
    #[must_use]
    pub fn stripe_url(&self) -> String {
        as_address(&self.sandbox.world.urls.stripe)
    }

    /// Makes an account with this many movements.
    ///
    /// # Panics
    /// When the specification is invalid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test's own specification")]
    pub fn account(&self, seed: u64, movements: u32) -> AccountInfo {
        let spec = serde_json::json!({"seed": seed, "movements": movements,
            "id": format!("acct_1History{seed:012}")});
        let spec: AccountSpec = serde_json::from_value(spec).expect("a specification");
        self.sandbox.world.stripe.create_account(spec)
    }

    /// Makes an instance with an empty ledger, and installs the app there.
    pub fn install(&self, instance: &str, installed_app_id: &str, api_key: &str) {
        let cloud = &self.sandbox.world.cloud;
        cloud.ensure_instance(instance, "org_histories");
        cloud.state().begin_install(Install {
            installed_app_id: installed_app_id.to_owned(),
            app_id: "app_histories".to_owned(),
            instance_id: instance.to_owned(),
            organization_id: "org_histories".to_owned(),
            api_key: api_key.to_owned(),
            permissions: ["data:read", "data:write", "alerts:read", "alerts:write"]
                .map(str::to_owned)
                .to_vec(),
            status: Status::Active,
        });
    }

    /// Reads from Stripe, past all faults.
    pub async fn stripe(&self, key: &str, path: &str) -> Vec<u8> {
        let bearer = format!("Bearer {key}");
        answer(
            &self.stripe,
            Call { path, header: Some(("authorization", &bearer)), ..Call::default() },
        )
        .await
        .1
    }

    /// Changes something at Stripe. Returns the status too.
    pub async fn control_stripe(&self, path: &str, body: Value) -> (u16, Value) {
        send(&self.stripe_control, Call { path, body: Some(body), ..Call::default() }).await
    }

    /// Reads one of Stripe's own reports.
    pub async fn stripe_report(&self, path: &str) -> Value {
        let (status, report) = send(&self.stripe_control, Call { path, ..Call::default() }).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    /// Calls a ledger, past all faults.
    pub async fn core(&self, instance: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let key = format!("core_{instance}");
        send(&self.core, Call { path, body, header: Some(("x-blnk-key", &key)), ..Call::default() })
            .await
    }

    /// Changes something in a ledger, past all faults.
    pub async fn core_put(&self, instance: &str, path: &str, body: Value) {
        let key = format!("core_{instance}");
        let put = Call {
            path,
            method: Some("PUT"),
            body: Some(body),
            header: Some(("x-blnk-key", &key)),
        };
        let (status, answer) = send(&self.core, put).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Changes how a ledger behaves.
    pub async fn knobs(&self, instance: &str, change: Value) {
        let path = format!("/instances/{instance}/knobs");
        let (status, answer) =
            send(&self.core_control, Call { path: &path, body: Some(change), ..Call::default() })
                .await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Changes a ledger's rows behind its API. Returns the status too.
    pub async fn drift(&self, instance: &str, how: Value) -> (u16, Value) {
        send(
            &self.core_control,
            Call {
                path: &format!("/instances/{instance}/drift"),
                body: Some(how),
                ..Call::default()
            },
        )
        .await
    }

    /// All rows of a ledger.
    pub async fn ledger(&self, instance: &str) -> Vec<u8> {
        answer(
            &self.core_control,
            Call { path: &format!("/instances/{instance}/state"), ..Call::default() },
        )
        .await
        .1
    }

    /// Puts rows in the place of those that a ledger holds.
    pub async fn put_ledger(&self, instance: &str, rows: Value) {
        let path = format!("/instances/{instance}/state");
        let (status, answer) = send(
            &self.core_control,
            Call { path: &path, method: Some("PUT"), body: Some(rows), ..Call::default() },
        )
        .await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Restarts a ledger with the rows that it had written.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::expect_used, reason = "the test's own world")]
    pub async fn restart_ledger(&self, instance: &str) {
        let rows = serde_json::from_slice(&self.ledger(instance).await).expect("the ledger's rows");
        self.put_ledger(instance, rows).await;
        self.knobs(instance, serde_json::json!({"dead": false, "die_after": 0})).await;
    }
}

/// Resolving a name would take a thread, and real time.
fn as_address(url: &str) -> String {
    url.replace("localhost", "127.0.0.1")
}

async fn send(router: &Router, call: Call<'_>) -> (u16, Value) {
    let (status, bytes) = answer(router, call).await;
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[expect(clippy::expect_used, reason = "a test's own request")]
async fn answer(router: &Router, call: Call<'_>) -> (u16, Vec<u8>) {
    let method = call.method.unwrap_or(if call.body.is_some() { "POST" } else { "GET" });
    let mut request = Request::builder()
        .method(method)
        .uri(call.path)
        .header(UNSEEN_HEADER, "1")
        .header("content-type", "application/json");
    if let Some((name, value)) = call.header {
        request = request.header(name, value);
    }
    let request = request
        .body(call.body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .expect("a request");
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), MAX_ANSWER).await.expect("an answer");
    (status, bytes.to_vec())
}
