//! The app's schedules in EventBridge Scheduler.
//!
//! The local AWS fires them into the queue at the minute that `cron(…)` names. Unlike AWS it does
//! not replace `<aws.scheduler.scheduled-time>`, and it delivers equal bodies again.

use aws_sdk_scheduler::operation::get_schedule::{GetScheduleError, GetScheduleOutput};
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode};

use stripe_sync::model::install::id::InstallId;
use stripe_sync::platform::schedule::name;

use crate::platform::fresh;
use crate::stack::variable;
use crate::{Aws, Step};

/// The schedule of an installation.
///
/// # Errors
/// When the scheduler cannot be read.
pub async fn of(aws: &Aws, install: &str, generation: &str) -> Step<Option<GetScheduleOutput>> {
    let install = InstallId::parse(install).ok_or("no install id")?;
    let get = aws
        .scheduler
        .get_schedule()
        .group_name(variable("SCHEDULE_GROUP")?)
        .name(name(&install, generation));
    match get.send().await.map_err(aws_sdk_scheduler::error::SdkError::into_service_error) {
        Ok(found) => Ok(Some(found)),
        Err(GetScheduleError::ResourceNotFoundException(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Creates a deleted schedule again, to fire every minute.
///
/// # Errors
/// When the scheduler refuses.
pub async fn revive(aws: &Aws, old: &GetScheduleOutput) -> Step {
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build()?;
    let request = aws
        .scheduler
        .create_schedule()
        .set_name(old.name.clone())
        .group_name(variable("SCHEDULE_GROUP")?);
    request
        .schedule_expression("cron(* * * * ? *)")
        .flexible_time_window(window)
        .set_target(old.target.clone())
        .send()
        .await?;
    Ok(())
}

/// Sends the message of the deployed sweep now.
///
/// # Errors
/// When the sweep's schedule is not there, or the queue refuses.
pub async fn sweep(aws: &Aws) -> Step {
    let deployed = aws
        .scheduler
        .get_schedule()
        .group_name(variable("SCHEDULE_GROUP")?)
        .name(variable("SWEEP_NAME")?)
        .send()
        .await?;
    let target = deployed.target.ok_or("a sweep without a target")?;
    let group = target
        .sqs_parameters
        .and_then(|parameters| parameters.message_group_id)
        .ok_or("a sweep without a group")?;
    let input = target.input.ok_or("a sweep without an input")?;
    let send = aws
        .sqs
        .send_message()
        .queue_url(variable("QUEUE_URL")?)
        .message_group_id(group)
        .message_body(input);
    send.message_deduplication_id(fresh("sweep")).send().await?;
    Ok(())
}
