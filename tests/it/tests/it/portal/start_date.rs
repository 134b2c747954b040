//! A start date within a history: one opening entry for everything before, every record after it,
//! and a proof of both.

use it::records::charge;
use it::tenant::{number, text};
use it::{Books, Step, Tenant};
use serde_json::{Value, json};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The UTC midnight in the middle of an account's history.
async fn middle(tenant: &Tenant) -> Step<i64> {
    let mut created: Vec<i64> =
        tenant.books().await?.records.iter().map(|record| record.created).collect();
    created.sort_unstable();
    let middle = created.get(created.len() / 2).copied().ok_or("no history")?;
    Ok(middle - middle.rem_euclid(DAY))
}

/// A start at least `days` days earlier, at which the opening changes. It is chosen from the
/// history, so that the opening changes for any dates.
async fn earlier_than(tenant: &Tenant, start: i64, days: i64) -> Step<i64> {
    let books = tenant.books().await?;
    let oldest = books.records.iter().map(|record| record.created).min().ok_or("no history")?;
    let opened = books.nets(i64::MIN, start);
    let is_opened = |of: &(String, String)| opened.get(of).is_some_and(|net| *net != 0);
    let moves = |earlier: &i64| {
        books.nets(*earlier, start).iter().any(|(of, net)| *net != 0 && is_opened(of))
    };
    let mut midnights =
        (days..).map(|days| start - days * DAY).take_while(|midnight| *midnight > oldest);
    Ok(midnights.find(moves).ok_or("no earlier start changes the opening")?)
}

fn date(midnight: i64) -> Step<String> {
    Ok(stripe_sync::model::ledger::utc_date(midnight)?)
}

/// Sets the start. Returns the detail of the refusal, if it is refused.
async fn set_start(tenant: &Tenant, start: Option<i64>) -> Step<Option<String>> {
    let start = start.map(date).transpose()?;
    let change = tenant.portal.changed(json!({"start_date": start})).await?;
    let answer =
        tenant.stack.portal_call(tenant.portal.bearer(), "PUT", "/settings", Some(change)).await?;
    if answer.status == 200 {
        return Ok(None);
    }
    Ok(Some(text(&answer.refused(422, "invalid_setting")?, "detail")))
}

/// Asserts that a run ended in a match and that the books agree for this start.
async fn assert_match(tenant: &Tenant, run: &Value, start: i64, late: &[String]) -> Step<Books> {
    // Some histories contain unknown types, which are problems whatever the start.
    assert!(
        text(run, "verdict") == "match" && text(run, "state").starts_with("completed"),
        "seed {}: {run}",
        tenant.seed
    );
    let books = tenant.books().await?.starting_at(start, late.iter().cloned());
    books.assert_equal(tenant.seed);
    assert_eq!(books.entries.len(), books.legs(), "seed {}", tenant.seed);
    Ok(books)
}

/// What an earlier start would change: how many movements it posts.
async fn dry_run(tenant: &Tenant, start: i64) -> Step<Value> {
    let change = tenant.portal.changed(json!({"start_date": date(start)?})).await?;
    let answer = tenant.portal.ok("PUT", "/settings?dry_run=true", Some(change)).await?;
    let all = answer["differences"].as_array().cloned().unwrap_or_default();
    assert_eq!((all.len(), &answer["saved"]), (1, &json!(false)), "{answer}");
    Ok(all.into_iter().next().unwrap_or_default())
}

async fn add_charge(tenant: &Tenant, created: i64) -> Step<Vec<String>> {
    let added = tenant.add(charge(4_200).fee(150).customer("cus_start").created(created)).await?;
    Ok(added["ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect())
}

/// The first sync with a start posts what the preview showed, and fixes the start. A repetition
/// posts nothing.
async fn assert_first_sync_is_as_previewed(tenant: &Tenant, start: i64) -> Step {
    let preview = tenant.preview().await?;
    assert_eq!(
        tenant.portal.ok("GET", "/settings", None).await?["posted_from"],
        Value::Null,
        "a preview does not fix the start"
    );
    let first = tenant.sync("new").await?;
    let books = assert_match(tenant, &first, start, &[]).await?;
    let before = books.records.iter().filter(|record| !books.is_posted(record)).count();
    let shown = &preview["preview"];
    assert_eq!(
        (text(shown, "start"), number(shown, "records_before"), number(shown, "entries")),
        (date(start)?, before as u64, books.entries.len() as u64),
        "{preview}"
    );
    assert_eq!(
        text(&tenant.portal.ok("GET", "/settings", None).await?, "posted_from"),
        date(start)?
    );
    assert!(
        books.openings().count() > 0 && books.records.iter().any(|record| !books.is_posted(record)),
        "{first}"
    );
    let again = tenant.sync("everything").await?;
    assert_match(tenant, &again, start, &[]).await?;
    assert_eq!(number(&again, "entries_posted"), 0, "{again}");
    Ok(())
}

/// A charge three days before the start is a named difference on the payments mirror, and nothing
/// is posted for it.
fn assert_differs_before_the_start(run: &Value) {
    assert_eq!(
        (text(run, "verdict").as_str(), text(run, "state").as_str()),
        ("mismatch", "completed_with_problems"),
        "{run}"
    );
    assert_eq!(number(run, "entries_posted"), 0, "nothing is posted before the start: {run}");
    let causes: Vec<String> = run
        .pointer("/proof/causes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|cause| text(cause, "kind"))
        .collect();
    assert!(!causes.is_empty() && causes.iter().all(|kind| kind == "before_start"), "{run}");
    assert_eq!(run.pointer("/proof/more_causes"), Some(&json!(false)), "{run}");
    let usd =
        |line: &&Value| text(line, "currency") == "USD" && text(line, "balance") == "payments";
    let lines = run.pointer("/proof/lines").and_then(Value::as_array).cloned().unwrap_or_default();
    assert_eq!(
        lines
            .iter()
            .find(usd)
            .map(|line| (text(line, "stripe_difference"), text(line, "ledger_difference"))),
        Some(("0".into(), "4050".into())),
        "{run}"
    );
}

/// A start within the history matches at once, and again. A record that appears in the last day
/// before it is posted. A change on an older day is a named difference until the start moves before
/// it.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_within_the_history_matches_and_can_move_back() -> Step {
    let tenant = Tenant::connected(9_001, 240).await?;
    let start = middle(&tenant).await?;
    // A charge appears three days before the start: between the two.
    let earlier = earlier_than(&tenant, start, 4).await?;
    assert_eq!(set_start(&tenant, Some(start)).await?, None);
    assert_first_sync_is_as_previewed(&tenant, start).await?;

    let late = add_charge(&tenant, start - HOUR).await?;
    let run = tenant.sync("everything").await?;
    assert_match(&tenant, &run, start, &late).await?;
    assert_eq!(number(&run, "entries_posted"), 2, "{run}");

    add_charge(&tenant, start - 3 * DAY).await?;
    let run = tenant.sync("everything").await?;
    assert_differs_before_the_start(&run);
    let problems = tenant.portal.ok("GET", "/problems", None).await?;
    assert!(problems.to_string().contains("before_the_start"), "{problems}");

    let refusal = set_start(&tenant, Some(start + DAY)).await?.unwrap_or_default();
    assert!(refusal.contains(&date(start)?), "a later start is refused: {refusal}");
    let posted = async |from| {
        Step::Ok(tenant.books().await?.starting_at(from, late.iter().cloned()).distinct_records().1)
    };
    // Stripe now lists one more than when the opening was summed up.
    let between = posted(earlier).await? - posted(start).await? - 1;
    let change = dry_run(&tenant, earlier).await?;
    assert_eq!(
        (&change["code"], &change["movements"]),
        (&json!("start_date"), &json!(between)),
        "{change}"
    );
    assert_eq!((text(&change, "before"), text(&change, "after")), (date(start)?, date(earlier)?));
    assert_eq!(set_start(&tenant, Some(earlier)).await?, None);
    let run = tenant.sync("new").await?;
    let books = assert_match(&tenant, &run, earlier, &[]).await?;
    assert!(
        books.openings().any(|entry| entry.reference.ends_with(":opening_moved")),
        "the change of the opening is an entry of its own"
    );
    assert_eq!(set_start(&tenant, None).await?, None);
    let run = tenant.sync("new").await?;
    let books = assert_match(&tenant, &run, 0, &[]).await?;
    let again = tenant.sync("everything").await?;
    assert_match(&tenant, &again, 0, &[]).await?;
    assert_eq!(
        (number(&again, "entries_posted"), books.entries.len()),
        (0, tenant.books().await?.entries.len())
    );
    Ok(())
}

/// An opening stays in the ledger: a reinstall adopts it although its settings name no start.
#[tokio::test(flavor = "multi_thread")]
async fn a_reinstall_adopts_the_opening_in_the_ledger() -> Step {
    let mut tenant = Tenant::connected(9_002, 160).await?;
    let start = middle(&tenant).await?;
    assert_eq!(set_start(&tenant, Some(start)).await?, None);
    let first = tenant.sync("new").await?;
    assert_match(&tenant, &first, start, &[]).await?;
    let late = add_charge(&tenant, start - HOUR).await?;
    let run = tenant.sync("everything").await?;
    let entries = assert_match(&tenant, &run, start, &late).await?.entries.len();

    let id = tenant.id().to_owned();
    assert_eq!(tenant.sandbox.uninstall(&id).await?["callback_status"], 200);
    tenant.install = tenant.sandbox.install_like(json!({"installed_app_id": id})).await?;
    tenant.launch().await?;
    tenant.portal.connect(&tenant.account.restricted_key).await?;
    let run = tenant.sync("new").await?;
    assert_match(&tenant, &run, start, &late).await?;
    assert_eq!(number(&run, "entries_posted"), 0, "{run}");
    let again = tenant.sync("everything").await?;
    let books = assert_match(&tenant, &again, start, &late).await?;
    assert_eq!(books.entries.len(), entries);
    let refusal = set_start(&tenant, Some(start + DAY)).await?.unwrap_or_default();
    assert!(refusal.contains(&date(start)?), "{refusal}");
    assert_eq!(
        text(&tenant.portal.ok("GET", "/settings", None).await?, "posted_from"),
        date(start)?,
        "shown although the settings do not name it"
    );
    Ok(())
}

/// Posts are lost before or after they took effect, including those of the opening: one opening
/// remains, and every record once.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_a_start_and_lost_posts_posts_everything_once() -> Step {
    let tenant = Tenant::connected(9_003, 700).await?;
    let start = middle(&tenant).await?;
    assert_eq!(set_start(&tenant, Some(start)).await?, None);
    let bulk = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk"});
    for (skip, drop) in [(1, "after"), (3, "before"), (4, "after"), (5, "after"), (6, "before")] {
        let mut fault = bulk.clone();
        (fault["skip"], fault["times"], fault["drop"]) = (json!(skip), json!(2), json!(drop));
        tenant.fault(fault).await?;
    }
    let run = tenant.sync("new").await?;
    assert_match(&tenant, &run, start, &[]).await?;
    Ok(())
}

/// Records that were counted without write permission are counted again once a start excludes most
/// of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_applies_to_records_that_were_read_without_write_permission() -> Step {
    let mut tenant = Tenant::builder(9_004, 160).permissions(&["data:read"]).connected().await?;
    let start = middle(&tenant).await?;
    let read_only = tenant.sync("new").await?;
    assert_eq!(
        (&read_only["read_only"], number(&read_only, "entries_posted")),
        (&json!(true), 0),
        "{read_only}"
    );
    assert_eq!(set_start(&tenant, Some(start)).await?, None);
    let read_only = tenant.sync("new").await?;
    assert_eq!(
        (&read_only["read_only"], number(&read_only, "entries_posted")),
        (&json!(true), 0),
        "{read_only}"
    );
    tenant.reinstall().await?;
    tenant.launch().await?;
    let run = tenant.sync("new").await?;
    assert_match(&tenant, &run, start, &[]).await?;
    let again = tenant.sync("everything").await?;
    assert_match(&tenant, &again, start, &[]).await?;
    Ok(())
}
