//! Roles: each function's role tries every action. Those it needs succeed, so that the refusals of
//! the others mean something.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleFluentBuilder;
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, ScheduleState, Target};
use it::aws::{key, outcome};
use it::platform::fresh;
use it::stack::variable;
use it::{Aws, Stack, Step};

/// The outcome of every action, by name.
type Tried = BTreeMap<&'static str, String>;

/// The actions that each function needs.
const CALLBACK: [&str; 4] = ["dynamodb update", "kms generate", "secret registration", "sqs send"];
const PORTAL_GENERATOR: [&str; 3] = ["dynamodb put", "secret registration", "secret session"];
const PORTAL_API: [&str; 11] = [
    "dynamodb get",
    "dynamodb query",
    "dynamodb put",
    "dynamodb update",
    "kms decrypt",
    "kms generate",
    "secret session",
    "sqs send",
    "schedule create",
    "schedule get",
    "schedule delete",
];
const STRIPE_WEBHOOK: [&str; 3] = ["dynamodb put", "kms decrypt", "sqs send"];
const SYNC_WORKER: [&str; 12] = [
    "dynamodb get",
    "dynamodb query",
    "dynamodb put",
    "dynamodb update",
    "kms decrypt",
    "sqs send",
    "sqs look",
    "sqs delay",
    "sqs look delayed",
    "schedule create",
    "schedule get",
    "schedule delete",
];
const DLQ_CONSUMER: [&str; 7] = [
    "dynamodb get",
    "dynamodb query",
    "dynamodb put",
    "dynamodb update",
    "sqs send",
    "sqs look dead",
    "schedule delete",
];

/// Tries every action, in a partition that no install uses.
async fn everything(aws: &Aws, install: &str, sealed: &Blob) -> Step<Tried> {
    let mut tried = Tried::new();
    table(aws, install, &mut tried).await?;
    keys(aws, sealed, &mut tried).await?;
    secrets(aws, &mut tried).await?;
    queues(aws, install, &mut tried).await?;
    schedules(aws, install, &mut tried).await?;
    Ok(tried)
}

async fn table(aws: &Aws, install: &str, tried: &mut Tried) -> Step {
    let table = variable("TABLE_NAME")?;
    let db = &aws.dynamodb;
    let item = key(install, "TRIED");
    tried.insert(
        "dynamodb put",
        outcome(&db.put_item().table_name(&table).set_item(Some(item.clone())).send().await),
    );
    tried.insert(
        "dynamodb get",
        outcome(&db.get_item().table_name(&table).set_key(Some(item.clone())).send().await),
    );
    let update = db
        .update_item()
        .table_name(&table)
        .set_key(Some(item))
        .update_expression("SET tried = :yes");
    tried.insert(
        "dynamodb update",
        outcome(
            &update.expression_attribute_values(":yes", AttributeValue::Bool(true)).send().await,
        ),
    );
    let query = db.query().table_name(&table).key_condition_expression("pk = :pk");
    tried.insert(
        "dynamodb query",
        outcome(
            &query
                .expression_attribute_values(":pk", AttributeValue::S(format!("INSTALL#{install}")))
                .send()
                .await,
        ),
    );
    tried.insert("dynamodb scan", outcome(&db.scan().table_name(&table).limit(1).send().await));
    tried
        .insert("dynamodb describe", outcome(&db.describe_table().table_name(&table).send().await));
    Ok(())
}

async fn keys(aws: &Aws, sealed: &Blob, tried: &mut Tried) -> Step {
    let kms_key = variable("KMS_KEY_ARN")?;
    let kms = &aws.kms;
    let generate = kms.generate_data_key().key_id(&kms_key).key_spec(DataKeySpec::Aes256);
    tried.insert(
        "kms generate",
        outcome(&generate.encryption_context("purpose", "blnk-api-key").send().await),
    );
    let decrypt = kms.decrypt().key_id(&kms_key).ciphertext_blob(sealed.clone());
    tried.insert(
        "kms decrypt",
        outcome(&decrypt.encryption_context("purpose", "blnk-api-key").send().await),
    );
    tried.insert(
        "kms encrypt",
        outcome(&kms.encrypt().key_id(&kms_key).plaintext(Blob::new("x")).send().await),
    );
    tried.insert("kms delete", outcome(&kms.schedule_key_deletion().key_id(&kms_key).send().await));
    Ok(())
}

async fn secrets(aws: &Aws, tried: &mut Tried) -> Step {
    let secrets = &aws.secrets;
    for (name, arn) in [
        ("secret session", variable("SESSION_SECRET_ARN")?),
        ("secret registration", variable("REGISTRATION_SECRET_ARN")?),
    ] {
        tried.insert(name, outcome(&secrets.get_secret_value().secret_id(arn).send().await));
    }
    tried.insert(
        "secret replace",
        outcome(
            &secrets
                .put_secret_value()
                .secret_id(variable("SESSION_SECRET_ARN")?)
                .secret_string("x")
                .send()
                .await,
        ),
    );
    Ok(())
}

async fn queues(aws: &Aws, install: &str, tried: &mut Tried) -> Step {
    let (queue, delay, dead) =
        (variable("QUEUE_URL")?, variable("DELAY_QUEUE_URL")?, variable("DEAD_LETTER_QUEUE_URL")?);
    // A clean-up of an install that does not exist: the worker acknowledges it.
    let message = format!(r#"{{"install":"{install}","generation":"none","reason":"cleanup"}}"#);
    let send = aws
        .sqs
        .send_message()
        .queue_url(&queue)
        .message_group_id(install)
        .message_deduplication_id(fresh("try"));
    tried.insert("sqs send", outcome(&send.message_body(&message).send().await));
    let later =
        format!(r#"{{"not_before":0,"deduplication_id":"{}","wake_up":{message}}}"#, fresh("try"));
    tried.insert(
        "sqs delay",
        outcome(&aws.sqs.send_message().queue_url(&delay).message_body(later).send().await),
    );
    tried.insert(
        "sqs look delayed",
        outcome(&aws.sqs.get_queue_attributes().queue_url(&delay).send().await),
    );
    // Only attributes: a test must not take other tests' messages.
    tried.insert(
        "sqs look",
        outcome(&aws.sqs.get_queue_attributes().queue_url(&queue).send().await),
    );
    tried.insert(
        "sqs look dead",
        outcome(&aws.sqs.get_queue_attributes().queue_url(&dead).send().await),
    );
    tried.insert("sqs purge", outcome(&aws.sqs.purge_queue().queue_url(&dead).send().await));
    Ok(())
}

/// Tries a schedule like the app's, which the owner created before, and the sweep's, which no role
/// may change.
async fn schedules(aws: &Aws, install: &str, tried: &mut Tried) -> Step {
    let (group, sweep) = (variable("SCHEDULE_GROUP")?, variable("SWEEP_NAME")?);
    let scheduler = &aws.scheduler;
    let there = format!("sync-{install}");
    tried.insert(
        "schedule get",
        outcome(&scheduler.get_schedule().group_name(&group).name(&there).send().await),
    );
    let create = creation(aws, &format!("sync-{}", fresh("try")), &group)?;
    tried.insert("schedule create", outcome(&create.send().await));
    tried.insert(
        "schedule delete",
        outcome(&scheduler.delete_schedule().group_name(&group).name(&there).send().await),
    );
    tried
        .insert("schedule foreign", outcome(&creation(aws, &fresh("other"), &group)?.send().await));
    tried.insert(
        "schedule sweep",
        outcome(&scheduler.delete_schedule().group_name(&group).name(&sweep).send().await),
    );
    tried.insert(
        "schedule group",
        outcome(&scheduler.delete_schedule_group().name(&group).send().await),
    );
    Ok(())
}

/// The creation of a schedule that never fires: it is disabled, and its time is far ahead.
fn creation(aws: &Aws, name: &str, group: &str) -> Step<CreateScheduleFluentBuilder> {
    let target = Target::builder()
        .arn("arn:aws:sqs:us-east-1:000000000000:nobody")
        .role_arn("arn:aws:iam::000000000000:role/nobody");
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build()?;
    let create =
        aws.scheduler.create_schedule().name(name).group_name(group).state(ScheduleState::Disabled);
    Ok(create
        .schedule_expression("at(2099-01-01T00:00:00)")
        .flexible_time_window(window)
        .target(target.build()?))
}

#[tokio::test]
async fn each_functions_role_allows_what_it_needs_and_denies_the_rest() -> Step {
    let stack = Stack::from_environment()?;
    let owner = Aws::owner(&stack).await;
    let made = owner
        .kms
        .generate_data_key()
        .key_id(variable("KMS_KEY_ARN")?)
        .key_spec(DataKeySpec::Aes256);
    let sealed = made
        .encryption_context("purpose", "blnk-api-key")
        .send()
        .await?
        .ciphertext_blob
        .ok_or("a data key")?;
    let roles: [(&str, &[&str]); 6] = [
        ("CALLBACK", &CALLBACK),
        ("PORTAL_GENERATOR", &PORTAL_GENERATOR),
        ("PORTAL_API", &PORTAL_API),
        ("STRIPE_WEBHOOK", &STRIPE_WEBHOOK),
        ("SYNC_WORKER", &SYNC_WORKER),
        ("DLQ_CONSUMER", &DLQ_CONSUMER),
    ];
    for (function, allowed) in roles {
        let role = owner.as_role(&variable(&format!("{function}_ROLE_ARN"))?).await?;
        let install = fresh("role");
        creation(&owner, &format!("sync-{install}"), &variable("SCHEDULE_GROUP")?)?.send().await?;
        let tried = everything(&role, &install, &sealed).await?;
        let done: Vec<&str> =
            tried.iter().filter(|(_, how)| *how == "ok").map(|(what, _)| *what).collect();
        let mut expected = allowed.to_vec();
        expected.sort_unstable();
        assert_eq!(done, expected, "{function}: {tried:?}");
        for (what, how) in tried.iter().filter(|(_, how)| *how != "ok") {
            assert!(
                how.contains("AccessDenied"),
                "{function}, {what}: refused for another reason: {how}"
            );
        }
    }
    Ok(())
}
