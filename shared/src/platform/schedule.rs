//! One EventBridge Scheduler schedule for each connected install: it wakes the worker through the
//! work queue.
//!
//! The stored state comes first, and the schedule follows: [`Schedules::settle`] reads the desired
//! state and applies it. If that fails, the hourly sweep corrects it. A schedule that is no longer
//! needed deletes itself when it fires.

use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::operation::delete_schedule::DeleteScheduleError;
use aws_sdk_scheduler::operation::get_schedule::{GetScheduleError, GetScheduleOutput};
use aws_sdk_scheduler::operation::update_schedule::UpdateScheduleError;
use aws_sdk_scheduler::types::{
    DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState,
    SqsParameters, Target,
};
use sha2::{Digest, Sha256};

use crate::model::error::{Cause, Error, Result};
use crate::model::install::id::InstallId;
use crate::model::settings::{HOUR, Interval, Settings};
use crate::model::time::Millis;
use crate::platform::config::Environment;
use crate::platform::queue::message::WakeUp;
use crate::platform::schedule::firing::{expression, next_firing};
use crate::platform::table::Store;

mod firing;

/// How often a delivery is retried before the next firing makes it useless.
const DELIVERY_RETRIES: i32 = 10;

/// EventBridge Scheduler's minimum and maximum retry period, in seconds.
const EVENT_AGE_SECONDS: (i32, i32) = (60, 86_400);

/// The hexadecimal digits of a name's hash. With its prefix it stays below the 64 characters
/// allowed for a name.
const NAME_DIGITS: usize = 48;

/// How often a schedule is written while the desired state keeps changing, or another writer
/// changes it too.
const MAX_TRIES: u32 = 4;

/// The settings shared by all schedules of a deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The schedule group.
    pub group: String,
    /// The work queue's ARN.
    pub queue_arn: String,
    /// The ARN of the role that EventBridge Scheduler sends with.
    pub role_arn: String,
    /// The ARN of the dead-letter queue for undelivered messages. EventBridge Scheduler accepts no
    /// FIFO queue here.
    pub undelivered_arn: String,
    /// The minimum interval of a schedule in minutes, a divisor of 60.
    pub floor_minutes: u32,
}

/// The schedules of a deployment.
#[derive(Debug, Clone)]
pub struct Schedules {
    client: aws_sdk_scheduler::Client,
    deployment: Deployment,
}

/// The result of applying a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was already as desired.
    Unchanged,
    /// It was missing or different, and was written.
    Written,
}

/// The desired schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SchedulePlan {
    name: String,
    expression: String,
    group: String,
    input: String,
    event_age: i32,
}

impl Schedules {
    /// The schedules of a deployment.
    #[must_use]
    pub fn new(client: aws_sdk_scheduler::Client, deployment: Deployment) -> Self {
        Self { client, deployment }
    }

    /// Creates the schedules of the deployment from the environment.
    pub fn configured(client: aws_sdk_scheduler::Client, env: &mut Environment) -> Self {
        let floor_minutes: u32 = env.parsed("MINIMUM_SCHEDULE_MINUTES", 15);
        if floor_minutes == 0 || !HOUR.is_multiple_of(floor_minutes) {
            env.malformed("MINIMUM_SCHEDULE_MINUTES", "does not divide an hour".to_owned());
        }
        let deployment = Deployment {
            group: env.required("SCHEDULE_GROUP"),
            queue_arn: env.required("QUEUE_ARN"),
            role_arn: env.required("SCHEDULE_ROLE_ARN"),
            undelivered_arn: env.required("UNDELIVERED_QUEUE_ARN"),
            floor_minutes,
        };
        Self::new(client, deployment)
    }

    /// The minutes between two wake-ups at an interval.
    #[must_use]
    pub fn minutes(&self, interval: Interval) -> u32 {
        interval.minutes(self.deployment.floor_minutes)
    }

    /// When the schedule of an installation fires next, at an interval.
    #[must_use]
    pub fn next_firing(&self, install: &InstallId, interval: Interval, now: Millis) -> Millis {
        next_firing(self.minutes(interval), install, now)
    }

    /// Brings the schedule of an installation to the desired state in the table: present at the
    /// interval of the settings while an account is connected, absent otherwise. Reads the state
    /// again afterwards, so that of two concurrent changes the last one wins.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn settle(&self, store: &Store, install: &InstallId, generation: &str) -> Result<()> {
        let mut applied = None;
        for _ in 0..MAX_TRIES {
            let head = store.installs().head(install).await?;
            let wanted = head
                .connection_of(generation)
                .map(|_| Settings::of(head.settings.clone(), generation).interval);
            if applied == Some(wanted) {
                return Ok(());
            }
            match wanted {
                Some(interval) => drop(self.apply(install, generation, interval).await?),
                None => self.remove(install, generation).await?,
            }
            applied = Some(wanted);
        }
        Err(unavailable("what should be scheduled kept changing"))
    }

    /// Creates or updates a schedule, unless it is already as desired.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn apply(
        &self,
        install: &InstallId,
        generation: &str,
        interval: Interval,
    ) -> Result<Applied> {
        let plan = self.plan(install, generation, interval)?;
        for _ in 0..MAX_TRIES {
            let written = match self.found(&plan.name).await? {
                Some(found) if self.is_as_planned(&found, &plan) => return Ok(Applied::Unchanged),
                Some(_) => self.update(install, &plan).await?,
                None => self.create(install, &plan).await?,
            };
            if written {
                tracing::info!(%install, schedule = plan.name, expression = plan.expression,
                    "the schedule was written");
                return Ok(Applied::Written);
            }
        }
        Err(unavailable("the schedule kept changing"))
    }

    /// Deletes the schedule of an installation. Succeeds when it no longer exists.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove(&self, install: &InstallId, generation: &str) -> Result<()> {
        let name = name(install, generation);
        let sent = self
            .client
            .delete_schedule()
            .group_name(&self.deployment.group)
            .name(&name)
            .send()
            .await;
        match sent.map_err(aws_sdk_scheduler::error::SdkError::into_service_error) {
            Ok(_) => tracing::info!(%install, schedule = name, "the schedule was removed"),
            Err(DeleteScheduleError::ResourceNotFoundException(_)) => {}
            Err(error) => return Err(unavailable(error)),
        }
        Ok(())
    }

    fn plan(
        &self,
        install: &InstallId,
        generation: &str,
        interval: Interval,
    ) -> Result<SchedulePlan> {
        let minutes = self.minutes(interval);
        let (input, group) = WakeUp::scheduled(install, generation);
        let age = i32::try_from(minutes.saturating_mul(60)).map_err(Error::internal)?;
        Ok(SchedulePlan {
            name: name(install, generation),
            expression: expression(minutes, install),
            group,
            input,
            event_age: age.clamp(EVENT_AGE_SECONDS.0, EVENT_AGE_SECONDS.1),
        })
    }

    fn target(&self, plan: &SchedulePlan) -> Result<Target> {
        Target::builder()
            .arn(&self.deployment.queue_arn)
            .role_arn(&self.deployment.role_arn)
            .input(&plan.input)
            .sqs_parameters(SqsParameters::builder().message_group_id(&plan.group).build())
            .dead_letter_config(
                DeadLetterConfig::builder().arn(&self.deployment.undelivered_arn).build(),
            )
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_retry_attempts(DELIVERY_RETRIES)
                    .maximum_event_age_in_seconds(plan.event_age)
                    .build(),
            )
            .build()
            .map_err(Error::internal)
    }

    fn is_as_planned(&self, found: &GetScheduleOutput, plan: &SchedulePlan) -> bool {
        let target = found.target().filter(|target| {
            target.arn() == self.deployment.queue_arn
                && target.role_arn() == self.deployment.role_arn
                && target.input() == Some(plan.input.as_str())
                && target.sqs_parameters().and_then(SqsParameters::message_group_id)
                    == Some(plan.group.as_str())
                && target.dead_letter_config().and_then(DeadLetterConfig::arn)
                    == Some(self.deployment.undelivered_arn.as_str())
        });
        target.is_some()
            && found.schedule_expression() == Some(plan.expression.as_str())
            && found.state() == Some(&ScheduleState::Enabled)
    }

    async fn found(&self, name: &str) -> Result<Option<GetScheduleOutput>> {
        let sent =
            self.client.get_schedule().group_name(&self.deployment.group).name(name).send().await;
        match sent.map_err(aws_sdk_scheduler::error::SdkError::into_service_error) {
            Ok(found) => Ok(Some(found)),
            Err(GetScheduleError::ResourceNotFoundException(_)) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Creates a schedule. Returns `false` when it already existed.
    async fn create(&self, install: &InstallId, plan: &SchedulePlan) -> Result<bool> {
        let request = self
            .client
            .create_schedule()
            .group_name(&self.deployment.group)
            .name(&plan.name)
            .description(described(install));
        let request = request
            .schedule_expression(&plan.expression)
            .schedule_expression_timezone("UTC")
            .target(self.target(plan)?);
        let sent =
            request.flexible_time_window(punctual()?).state(ScheduleState::Enabled).send().await;
        match sent.map_err(aws_sdk_scheduler::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(CreateScheduleError::ConflictException(_)) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Updates a schedule. Returns `false` when it no longer existed.
    async fn update(&self, install: &InstallId, plan: &SchedulePlan) -> Result<bool> {
        let request = self
            .client
            .update_schedule()
            .group_name(&self.deployment.group)
            .name(&plan.name)
            .description(described(install));
        let request = request
            .schedule_expression(&plan.expression)
            .schedule_expression_timezone("UTC")
            .target(self.target(plan)?);
        let sent =
            request.flexible_time_window(punctual()?).state(ScheduleState::Enabled).send().await;
        match sent.map_err(aws_sdk_scheduler::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateScheduleError::ResourceNotFoundException(_)) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn unavailable(error: impl Into<Cause>) -> Error {
    Error::unavailable("the scheduler", error)
}

fn described(install: &InstallId) -> String {
    format!("Syncs of {install}")
}

fn punctual() -> Result<FlexibleTimeWindow> {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().map_err(Error::internal)
}

/// The name of an installation's schedule: always the same, with only the characters allowed for a
/// name, whatever the ids contain.
#[must_use]
pub fn name(install: &InstallId, generation: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(install.as_str());
    hash.update(b"\0");
    hash.update(generation);
    let digits = hex::encode(hash.finalize());
    format!("sync-{}", digits.get(..NAME_DIGITS).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(number: usize) -> InstallId {
        InstallId::parse(&format!("instapp_{number}")).unwrap()
    }

    #[test]
    fn a_name_is_stable_short_and_of_one_installation() {
        let long = InstallId::parse(&"a".repeat(128)).unwrap();
        let known = name(&install(1), "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF");
        assert_eq!(known, name(&install(1), "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"));
        for other in [
            name(&install(1), "01K2V7Q8ZJ4M9T3R6W5X0Y1FFG"),
            name(&install(2), "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"),
            name(&long, ""),
        ] {
            assert!(
                other != known
                    && other.len() <= 64
                    && other.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                "{other}"
            );
        }
    }
}
