//! Once a week: checks whether a customer has two balances in one currency. We never create the
//! second one on purpose, but one created after a wrong answer of the ledger, or by someone else,
//! stays for good. Entries posted to one of them do not show on the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stages::problems;
use crate::engine::stop::Stop;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::run::request::Depth;
use crate::model::run::step::Step;
use crate::platform::blnk::{BlnkError, LedgerBalance, PAGE_SIZE};

/// The limit of balances that are listed.
pub(crate) const MAX_LISTED: usize = 200_000;

/// The limit of a customer's balances that a problem names.
pub(crate) const MAX_NAMED: usize = 5;

/// The balances of customers, by customer and currency: creation time and id.
pub(crate) type CustomerBalances =
    BTreeMap<(String, String), BTreeSet<(Option<jiff::Timestamp>, String)>>;

pub(crate) fn add(found: &mut CustomerBalances, balance: LedgerBalance) {
    if let Some(customer) = balance.customer().map(str::to_owned) {
        found
            .entry((customer, balance.currency))
            .or_default()
            .insert((balance.created_at, balance.balance_id));
    }
}

/// The problems found: each customer with more than one balance in a currency.
pub(crate) fn doubled(found: &CustomerBalances) -> Vec<ProblemReport> {
    let several = found.iter().filter(|(_, balances)| balances.len() > 1);
    let problem = |((customer, currency), balances): (
        &(String, String),
        &BTreeSet<(_, String)>,
    )| {
        let ids: Vec<&str> = balances.iter().take(MAX_NAMED).map(|(_, id)| id.as_str()).collect();
        let cause = format!(
            "The ledger holds {} balances of this customer in {currency}, the oldest first: {}.",
            balances.len(),
            ids.join(", ")
        );
        ProblemReport::new(
            SubjectKind::Object,
            customer,
            &format!("balances-{currency}"),
            ProblemCode::BalanceDoubled,
            cause,
        )
    };
    several.map(problem).collect()
}

/// Counts the balances of the app's ledger, and examines them if the count differs from ours. If
/// this fails it is left to the next week; it never delays a run.
pub(crate) async fn look_for_doubles(ctx: &mut Context<'_>) -> std::result::Result<(), Stop> {
    ctx.progress.pass(Step::Balances);
    let weekly = ctx.run.depth == Depth::Fortnight
        || (ctx.run.depth == Depth::Everything && ctx.connection.watermark.is_some());
    let Some(ledger_id) = ctx.ledger_id.clone().filter(|_| weekly && !ctx.progress.read_only)
    else {
        return Ok(());
    };
    match balances_of_customers(ctx, &ledger_id).await {
        Ok(Some(found)) => {
            let reports = doubled(&found);
            ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
            problems::resolve_codes(ctx, &[ProblemCode::BalanceDoubled], &reports).await
        }
        Ok(None) => Ok(()),
        Err(ListingError::Stop(stop)) => Err(stop),
        Err(ListingError::Blnk(error)) => {
            tracing::warn!(install = %ctx.fence.install, %error, "customer balances not counted");
            Ok(())
        }
    }
}

/// All balances of customers in the app's ledger. `None` when there is no time for them.
async fn balances_of_customers(
    ctx: &Context<'_>,
    ledger_id: &str,
) -> std::result::Result<Option<CustomerBalances>, ListingError> {
    let mut found = CustomerBalances::new();
    let known = ctx.services.store.customers().count_balances(&ctx.fence).await?;
    let total = ctx.blnk.count_balances(ledger_id, ctx.deadline).await?;
    if total == Some(known) {
        return Ok(Some(found));
    }
    let mut seen = BTreeSet::new();
    for number in 1..=MAX_LISTED / PAGE_SIZE {
        if ctx.out_of_time() {
            break;
        }
        let page = ctx.blnk.balances_page(ledger_id, number, ctx.deadline).await?;
        let served = page.len();
        for balance in page {
            seen.insert(balance.balance_id.clone());
            add(&mut found, balance);
        }
        // A server may serve smaller pages than requested.
        let all = total.map_or(served < PAGE_SIZE, |total| {
            u64::try_from(seen.len()).is_ok_and(|seen| seen >= total)
        });
        if served == 0 || all {
            return Ok(Some(found));
        }
    }
    tracing::info!(install = %ctx.fence.install, listed = seen.len(), "too many balances to list");
    Ok(None)
}

/// The error of a balance listing.
pub(crate) enum ListingError {
    Stop(Stop),
    Blnk(BlnkError),
}

impl From<crate::model::error::Error> for ListingError {
    fn from(error: crate::model::error::Error) -> Self {
        Self::Stop(error.into())
    }
}

impl From<BlnkError> for ListingError {
    fn from(error: BlnkError) -> Self {
        Self::Blnk(error)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn balance(id: &str, customer: Option<&str>, currency: &str, second: u32) -> LedgerBalance {
        let meta_data =
            customer.map_or_else(|| json!({}), |customer| json!({"stripe_customer_id": customer}));
        let row = json!({"balance_id": id, "ledger_id": "ldg_1", "currency": currency, "balance": 0,
            "debit_balance": 0, "credit_balance": 0,
            "created_at": format!("2026-01-01T00:00:{second:02}Z"), "meta_data": meta_data});
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn two_balances_of_one_customer_in_one_currency_are_named_and_nothing_else_is() {
        let mut found = CustomerBalances::new();
        for row in [
            balance("bln_b", Some("cus_1"), "EUR", 2),
            balance("bln_a", Some("cus_1"), "EUR", 9),
            // A page that is served again doubles nothing.
            balance("bln_b", Some("cus_1"), "EUR", 2),
            balance("bln_c", Some("cus_1"), "USD", 1),
            balance("bln_d", Some("cus_2"), "EUR", 1),
            balance("bln_e", None, "EUR", 1),
            balance("bln_f", None, "EUR", 1),
        ] {
            add(&mut found, row);
        }
        let reports = doubled(&found);
        assert_eq!(reports.len(), 1, "{reports:?}");
        assert_eq!(
            (reports[0].subject.as_str(), reports[0].code.clone()),
            ("cus_1", ProblemCode::BalanceDoubled)
        );
        assert!(
            reports[0]
                .cause
                .ends_with("2 balances of this customer in EUR, the oldest first: bln_b, bln_a."),
            "{}",
            reports[0].cause
        );
    }
}
