//! The function's cold start: configuration, clients, and the handler served.

use std::process::ExitCode;
use std::sync::Arc;

use stripe_sync::app::webhook::cache::InstallCache;
use stripe_sync::app::webhook::receive::Receiver;
use stripe_sync::platform::config::Environment;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::Vault;
use stripe_sync::platform::{aws, telemetry};
use stripe_webhook::handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(module_path!());
    telemetry::ended(serve().await)
}

async fn serve() -> Result<(), lambda_http::Error> {
    let mut env = Environment::of_the_process();
    let sdk = aws::sdk_config(&mut env).await;
    let receiver = Receiver {
        store: Store { client: aws::dynamodb(&sdk), table: env.required("TABLE_NAME") },
        vault: Vault::new(aws::kms(&sdk), env.required("KMS_KEY_ARN")),
        queue: Queue::new(aws::sqs(&sdk), env.required("QUEUE_URL")),
        cache: InstallCache::default(),
    };
    env.check()?;
    lambda_http::run(handler::router(Arc::new(receiver))).await
}
