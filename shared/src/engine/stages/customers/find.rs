//! Finds customers' balances. Each is searched for in two ways: by its identity, and by the
//! customer that its metadata names. A balance created before a crash, with an identity or without
//! one, is found by one of them.

use std::collections::{BTreeSet, HashMap};

use crate::engine::stages::customers::needed::{ChosenIdentities, Customers};
use crate::engine::stop::Stop;
use crate::model::ledger::{META_ACCOUNT, identity_id};
use crate::platform::blnk::{LedgerBalance, MAX_LOOKUP_VALUES};
use crate::platform::store::customers::Pair;

impl Customers<'_> {
    /// The oldest balance of each customer and currency that has one.
    pub(crate) async fn oldest<'p>(
        &self,
        pairs: &[&'p Pair],
        chosen: &ChosenIdentities,
    ) -> Result<Vec<(&'p Pair, LedgerBalance)>, Stop> {
        let mut oldest: HashMap<&'p Pair, LedgerBalance> = HashMap::new();
        let mut take = |balance: LedgerBalance, pair: &'p Pair| {
            let older = oldest.get(pair).is_none_or(|kept| {
                (balance.created_at, &balance.balance_id) < (kept.created_at, &kept.balance_id)
            });
            if older {
                oldest.insert(pair, balance);
            }
        };
        let identities: BTreeSet<&str> = pairs
            .iter()
            .map(|(customer, _)| chosen.of(customer))
            .filter(|id| !id.is_empty())
            .collect();
        let identities: Vec<&str> = identities.into_iter().collect();
        for part in identities.chunks(MAX_LOOKUP_VALUES) {
            for balance in
                self.blnk.balances_by_identity(part, self.ledger_id, self.deadline).await?
            {
                pairs
                    .iter()
                    .filter(|pair| self.is_of(&balance, pair, chosen))
                    .for_each(|pair| take(balance.clone(), pair));
            }
        }
        let customers: BTreeSet<&str> =
            pairs.iter().map(|(customer, _)| customer.as_str()).collect();
        let currencies: BTreeSet<&str> =
            pairs.iter().map(|(_, currency)| currency.as_str()).collect();
        let (customers, currencies): (Vec<&str>, Vec<&str>) =
            (customers.into_iter().collect(), currencies.into_iter().collect());
        for part in customers.chunks(MAX_LOOKUP_VALUES) {
            for balance in self
                .blnk
                .balances_by_customer(self.ledger_id, part, &currencies, self.deadline)
                .await?
            {
                let marked = |pair: &&&Pair| self.is_marked(&balance, pair);
                pairs.iter().filter(marked).for_each(|pair| take(balance.clone(), pair));
            }
        }
        Ok(oldest.into_iter().collect())
    }

    /// Whether a balance was created for a customer. An identity that existed before may have
    /// several customers, and other balances.
    pub(crate) fn is_of(
        &self,
        balance: &LedgerBalance,
        (customer, currency): &Pair,
        chosen: &ChosenIdentities,
    ) -> bool {
        if balance.identity_id.as_deref() != Some(chosen.of(customer))
            || balance.currency != *currency
        {
            return false;
        }
        match balance.customer() {
            Some(named) => named == customer,
            None => chosen.of(customer) == identity_id(self.owner, customer),
        }
    }

    /// Whether a balance is marked as created for a customer of this account, whatever identity it
    /// belongs to.
    pub(crate) fn is_marked(&self, balance: &LedgerBalance, (customer, currency): &Pair) -> bool {
        let account = balance.meta_data.get(META_ACCOUNT).and_then(|account| account.as_str());
        let ours = account.is_none_or(|account| account == self.owner.account());
        ours && balance.customer() == Some(customer) && balance.currency == *currency
    }
}
