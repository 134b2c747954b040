//! The function's cold start: configuration, clients, and the portal's page and API served.

use std::process::ExitCode;
use std::sync::Arc;

use portal_api::router::router;
use portal_api::state::State;
use stripe_sync::app::connect::connector::Connector;
use stripe_sync::model::retention::Retention;
use stripe_sync::model::session::SessionLimits;
use stripe_sync::platform::config::Environment;
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::Schedules;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::Vault;
use stripe_sync::platform::{aws, telemetry};

/// The platform asks for sessions of at most 15 minutes.
const MAX_SESSION_MINUTES: i64 = 15;

/// The longest life of a renewed session, in minutes.
const MAX_RENEWED_MINUTES: i64 = 480;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(module_path!());
    telemetry::ended(serve().await)
}

async fn serve() -> Result<(), lambda_http::Error> {
    let mut env = Environment::of_the_process();
    let sdk = aws::sdk_config(&mut env).await;
    let retention = env.parsed("RETENTION_DAYS", Retention::default());
    let public_base_url = env.public_origin("PUBLIC_BASE_URL");
    let state = Arc::new(State {
        connector: Connector {
            store: Store { client: aws::dynamodb(&sdk), table: env.required("TABLE_NAME") },
            vault: Vault::new(aws::kms(&sdk), env.required("KMS_KEY_ARN")),
            queue: Queue::new(aws::sqs(&sdk), env.required("QUEUE_URL")),
            http: stripe_sync::platform::http::client()?,
            blnk_base: env.base_url("BLNK_API_BASE"),
            stripe_base: env.base_url("STRIPE_API_BASE"),
            public_base_url: public_base_url.clone(),
            retention,
        },
        session_secret: Secret::new(aws::secrets_manager(&sdk), env.required("SESSION_SECRET_ARN")),
        limits: SessionLimits {
            redemptions: env.parsed("LAUNCH_REDEMPTIONS", 6),
            session_minutes: env
                .parsed("SESSION_MINUTES", MAX_SESSION_MINUTES)
                .clamp(1, MAX_SESSION_MINUTES),
            maximum_minutes: env
                .parsed("MAXIMUM_SESSION_MINUTES", MAX_SESSION_MINUTES)
                .clamp(1, MAX_RENEWED_MINUTES),
            retention,
        },
        public_base_url,
        dashboard_origins: env.required("DASHBOARD_ORIGINS"),
        dashboard_url: env.optional("DASHBOARD_URL"),
        notifier: Notifier::configured(&sdk, &env)?,
        schedules: Schedules::configured(aws::scheduler(&sdk), &mut env),
    });
    env.check()?;
    // Read during the boosted cold start. A failure here occurs again, and is answered, at the
    // first request.
    if let Err(error) = state.session_secret.versions().await {
        lambda_http::tracing::warn!(cause = %error.chain(),
            "the session secret could not be read yet");
    }
    lambda_http::run(router(state)).await
}
