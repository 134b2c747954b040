//! Checks that ledger accounts are free: that they hold no entries other than ours.
//!
//! Each balance costs one or two counts, and there is a balance for every name and currency.
//! Results that are already known are not counted again. The others are counted concurrently.
//! Balances that do not fit the deadline are left out, and the result says so.

use futures::stream;
use futures::stream::StreamExt;

use crate::model::error::details::AccountInUse;
use crate::model::ledger::{META_ACCOUNT, Owner, REFERENCE_PREFIX};
use crate::platform::blnk::{BlnkClient, BlnkError, CALL_LIMITS, Filter, LedgerBalance, Operator};
use crate::platform::http::Deadline;

/// Balances checked concurrently.
pub(crate) const LOOKS: usize = 8;

/// The result of a check of accounts.
#[derive(Debug, Default)]
pub(crate) struct AccountSearch {
    /// The accounts that are not free.
    pub(crate) in_use: Vec<AccountInUse>,
    /// Whether one of them holds entries under our references.
    pub(crate) ours: bool,
    /// How many balances were checked, from the first one on.
    pub(crate) done: usize,
    /// Whether all balances were checked.
    pub(crate) whole: bool,
}

/// The claim of an owner to its accounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'o> {
    /// The owner that claims the accounts.
    pub(crate) owner: &'o Owner,
    /// Whether the owner already has a ledger here. If so, these accounts were found free once.
    /// Entries that others posted since, for example to clear the suspense account, must not lock
    /// the owner out; on a mirror the proof reports them. Such accounts count as in use only when
    /// they hold none of our entries.
    pub(crate) kept: bool,
}

impl Claim<'_> {
    /// Checks all balances with these names. Reads only.
    pub(crate) async fn look(
        &self,
        blnk: &BlnkClient,
        names: &[String],
        deadline: Deadline,
    ) -> Result<AccountSearch, BlnkError> {
        match blnk.balances_by_indicator(names, deadline).await {
            Ok(balances) => self.look_at(blnk, balances, deadline).await,
            Err(error) if is_late(&error, deadline) => Ok(AccountSearch::default()),
            Err(error) => Err(error),
        }
    }

    /// Checks the given balances until the deadline. Reads only.
    pub(crate) async fn look_at(
        &self,
        blnk: &BlnkClient,
        balances: Vec<LedgerBalance>,
        deadline: Deadline,
    ) -> Result<AccountSearch, BlnkError> {
        let mut looked = AccountSearch { whole: true, ..AccountSearch::default() };
        let mut looks = stream::iter(balances)
            .map(|balance| self.look_at_one(blnk, balance, deadline))
            .buffered(LOOKS);
        while let Some(found) = looks.next().await {
            match found {
                Ok((found, ours)) => {
                    looked.in_use.extend(found);
                    looked.ours |= ours;
                    looked.done += usize::from(looked.whole);
                }
                Err(error) if is_late(&error, deadline) => looked.whole = false,
                Err(error) => return Err(error),
            }
        }
        Ok(looked)
    }

    /// Whether some of these names hold entries that we made, which means that this app has posted
    /// here before. Someone who posted under our references first would not have written our
    /// metadata.
    pub(crate) async fn made_here(
        &self,
        blnk: &BlnkClient,
        names: &[String],
        deadline: Deadline,
    ) -> Result<bool, BlnkError> {
        let balances = blnk.balances_by_indicator(names, deadline).await?;
        let counts = stream::iter(balances).map(|balance| {
            let mut made = Vec::from(self.ours(&balance));
            made.push(Filter::eq(format!("meta_data.{META_ACCOUNT}"), self.owner.account()));
            async move { blnk.count_transactions(&made, deadline).await }
        });
        let mut counts = counts.buffered(LOOKS);
        while let Some(count) = counts.next().await {
            if count? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Filters for the entries of a balance under our references.
    fn ours(&self, balance: &LedgerBalance) -> [Filter; 2] {
        // In a LIKE pattern an underscore matches any character. The extra matches are never
        // another account's references.
        let pattern = format!("{REFERENCE_PREFIX}{}:%", self.owner);
        [
            Filter::eq("balance_id", &balance.balance_id),
            Filter::compare("reference", Operator::Like, pattern),
        ]
    }

    /// Whether an account is in use, and whether it holds entries under our references.
    async fn look_at_one(
        &self,
        blnk: &BlnkClient,
        balance: LedgerBalance,
        deadline: Deadline,
    ) -> Result<(Option<AccountInUse>, bool), BlnkError> {
        let all = [Filter::eq("balance_id", &balance.balance_id)];
        let ours = self.ours(&balance);
        let (entries, ours) = if self.kept {
            // In most cases one count is enough.
            let ours = blnk.count_transactions(&ours, deadline).await?;
            (if ours > 0 { 0 } else { blnk.count_transactions(&all, deadline).await? }, ours)
        } else {
            let total = blnk.count_transactions(&all, deadline).await?;
            let named =
                if total == 0 { 0 } else { blnk.count_transactions(&ours, deadline).await? };
            (total.saturating_sub(named), named)
        };
        let indicator = balance.indicator.unwrap_or_default();
        let in_use = (entries > 0).then_some(AccountInUse {
            indicator,
            currency: balance.currency,
            entries,
        });
        Ok((in_use, ours > 0))
    }
}

/// Whether a call failed because the deadline left no time for it.
pub(crate) fn is_late(error: &BlnkError, deadline: Deadline) -> bool {
    matches!(error, BlnkError::Unavailable { .. }) && deadline.call_timeout(CALL_LIMITS).is_none()
}
