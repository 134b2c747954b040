//! The first sync of an account, and later syncs without new records.

use it::tenant::{number, text};
use it::{Step, Tenant};

const MOVEMENTS: u64 = 1_500;
/// Lists beside the pages of the first walk: the overlap, the proof's own list, one page read ahead
/// in vain.
const LISTS_BESIDE: u64 = 4;
/// Lists of the records of payouts in a first run, at most: of followed payouts, and of older ones.
const MEMBERS_BESIDE: u64 = 20 + 10;

fn count(calls: &std::collections::BTreeMap<String, u64>, route: &str) -> u64 {
    calls.get(route).copied().unwrap_or_default()
}

/// The first sync of 1,500 movements posts each once, with a call for each page. The second needs
/// three reads to find nothing new. A check of everything finds everything posted.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_posts_everything_once_and_later_syncs_post_nothing() -> Step {
    let tenant = Tenant::connected(1_001, MOVEMENTS).await?;
    let (stripe, cloud) = (tenant.stripe_calls().await?, tenant.cloud_calls().await?);
    let run = tenant.sync("new").await?;
    let after = (tenant.stripe_calls().await?, tenant.cloud_calls().await?);
    let books = tenant.assert_match(&run).await?;
    assert_eq!(
        (number(&run, "records"), number(&run, "entries_posted")),
        (MOVEMENTS, books.legs() as u64)
    );
    let lists = count(&after.0, "GET /v1/balance_transactions")
        - count(&stripe, "GET /v1/balance_transactions");
    assert!(
        lists <= MOVEMENTS.div_ceil(100) + LISTS_BESIDE + MEMBERS_BESIDE,
        "{lists} lists for {MOVEMENTS} movements"
    );
    let bulks = count(&after.1, "POST /proxy/transactions/bulk")
        - count(&cloud, "POST /proxy/transactions/bulk");
    assert!(
        bulks <= books.page_currencies(),
        "{bulks} bulk posts for {} pages and currencies",
        books.page_currencies()
    );

    let before = tenant.stripe_calls().await?;
    let idle = tenant.sync("new").await?;
    let gets: u64 =
        tenant.stripe_calls().await?.values().sum::<u64>() - before.values().sum::<u64>();
    assert!(gets <= 3, "{gets} calls to Stripe although nothing happened");
    assert_eq!((text(&idle, "verdict").as_str(), number(&idle, "entries_posted")), ("match", 0));
    assert_eq!(
        count(&tenant.cloud_calls().await?, "POST /proxy/transactions/bulk"),
        count(&after.1, "POST /proxy/transactions/bulk")
    );

    let again = tenant.sync("everything").await?;
    assert_eq!(
        (number(&again, "entries_posted"), number(&again, "entries_already_there")),
        (0, books.legs() as u64),
        "{again}"
    );
    assert_eq!(number(&again, "customers_created"), 0);
    tenant.assert_match(&again).await?;
    Ok(())
}
