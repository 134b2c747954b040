//! The function's cold start: configuration, clients, and the handler served.

use std::process::ExitCode;
use std::sync::Arc;

use portal_generator::handler;
use stripe_sync::model::retention::Retention;
use stripe_sync::platform::config::Environment;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::web::AllowedCallers;
use stripe_sync::platform::{aws, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(module_path!());
    telemetry::ended(serve().await)
}

async fn serve() -> Result<(), lambda_http::Error> {
    let mut env = Environment::of_the_process();
    let sdk = aws::sdk_config(&mut env).await;
    let state = Arc::new(handler::State {
        store: Store { client: aws::dynamodb(&sdk), table: env.required("TABLE_NAME") },
        registration_key: Secret::new(
            aws::secrets_manager(&sdk),
            env.required("REGISTRATION_SECRET_ARN"),
        ),
        session_secret: Secret::new(aws::secrets_manager(&sdk), env.required("SESSION_SECRET_ARN")),
        public_base_url: env.public_origin("PUBLIC_BASE_URL"),
        retention: env.parsed("RETENTION_DAYS", Retention::default()),
        callers: AllowedCallers::configured(&mut env),
    });
    env.check()?;
    // Read during the boosted cold start. A failure here occurs again, and is answered, at the
    // first request.
    let (registration, session) =
        tokio::join!(state.registration_key.versions(), state.session_secret.versions());
    if let Err(error) = registration.and(session) {
        lambda_http::tracing::warn!(cause = %error.chain(), "the secrets could not be read yet");
    }
    lambda_http::run(handler::router(state)).await
}
