//! The function's cold start: configuration, clients, and the handler served.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{LambdaEvent, service_fn};
use stripe_sync::engine::services::{Limits, Services};
use stripe_sync::model::retention::Retention;
use stripe_sync::platform::config::Environment;
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::schedule::Schedules;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::Vault;
use stripe_sync::platform::{aws, telemetry};
use sync_worker::handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(module_path!());
    telemetry::ended(serve().await)
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let mut env = Environment::of_the_process();
    let sdk = aws::sdk_config(&mut env).await;
    let queue = Queue::new(aws::sqs(&sdk), env.required("QUEUE_URL"))
        .with_delays(env.required("DELAY_QUEUE_URL"));
    let worker = Services {
        store: Store { client: aws::dynamodb(&sdk), table: env.required("TABLE_NAME") },
        vault: Vault::new(aws::kms(&sdk), env.required("KMS_KEY_ARN")),
        queue,
        schedules: Schedules::configured(aws::scheduler(&sdk), &mut env),
        notifier: Notifier::configured(&sdk, &env)?,
        http: stripe_sync::platform::http::client()?,
        blnk_base: env.base_url("BLNK_API_BASE"),
        stripe_base: env.base_url("STRIPE_API_BASE"),
        public_base_url: env.public_origin("PUBLIC_BASE_URL"),
        limits: Limits {
            stop_after: Duration::from_secs(env.parsed("WORKER_STOP_SECONDS", 40)),
            retention: env.parsed("RETENTION_DAYS", Retention::default()),
            visibility: Duration::from_secs(env.parsed("QUEUE_VISIBILITY_SECONDS", 90)),
        },
    };
    let dead_letters = env.optional("MODE").as_deref() == Some("dlq");
    let state =
        Arc::new(handler::State { worker, dead_letters, stack: env.required("STACK_NAME") });
    env.check()?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<_>| {
        handler::batch(state.clone(), event.payload)
    }))
    .await
}
