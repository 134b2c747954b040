//! List requests: the only way in which the ledger is read.

use std::collections::HashSet;

use crate::model::text::is_storable;
use crate::platform::blnk::client::BlnkClient;
use crate::platform::blnk::error::{BlnkError, UnknownCause};
use crate::platform::blnk::filter::{Filter, Operator};
use crate::platform::blnk::lists::{MAX_ROWS, PAGE_SIZE};
use crate::platform::blnk::page::{BlnkPage, LEDGERS, TRANSACTIONS};
use crate::platform::blnk::types::{
    CUSTOMER_KEY, Identity, Ledger, LedgerBalance, LedgerTransaction,
};
use crate::platform::http::Deadline;

pub(crate) const BALANCES: &str = "/balances/filter";

pub(crate) const IDENTITIES: &str = "/identities/filter";

impl BlnkClient {
    /// Reads the entries posted with these references, at most
    /// [`MAX_LOOKUP_VALUES`](crate::platform::blnk::MAX_LOOKUP_VALUES) of them. References without
    /// an entry are missing from the result.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::UnknownOutcome`]; [`BlnkError::Malformed`] also when the
    /// response holds rows that were not requested.
    pub async fn transactions_by_reference<S: AsRef<str>>(
        &self,
        references: &[S],
        deadline: Deadline,
    ) -> Result<Vec<LedgerTransaction>, BlnkError> {
        self.look_up(
            TRANSACTIONS,
            "reference",
            references,
            &[],
            |row: &LedgerTransaction| Some(row.reference.as_str()),
            deadline,
        )
        .await
    }

    /// Reads entries that meet all conditions, newest first, at most `most` of them.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::UnknownOutcome`].
    pub async fn transactions(
        &self,
        filters: &[Filter],
        most: usize,
        deadline: Deadline,
    ) -> Result<Vec<LedgerTransaction>, BlnkError> {
        let mut found = self.list(TRANSACTIONS, filters, most, deadline).await?;
        found.truncate(most);
        Ok(found)
    }

    /// Counts the entries that meet all conditions, exactly.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::UnknownOutcome`]; [`BlnkError::Malformed`] when the
    /// ledger gives only an estimate.
    pub async fn count_transactions(
        &self,
        filters: &[Filter],
        deadline: Deadline,
    ) -> Result<u64, BlnkError> {
        let query = [("page", "1"), ("pageSize", "1"), ("strict_total", "true")];
        let page: BlnkPage<serde::de::IgnoredAny> =
            self.page(TRANSACTIONS, &query, filters, deadline).await?;
        if page.total == Some(0) && !page.data.is_empty() {
            return Err(BlnkError::Unavailable { cause: UnknownCause::Incomplete });
        }
        let total = page.total.and_then(|total| u64::try_from(total).ok());
        let exact = total.filter(|_| !page.total_is_estimate);
        exact.ok_or(BlnkError::Malformed { what: "no exact count" })
    }

    /// Reads all balances with these indicators, in every currency.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn balances_by_indicator<S: AsRef<str>>(
        &self,
        indicators: &[S],
        deadline: Deadline,
    ) -> Result<Vec<LedgerBalance>, BlnkError> {
        self.look_up(
            BALANCES,
            "indicator",
            indicators,
            &[],
            |row: &LedgerBalance| row.indicator.as_deref(),
            deadline,
        )
        .await
    }

    /// Reads the balances with these ids.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn balances<S: AsRef<str>>(
        &self,
        ids: &[S],
        deadline: Deadline,
    ) -> Result<Vec<LedgerBalance>, BlnkError> {
        self.look_up(
            BALANCES,
            "balance_id",
            ids,
            &[],
            |row: &LedgerBalance| Some(row.balance_id.as_str()),
            deadline,
        )
        .await
    }

    /// Reads all balances of these identities in one ledger.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn balances_by_identity<S: AsRef<str>>(
        &self,
        identity_ids: &[S],
        ledger_id: &str,
        deadline: Deadline,
    ) -> Result<Vec<LedgerBalance>, BlnkError> {
        let in_ledger = [Filter::eq("ledger_id", ledger_id)];
        let found = self
            .look_up(
                BALANCES,
                "identity_id",
                identity_ids,
                &in_ledger,
                |row: &LedgerBalance| row.identity_id.as_deref(),
                deadline,
            )
            .await?;
        if found.iter().any(|row| row.ledger_id != ledger_id) {
            return Err(BlnkError::Malformed { what: "balances of another ledger" });
        }
        Ok(found)
    }

    /// Reads all balances in one ledger whose metadata names one of these Stripe customers and
    /// whose currency is one of these, whatever identity they belong to, if any.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn balances_by_customer<S: AsRef<str>, C: AsRef<str>>(
        &self,
        ledger_id: &str,
        customers: &[S],
        currencies: &[C],
        deadline: Deadline,
    ) -> Result<Vec<LedgerBalance>, BlnkError> {
        if currencies.is_empty() {
            return Ok(Vec::new());
        }
        let also = [Filter::eq("ledger_id", ledger_id), Filter::is_in("currency", currencies)];
        let field = format!("meta_data.{CUSTOMER_KEY}");
        let found: Vec<LedgerBalance> = self
            .look_up(BALANCES, &field, customers, &also, LedgerBalance::customer, deadline)
            .await?;
        let asked: HashSet<&str> = currencies.iter().map(AsRef::as_ref).collect();
        if found
            .iter()
            .any(|row| row.ledger_id != ledger_id || !asked.contains(row.currency.as_str()))
        {
            return Err(BlnkError::Malformed { what: "balances of another ledger or currency" });
        }
        Ok(found)
    }

    /// Reads the identities with these ids.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn identities<S: AsRef<str>>(
        &self,
        ids: &[S],
        deadline: Deadline,
    ) -> Result<Vec<Identity>, BlnkError> {
        self.look_up(
            IDENTITIES,
            "identity_id",
            ids,
            &[],
            |row: &Identity| Some(row.identity_id.as_str()),
            deadline,
        )
        .await
    }

    /// Reads the identities with this e-mail address, ignoring case. Empty for an address that
    /// cannot be searched for.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::UnknownOutcome`].
    pub async fn identities_by_email(
        &self,
        address: &str,
        deadline: Deadline,
    ) -> Result<Vec<Identity>, BlnkError> {
        let wanted = address.trim().to_lowercase();
        // These characters have another meaning in a pattern. So does an underscore, but its extra
        // matches are dropped below.
        if wanted.is_empty() || wanted.contains(['%', '\\']) || !is_storable(&wanted) {
            return Ok(Vec::new());
        }
        let filters = [Filter::compare("email_address", Operator::Ilike, address.trim())];
        let mut found: Vec<Identity> = self.list(IDENTITIES, &filters, MAX_ROWS, deadline).await?;
        found.retain(|row| {
            row.field("email_address").is_some_and(|held| held.trim().to_lowercase() == wanted)
        });
        Ok(found)
    }

    /// Counts the balances in a ledger. `None` when the ledger gives no exact count.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn count_balances(
        &self,
        ledger_id: &str,
        deadline: Deadline,
    ) -> Result<Option<u64>, BlnkError> {
        let query = [("page", "1"), ("pageSize", "1")];
        let page: BlnkPage<serde::de::IgnoredAny> =
            self.page(BALANCES, &query, &[Filter::eq("ledger_id", ledger_id)], deadline).await?;
        Ok(page
            .total
            .filter(|_| !page.total_is_estimate)
            .and_then(|total| u64::try_from(total).ok()))
    }

    /// Reads one page of the balances of a ledger, newest first, counted from 1. Pages overlap when
    /// balances are created meanwhile.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn balances_page(
        &self,
        ledger_id: &str,
        number: usize,
        deadline: Deadline,
    ) -> Result<Vec<LedgerBalance>, BlnkError> {
        let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
        let query = [("page", number.as_str()), ("pageSize", size.as_str())];
        let page: BlnkPage<LedgerBalance> =
            self.page(BALANCES, &query, &[Filter::eq("ledger_id", ledger_id)], deadline).await?;
        let fits = |row: &LedgerBalance| row.ledger_id == ledger_id;
        if page.data.iter().all(fits) {
            Ok(page.data)
        } else {
            Err(BlnkError::Malformed { what: "balances of another ledger" })
        }
    }

    /// Reads the ledgers whose metadata holds this key and value, whatever their names.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn ledgers_marked(
        &self,
        key: &str,
        value: &str,
        deadline: Deadline,
    ) -> Result<Vec<Ledger>, BlnkError> {
        let marked = |row: &Ledger| Some(row.meta_data.get(key)?.as_str()? == value);
        let found: Vec<Ledger> = self
            .list(LEDGERS, &[Filter::eq(format!("meta_data.{key}"), value)], MAX_ROWS, deadline)
            .await?;
        let all = found.iter().all(|row| marked(row) == Some(true));
        if all {
            Ok(found)
        } else {
            Err(BlnkError::Malformed { what: "ledgers that were not asked for" })
        }
    }

    /// Reads the ledgers whose name starts with `beginning`, which must hold no `%` and no `_`:
    /// these are wildcards in a pattern.
    ///
    /// # Errors
    ///
    /// As [`Self::transactions_by_reference`].
    pub async fn ledgers_named_like(
        &self,
        beginning: &str,
        deadline: Deadline,
    ) -> Result<Vec<Ledger>, BlnkError> {
        let filters = [Filter::compare("name", Operator::Like, format!("{beginning}%"))];
        let found: Vec<Ledger> = self.list(LEDGERS, &filters, MAX_ROWS, deadline).await?;
        let fits = |row: &Ledger| row.name.starts_with(beginning);
        if found.iter().all(fits) {
            Ok(found)
        } else {
            Err(BlnkError::Malformed { what: "ledgers that were not asked for" })
        }
    }
}
