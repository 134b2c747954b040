//! Reads for a search: the movements and charges of one object, in one page.

use serde::Deserialize;

use crate::model::stripe::resource::{BALANCE_TRANSACTIONS, CUSTOMERS, Resource};
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly, id, lenient, null_as_default};
use crate::model::stripe::types::{Customer, List};
use crate::platform::http::Deadline;
use crate::platform::stripe::client::StripeClient;
use crate::platform::stripe::error::StripeError;
use crate::platform::stripe::expected::ResponseKind;
use crate::platform::stripe::reads::MOVEMENT_EXPANSIONS;

/// Stripe's code for an object that does not exist, also when a filter names it.
const MISSING: &str = "resource_missing";

/// A charge or a refund with its movements.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Moved {
    /// Stripe's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its movement, if there is one.
    #[serde(default)]
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// The movement of its failure.
    #[serde(default)]
    pub failure_balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// Its customer.
    #[serde(default, deserialize_with = "lenient")]
    pub customer: Option<IdOnly>,
}

/// A dispute with its movements.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Disputed {
    /// `du_…` or `dp_…`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its movements, which Stripe always expands.
    #[serde(default, deserialize_with = "null_as_default")]
    pub balance_transactions: Vec<BalanceTransaction>,
}

/// The movements of a charge or a refund, as a list is asked for them.
const MOVEMENTS: [(&str, &str); 2] =
    [("expand[]", "data.balance_transaction"), ("expand[]", "data.failure_balance_transaction")];

impl Moved {
    /// The movements that Stripe expanded.
    #[must_use]
    pub fn movements(self) -> Vec<BalanceTransaction> {
        let both = [self.balance_transaction, self.failure_balance_transaction];
        let expanded = both.into_iter().flatten().filter_map(|movement| match movement {
            Expandable::Object(movement) => Some(*movement),
            Expandable::Id(_) => None,
        });
        expanded.collect()
    }
}

/// The object whose charges are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargesOf {
    /// Those of a customer.
    Customer,
    /// Those of a payment intent.
    PaymentIntent,
}

impl StripeClient {
    /// Reads the newest movements of an object, with their sources expanded. None when Stripe does
    /// not know the object.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn movements_of(
        &self,
        object: &str,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let mut query = vec![("limit", limit.as_str()), ("source", object)];
        query.extend(MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path)));
        let what = "the movements of an object";
        or_empty(self.get(BALANCE_TRANSACTIONS, ResponseKind::List, &query, what, deadline).await)
    }

    /// Reads which records of some seconds an automatic payout settled, both ends included: at most
    /// one page. None when Stripe does not know the payout.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn members_created(
        &self,
        payout: &str,
        first: i64,
        last: i64,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let (limit, first, last) = (MAX_PAGE.to_string(), first.to_string(), last.to_string());
        let query = [
            ("limit", limit.as_str()),
            ("payout", payout),
            ("created[gte]", first.as_str()),
            ("created[lte]", last.as_str()),
        ];
        let what = "members of a payout";
        or_empty(self.get(BALANCE_TRANSACTIONS, ResponseKind::List, &query, what, deadline).await)
    }

    /// Reads the newest charges of a customer or of a payment intent, with their movements. None
    /// when Stripe knows neither.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn charges_of(
        &self,
        of: ChargesOf,
        id: &str,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Moved>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let name = match of {
            ChargesOf::Customer => "customer",
            ChargesOf::PaymentIntent => "payment_intent",
        };
        let mut query = vec![("limit", limit.as_str()), (name, id)];
        query.extend(MOVEMENTS);
        let path = Resource::Charges.path();
        or_empty(self.get(path, ResponseKind::List, &query, "a list of charges", deadline).await)
    }

    /// Reads the newest refunds of a charge, with their movements.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn refunds_of(
        &self,
        charge: &str,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Moved>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let mut query = vec![("limit", limit.as_str()), ("charge", charge)];
        query.extend(MOVEMENTS);
        let path = Resource::Refunds.path();
        or_empty(self.get(path, ResponseKind::List, &query, "a list of refunds", deadline).await)
    }

    /// Reads the newest disputes of a charge, with their movements.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn disputes_of(
        &self,
        charge: &str,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Disputed>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let query = [("limit", limit.as_str()), ("charge", charge)];
        let path = Resource::Disputes.path();
        or_empty(self.get(path, ResponseKind::List, &query, "a list of disputes", deadline).await)
    }

    /// Reads the newest customers with an e-mail address. Stripe compares it case-sensitively.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn customers_by_email(
        &self,
        email: &str,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Customer>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let query = [("limit", limit.as_str()), ("email", email)];
        self.get(CUSTOMERS, ResponseKind::List, &query, "a list of customers", deadline).await
    }
}

fn or_empty<T>(read: Result<List<T>, StripeError>) -> Result<List<T>, StripeError> {
    match read {
        Err(StripeError::Invalid { code: Some(code), .. }) if code == MISSING => {
            Ok(List::of(Vec::new(), Vec::new(), false, None))
        }
        read => read,
    }
}
