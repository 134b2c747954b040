//! Which customers a page needs, in which currencies, and what was found or made for them: the
//! types that the parts of this stage hand to each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::engine::stages::customers::identity::Profile;
use crate::engine::suspects::Suspects;
use crate::model::ledger::Owner;
use crate::model::problem::ProblemReport;
use crate::model::problem::report::CustomerFailure;
use crate::model::settings::Settings;
use crate::model::stripe::types::Customer;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::Deadline;
use crate::platform::store::customers::Pair;
use crate::platform::store::runs::Fence;
use crate::platform::table::Store;

/// Concurrent look-ups by e-mail address.
pub(crate) const AT_ONCE: usize = 4;

/// The customers of a page, and the currencies they need a balance in.
#[derive(Debug, Default)]
pub(crate) struct Needed(pub(crate) BTreeMap<String, (Option<Customer>, BTreeSet<String>)>);

impl Needed {
    /// Adds a customer who needs a balance in a currency. An expanded object adds more than an id.
    pub(crate) fn add(&mut self, id: &str, object: Option<&Customer>, currency: &str) {
        self.entry(id, object).1.insert(currency.to_owned());
    }

    /// Adds a customer that a page contains.
    pub(crate) fn see(&mut self, customer: &Customer) {
        self.entry(&customer.id, Some(customer));
    }

    pub(crate) fn entry(
        &mut self,
        id: &str,
        object: Option<&Customer>,
    ) -> &mut (Option<Customer>, BTreeSet<String>) {
        let entry = self.0.entry(id.to_owned()).or_default();
        if entry.0.is_none() {
            entry.0 = object.cloned();
        }
        entry
    }

    pub(crate) fn object(&self, id: &str) -> Option<&Customer> {
        self.0.get(id)?.0.as_ref()
    }

    pub(crate) fn pairs(&self) -> Vec<Pair> {
        self.0
            .iter()
            .flat_map(|(id, (_, currencies))| {
                currencies.iter().map(|currency| (id.clone(), currency.clone()))
            })
            .collect()
    }
}

/// Balance ids by customer and currency.
pub(crate) type BalanceIds = HashMap<Pair, String>;

/// The customers of a page and their state in the ledger.
#[derive(Debug, Default)]
pub(crate) struct Ensured {
    pub(crate) balances: BalanceIds,
    /// Number of balances created.
    pub(crate) made: u64,
    /// Customers without a balance, and the reasons.
    pub(crate) refused: Refused,
    /// Problems with customers to report.
    pub(crate) problems: Vec<ProblemReport>,
    pub(crate) profiles: HashMap<String, Profile>,
    pub(crate) seen: Needed,
}

/// The reason why a customer has no balance, by customer.
pub(crate) type Refused = BTreeMap<String, CustomerFailure>;

/// The identities of customers who need a balance.
#[derive(Debug, Default)]
pub(crate) struct ChosenIdentities {
    /// By customer.
    pub(crate) identities: HashMap<String, String>,
    /// Our own identities that exist.
    pub(crate) known: BTreeSet<String>,
}

impl ChosenIdentities {
    pub(crate) fn of(&self, customer: &str) -> &str {
        self.identities.get(customer).map(String::as_str).unwrap_or_default()
    }
}

/// Finds or creates the balances of customers.
pub(crate) struct Customers<'a> {
    pub(crate) store: &'a Store,
    pub(crate) blnk: &'a BlnkClient,
    pub(crate) fence: &'a Fence,
    pub(crate) owner: &'a Owner,
    pub(crate) settings: &'a Settings,
    pub(crate) ledger_id: &'a str,
    pub(crate) suspects: &'a Suspects,
    pub(crate) deadline: Deadline,
}

/// The balance ids in the form that entries need: by customer, in one currency.
pub(crate) fn balance_of<'i>(
    ids: &'i BalanceIds,
    currency: &str,
) -> impl Fn(&str) -> Option<&'i str> {
    let currency = currency.to_owned();
    move |customer| ids.get(&(customer.to_owned(), currency.clone())).map(String::as_str)
}
