//! Whether accounts are free: whether they hold entries that are not ours.
//!
//! Each balance takes a count or two, and there are as many as names and currencies together. So what is known is not counted again, the
//! rest is counted side by side, and what time is too short for is left out and said to be.

use futures::stream;
use futures::stream::StreamExt;

use crate::model::error::details::AccountInUse;
use crate::model::ledger::{META_ACCOUNT, Owner, REFERENCE_PREFIX};
use crate::platform::blnk::{BlnkClient, BlnkError, CALL_LIMITS, Filter, LedgerBalance, Operator};
use crate::platform::http::Deadline;

/// Balances that are looked at at once.
pub(crate) const LOOKS: usize = 8;

/// What a look at accounts found.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Those that are not free.
    pub(crate) in_use: Vec<AccountInUse>,
    /// Whether one of them holds entries under references of ours.
    pub(crate) ours: bool,
    /// How many were looked at, from the first one on.
    pub(crate) done: usize,
    /// Whether all of them were.
    pub(crate) whole: bool,
}

/// Whose accounts they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'o> {
    /// Who wants them.
    pub(crate) owner: &'o Owner,
    /// Whoever has a ledger here has found these accounts free once: what others posted there since, to clear the suspense account for
    /// example, is no reason to keep out the one whose accounts they are. On a mirror the proof names it. So they are not free only when
    /// they hold nothing of ours.
    pub(crate) kept: bool,
}

impl Claim<'_> {
    /// Looks at all balances of these names. Reads only.
    pub(crate) async fn look(&self, blnk: &BlnkClient, names: &[String], deadline: Deadline) -> Result<Looked, BlnkError> {
        match blnk.balances_by_indicator(names, deadline).await {
            Ok(balances) => self.look_at(blnk, balances, deadline).await,
            Err(error) if is_late(&error, deadline) => Ok(Looked::default()),
            Err(error) => Err(error),
        }
    }

    /// Looks at some balances, as far as there is time. Reads only.
    pub(crate) async fn look_at(&self, blnk: &BlnkClient, balances: Vec<LedgerBalance>, deadline: Deadline) -> Result<Looked, BlnkError> {
        let mut looked = Looked { whole: true, ..Looked::default() };
        let mut looks = stream::iter(balances).map(|balance| self.look_at_one(blnk, balance, deadline)).buffered(LOOKS);
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

    /// Whether some of these names hold entries that we made ourselves: then we were here before. Whoever posted ahead of us under our
    /// references did not write our metadata.
    pub(crate) async fn made_here(&self, blnk: &BlnkClient, names: &[String], deadline: Deadline) -> Result<bool, BlnkError> {
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

    /// The entries of a balance under references of ours.
    fn ours(&self, balance: &LedgerBalance) -> [Filter; 2] {
        // In a pattern an underscore stands for any character: what it lets through besides is no other account's reference.
        let pattern = format!("{REFERENCE_PREFIX}{}:%", self.owner);
        [Filter::eq("balance_id", &balance.balance_id), Filter::compare("reference", Operator::Like, pattern)]
    }

    /// Whether an account is in use, and whether it holds entries under references of ours.
    async fn look_at_one(
        &self,
        blnk: &BlnkClient,
        balance: LedgerBalance,
        deadline: Deadline,
    ) -> Result<(Option<AccountInUse>, bool), BlnkError> {
        let all = [Filter::eq("balance_id", &balance.balance_id)];
        let ours = self.ours(&balance);
        let (entries, ours) = if self.kept {
            // One count for most of them.
            let ours = blnk.count_transactions(&ours, deadline).await?;
            (if ours > 0 { 0 } else { blnk.count_transactions(&all, deadline).await? }, ours)
        } else {
            let total = blnk.count_transactions(&all, deadline).await?;
            let named = if total == 0 { 0 } else { blnk.count_transactions(&ours, deadline).await? };
            (total.saturating_sub(named), named)
        };
        let indicator = balance.indicator.unwrap_or_default();
        let in_use = (entries > 0).then_some(AccountInUse { indicator, currency: balance.currency, entries });
        Ok((in_use, ours > 0))
    }
}

/// Whether a call failed because there is no time left for it.
pub(crate) fn is_late(error: &BlnkError, deadline: Deadline) -> bool {
    matches!(error, BlnkError::Unavailable { .. }) && deadline.call_timeout(CALL_LIMITS).is_none()
}
