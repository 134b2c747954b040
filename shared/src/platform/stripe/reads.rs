//! What the client reads: one method for each endpoint.

use serde::de::IgnoredAny;

use crate::model::stripe::resource::{BALANCE, BALANCE_TRANSACTIONS, CUSTOMERS, PAYOUTS, Resource};
use crate::model::stripe::types::list::MAX_PAGE;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::{Balance, Customer, List, Source};
use crate::platform::http::Deadline;
use crate::platform::stripe::client::StripeClient;
use crate::platform::stripe::error::StripeError;
use crate::platform::stripe::expected::ResponseKind;

/// The expansions that a page of balance transactions needs to name its customers. Four levels deep
/// is Stripe's limit.
pub(crate) const MOVEMENT_EXPANSIONS: [&str; 4] =
    ["data.source", "data.source.customer", "data.source.charge", "data.source.charge.customer"];

/// The expansions that show the payer of a member of a payout.
pub(crate) const MEMBER_EXPANSIONS: [&str; 2] = ["data.source", "data.source.charge"];

/// Selects a page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Only records created at or after this Unix second.
    pub created_gte: Option<i64>,
    /// Only records created before this Unix second.
    pub created_lt: Option<i64>,
    /// The id of the last record of the previous page. The page continues with the next older
    /// record.
    pub starting_after: Option<String>,
    /// The alternative to `starting_after`: the page ends with the record that is next newer than
    /// this id.
    pub ending_before: Option<String>,
    /// Records per page, 1 to [`MAX_PAGE`]. Other values are clamped to that range.
    pub limit: u8,
    /// Requests only the ids of the objects behind the records, without expansion.
    pub bare: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            created_gte: None,
            created_lt: None,
            starting_after: None,
            ending_before: None,
            limit: MAX_PAGE,
            bare: false,
        }
    }
}

impl StripeClient {
    /// Reads the account's current balance.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn balance(&self, deadline: Deadline) -> Result<Balance, StripeError> {
        self.get(BALANCE, ResponseKind::Balance, &[], "a balance", deadline).await
    }

    /// Reads one page of the account's balance transactions, newest first, with their sources
    /// expanded down to the customer. Records that cannot be read are listed separately.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `starting_after` or `ending_before`
    /// names a record that Stripe does not know, or no longer knows.
    pub async fn balance_transactions(
        &self,
        page: &PageRequest,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = page.limit.clamp(1, MAX_PAGE).to_string();
        let created = page.created_gte.map(|second| second.to_string());
        let before = page.created_lt.map(|second| second.to_string());
        let mut query = vec![("limit", limit.as_str())];
        query.extend(created.as_deref().map(|second| ("created[gte]", second)));
        query.extend(before.as_deref().map(|second| ("created[lt]", second)));
        query.extend(page.starting_after.as_deref().map(|id| ("starting_after", id)));
        query.extend(page.ending_before.as_deref().map(|id| ("ending_before", id)));
        if !page.bare {
            query.extend(MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path)));
        }
        let page: List<BalanceTransaction> = self
            .get(
                BALANCE_TRANSACTIONS,
                ResponseKind::List,
                &query,
                "a page of balance transactions",
                deadline,
            )
            .await?;
        if !page.unread.is_empty() {
            tracing::warn!(count = page.unread.len(), "a page from Stripe has unreadable records");
        }
        Ok(page)
    }

    /// Reads a customer. For a deleted customer only the deletion is known. `None` when Stripe does
    /// not know the customer.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn customer(
        &self,
        id: &str,
        deadline: Deadline,
    ) -> Result<Option<Customer>, StripeError> {
        self.find(CUSTOMERS, id, &[], "a customer", deadline).await
    }

    /// Reads one balance transaction, with its source expanded as in a page. `None` when Stripe
    /// does not know it, or no longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn balance_transaction(
        &self,
        id: &str,
        deadline: Deadline,
    ) -> Result<Option<BalanceTransaction>, StripeError> {
        let query = MOVEMENT_EXPANSIONS
            .map(|path| ("expand[]", path.strip_prefix("data.").unwrap_or(path)));
        self.find(BALANCE_TRANSACTIONS, id, &query, "a balance transaction", deadline).await
    }

    /// Reads one balance transaction without the object behind it. `None` when Stripe does not know
    /// it, or no longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn bare_balance_transaction(
        &self,
        id: &str,
        deadline: Deadline,
    ) -> Result<Option<BalanceTransaction>, StripeError> {
        self.find(BALANCE_TRANSACTIONS, id, &[], "a balance transaction", deadline).await
    }

    /// Reads a payout, refund, dispute or charge by id. `None` when Stripe does not know it, or no
    /// longer knows it.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn object(
        &self,
        resource: Resource,
        id: &str,
        deadline: Deadline,
    ) -> Result<Option<Source>, StripeError> {
        self.find(resource.path(), id, &[], "an object", deadline).await
    }

    /// Reads the newest [`MAX_PAGE`] objects of a resource that were created at or after a Unix
    /// second.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn objects(
        &self,
        resource: Resource,
        created_gte: i64,
        deadline: Deadline,
    ) -> Result<List<Source>, StripeError> {
        let (limit, since) = (MAX_PAGE.to_string(), created_gte.to_string());
        let query = [("limit", limit.as_str()), ("created[gte]", since.as_str())];
        self.whole(resource.path(), &query, "a list of objects", deadline).await
    }

    /// Reads a limited number of payouts created before a Unix second, newest first. `after` is the
    /// last id of the previous page.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `after` names a payout that Stripe
    /// does not know, or no longer knows.
    pub async fn payouts_before(
        &self,
        created_lt: i64,
        after: Option<&str>,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<Source>, StripeError> {
        let (limit, before) = (limit.clamp(1, MAX_PAGE).to_string(), created_lt.to_string());
        let mut query = vec![("limit", limit.as_str()), ("created[lt]", before.as_str())];
        query.extend(after.map(|id| ("starting_after", id)));
        self.whole(PAYOUTS, &query, "a list of payouts", deadline).await
    }

    /// Reads a limited number of the balance transactions that an automatic payout settled, newest
    /// first, including the payout's own. `after` is the last id of the previous page.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `after` names a record that Stripe
    /// does not know, or no longer knows; [`StripeError::Malformed`] also when one member cannot be
    /// read, because the sum of the others means nothing.
    pub async fn payout_members(
        &self,
        payout: &str,
        after: Option<&str>,
        limit: u8,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let mut query = vec![("limit", limit.as_str()), ("payout", payout)];
        query.extend(after.map(|id| ("starting_after", id)));
        self.whole(BALANCE_TRANSACTIONS, &query, "a page of a payout's members", deadline).await
    }

    /// Reads a page of the balance transactions that an automatic payout settled, newest first,
    /// with their sources and the charges behind these, for a person. Members that cannot be read
    /// are listed separately. `after` is the last id of the previous page.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when `after` names a record that Stripe
    /// does not know, or no longer knows.
    pub async fn payout_members_with_sources(
        &self,
        payout: &str,
        after: Option<&str>,
        deadline: Deadline,
    ) -> Result<List<BalanceTransaction>, StripeError> {
        let limit = MAX_PAGE.to_string();
        let mut query = vec![("limit", limit.as_str()), ("payout", payout)];
        query.extend(after.map(|id| ("starting_after", id)));
        query.extend(MEMBER_EXPANSIONS.map(|path| ("expand[]", path)));
        let what = "a page of a payout's members";
        self.get(BALANCE_TRANSACTIONS, ResponseKind::List, &query, what, deadline).await
    }

    /// Reads one record of a resource to learn whether the key is allowed to.
    ///
    /// # Errors
    ///
    /// [`StripeError::Forbidden`] when it is not; any other [`StripeError`] when this could not be
    /// determined.
    pub async fn probe(&self, resource: Resource, deadline: Deadline) -> Result<(), StripeError> {
        let mut query = Vec::new();
        if resource.is_list() {
            query.push(("limit", "1"));
        }
        if resource == Resource::BalanceTransactions {
            query.extend(MOVEMENT_EXPANSIONS.map(|path| ("expand[]", path)));
        }
        self.get::<IgnoredAny>(
            resource.path(),
            if resource.is_list() { ResponseKind::List } else { ResponseKind::Any },
            &query,
            "an object or a list",
            deadline,
        )
        .await
        .map(|_| ())
    }
}
