//! The function's cold start: configuration, clients, and the handler served.

use std::process::ExitCode;
use std::sync::Arc;

use callback::handler;
use stripe_sync::platform::config::Environment;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::Vault;
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
        vault: Vault::new(aws::kms(&sdk), env.required("KMS_KEY_ARN")),
        queue: Queue::new(aws::sqs(&sdk), env.required("QUEUE_URL")),
        registration_key: Secret::new(
            aws::secrets_manager(&sdk),
            env.required("REGISTRATION_SECRET_ARN"),
        ),
        callers: AllowedCallers::configured(&mut env),
    });
    env.check()?;
    // Read during the boosted cold start. A failure here occurs again, and is answered, at the
    // first request.
    if let Err(error) = state.registration_key.versions().await {
        lambda_http::tracing::warn!(cause = %error.chain(),
            "the registration key could not be read yet");
    }
    lambda_http::run(handler::router(state)).await
}
