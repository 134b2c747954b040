//! Syncs that the schedule starts, and the sweep that repairs installs.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use it::aws::{key, text as attribute};
use it::records::charge;
use it::schedule::{of, revive, sweep};
use it::tenant::text;
use it::{Failure, Step, Tenant};
use serde_json::{Value, json};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;

/// A schedule fires within a minute, the local AWS polls every ten seconds, and then a sync runs.
const PATIENCE: Duration = Duration::from_secs(150);
const POLL: Duration = Duration::from_millis(500);

/// Polls until `look` finds something.
async fn until<T, F: Future<Output = Step<Option<T>>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> Step<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::from(format!("not within {} s: {what}", PATIENCE.as_secs())));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// How many wake-ups of the schedule workers have handled.
fn fired(tenant: &Tenant) -> usize {
    let ended =
        tenant.dispatcher.invocations(tenant.id()).into_iter().filter(|made| made.acknowledged);
    ended.filter(|made| made.body.contains(r#""reason":"schedule""#)).count()
}

/// Waits until the schedule fires.
async fn next_firing(tenant: &Tenant) -> Step {
    let known = fired(tenant);
    until("the schedule fires", async || Ok((fired(tenant) > known).then_some(()))).await
}

/// A completed run that the schedule requested since this instant. A run that was open before may
/// have read the list too early.
fn scheduled_run(runs: &Value, since: Millis) -> Option<Value> {
    let mut all = runs.get("runs").and_then(Value::as_array).into_iter().flatten();
    let wanted = |run: &&Value| {
        text(run, "trigger") == "schedule" && text(run, "state").starts_with("completed")
    };
    all.find(|run| wanted(run) && text(run, "requested_at") >= since.rfc3339()).cloned()
}

/// When an installation's schedule fires, if it has one.
async fn expression(tenant: &Tenant, generation: &str) -> Step<Option<String>> {
    Ok(of(&tenant.aws, tenant.id(), generation)
        .await?
        .and_then(|schedule| schedule.schedule_expression))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_fires_posts_and_proves_new_payments() -> Step {
    let mut tenant = Tenant::connected(7_001, 120).await?;
    let generation = tenant.generation().await?;
    tenant.portal.interval("quarter_hourly").await?;
    assert_eq!(
        expression(&tenant, &generation).await?.as_deref(),
        Some("cron(0/1 * * * ? *)"),
        "the shortest that this deployment allows"
    );
    next_firing(&tenant).await?;
    assert!(
        tenant.stored_runs().await?.is_empty(),
        "neither a connect nor the schedule starts the first sync"
    );

    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    tenant.add(charge(7_700).fee(253).customer("cus_scheduled")).await?;
    let added = clock::now();
    let run = until("a run of the schedule", async || {
        Ok(scheduled_run(&tenant.portal.ok("GET", "/runs", None).await?, added))
    })
    .await?;
    let run = tenant.portal.run(&text(&run, "id")).await?;
    tenant.assert_match(&run).await?;
    let lines = run.pointer("/proof/lines").and_then(Value::as_array).map_or(0, Vec::len);
    assert!(lines > 0 && text(&run, "verdict") == "match", "{run}");
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview.get("fresh"), Some(&json!(true)), "{overview}");

    // Off: one proof a day remains.
    tenant.portal.interval("off").await?;
    let daily = expression(&tenant, &generation).await?.unwrap_or_default();
    assert!(
        daily.ends_with(" * * ? *)") && !daily.contains('/') && !daily.ends_with("* * * ? *)"),
        "{daily:?}"
    );
    tenant.portal.ok("DELETE", "/stripe", None).await?;
    assert_eq!(expression(&tenant, &generation).await?, None, "gone with the connection");
    tenant.launch().await?;
    tenant.portal.connect(&tenant.account.restricted_key).await?;
    assert_eq!(
        expression(&tenant, &generation).await?,
        Some(daily),
        "the settings belong to the installation, not to the connection"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_deletes_the_schedule_and_an_orphaned_schedule_deletes_itself() -> Step {
    let tenant = Tenant::connected(7_002, 40).await?;
    let generation = tenant.generation().await?;
    let left = of(&tenant.aws, tenant.id(), &generation).await?.ok_or("a schedule")?;
    tenant.sandbox.uninstall(tenant.id()).await?;
    until("the schedule is gone", async || {
        Ok(expression(&tenant, &generation).await?.is_none().then_some(()))
    })
    .await?;
    // A clean-up in progress would delete the schedule.
    let done = |meta: Option<&it::aws::Item>| {
        meta.is_some_and(|meta| attribute(meta, "cleanup_state") == "done")
    };
    tenant.aws.until(tenant.id(), "META", done).await?;
    tenant.quiet().await;
    // As if the clean-up had missed it: its next firing deletes it.
    revive(&tenant.aws, &left).await?;
    until("the orphan is gone", async || {
        Ok(expression(&tenant, &generation).await?.is_none().then_some(()))
    })
    .await?;
    // The schedule is deleted before the worker has answered.
    until("its firing has ended", async || Ok((fired(&tenant) > 0).then_some(()))).await?;
    tenant.quiet().await;
    assert_eq!(fired(&tenant), 1, "its first firing was its last");
    assert!(tenant.stored_runs().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_repairs_a_missing_schedule_a_stuck_run_and_a_lost_clean_up() -> Step {
    let tenant = Tenant::connected(7_003, 60).await?;
    let gone = Tenant::connected(7_004, 40).await?;
    tenant.assert_match(&tenant.sync("new").await?).await?;
    gone.sandbox.uninstall(gone.id()).await?;
    let done = |meta: Option<&it::aws::Item>| {
        meta.is_some_and(|meta| attribute(meta, "cleanup_state") == "done")
    };
    let mut meta = gone.aws.until(gone.id(), "META", done).await?.unwrap_or_default();

    // Someone deletes the schedule; the wake-up of a run is lost, and so is that of a clean-up.
    let group = it::stack::variable("SCHEDULE_GROUP")?;
    let generation = tenant.generation().await?;
    let schedule = of(&tenant.aws, tenant.id(), &generation).await?.ok_or("a schedule")?;
    tenant
        .aws
        .scheduler
        .delete_schedule()
        .group_name(group)
        .set_name(schedule.name.clone())
        .send()
        .await?;
    tenant.add(charge(9_900).fee(317).customer("cus_swept")).await?;
    let run = lost_run(&tenant).await?;
    meta.insert("cleanup_state".to_owned(), AttributeValue::S("pending".to_owned()));
    gone.aws.put(meta).await?;

    sweep(&tenant.aws).await?;
    let swept = tenant.portal.finished(&run, PATIENCE, |_| {}).await?;
    tenant.assert_match(&swept).await?;
    assert_eq!(expression(&tenant, &generation).await?, schedule.schedule_expression);
    gone.aws.until(gone.id(), "META", done).await?;
    let metrics = until("the metrics of the round", async || {
        let lines = tenant.aws.log_lines(&it::stack::variable("SYNC_WORKER_FUNCTION")?).await?;
        Ok(lines.into_iter().rev().find(|line| line.contains(r#""RepairedSchedules""#)))
    });
    let metrics: Value = serde_json::from_str(&metrics.await?)?;
    assert_eq!(
        metrics.pointer("/_aws/CloudWatchMetrics/0/Namespace"),
        Some(&json!("StripeSync")),
        "{metrics}"
    );
    Ok(())
}

/// A run that was requested an hour ago and whose wake-up never came.
async fn lost_run(tenant: &Tenant) -> Step<String> {
    let connection = tenant.aws.item(tenant.id(), "STRIPE").await?.ok_or("a connection")?;
    let connected = attribute(&connection, "connection").to_owned();
    let items = tenant.aws.partition(tenant.id()).await?;
    let made =
        items.iter().find(|item| attribute(item, "sk").starts_with("RUN#")).ok_or("a run")?;
    let id = clock::new_ulid().to_string();
    let hour_ago = AttributeValue::N(clock::now().plus_seconds(-3_600).0.to_string());
    let mut run = made.clone();
    run.extend(key(tenant.id(), &format!("RUN#{connected}#{id}")));
    for (name, value) in
        [("id", AttributeValue::S(id.clone())), ("state", AttributeValue::S("queued".to_owned()))]
    {
        run.insert(name.to_owned(), value);
    }
    run.insert("requested_at".to_owned(), hour_ago);
    for (name, count) in [("checkpoint", "0"), ("attempt", "0"), ("barren", "0")] {
        run.insert(name.to_owned(), AttributeValue::N(count.to_owned()));
    }
    for ended in
        ["progress", "verdict", "proof", "error", "finished_at", "started_at", "touched_at"]
    {
        run.remove(ended);
    }
    tenant.aws.put(run).await?;
    let mut open = connection;
    open.insert("current_run".to_owned(), AttributeValue::S(id.clone()));
    tenant.aws.put(open).await?;
    Ok(id)
}
