//! The account that a key belongs to.

use crate::model::stripe::types::Account;
use crate::platform::http::Deadline;
use crate::platform::stripe::client::{Outgoing, StripeClient, decode};
use crate::platform::stripe::error::{FailedAttempt, StripeError};
use crate::platform::stripe::expected::{ExpectedResponse, ResponseKind};

pub(crate) const PATH: &str = "/v1/account";

pub(crate) const EXPECTED: ExpectedResponse<'static> =
    ExpectedResponse { call: PATH, kind: ResponseKind::Object(None) };

/// The account could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountError {
    /// The cause.
    pub error: StripeError,
    /// The account named by a refusal for a missing permission, if it names exactly one: Stripe
    /// says on which account a permission is missing.
    pub named: Option<String>,
}

impl StripeClient {
    /// Reads the account that the key belongs to. Only its id is known when the key may not read
    /// more and Stripe names the account in the refusal.
    ///
    /// # Errors
    /// [`AccountError`] with any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn own_account(&self, deadline: Deadline) -> Result<Account, AccountError> {
        let failed = |FailedAttempt { error, account, .. }: FailedAttempt| AccountError {
            error,
            named: account,
        };
        let body = self.ask(&Outgoing::get(PATH, &[], EXPECTED), deadline).await.map_err(failed)?;
        decode(&body, "an account").map_err(|error| AccountError { error, named: None })
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::stripe::error::named_account;

    #[test]
    fn an_account_is_taken_from_a_refusal_only_when_it_names_exactly_one() {
        let refusal = |account: &str| {
            format!(
                "The provided key 'rk_test_*****See' does not have the required permissions for \
                    this endpoint on account {account}. \
                    Having the 'rak_accounts_kyc_basic_read' permission would allow this request to \
                    continue."
            )
        };
        assert_eq!(
            named_account(&refusal("'acct_1TKo0EDyDQJqDq47'")),
            Some("acct_1TKo0EDyDQJqDq47".to_owned())
        );
        assert_eq!(
            named_account(&refusal("'acct_1' (acct_1)")),
            Some("acct_1".to_owned()),
            "the same one twice is one"
        );
        for none in [
            "'acct_1' or 'acct_2'",
            "'acct_'",
            "(hidden)",
            "'acct_…'",
            "'acct_*****47'",
            "'acct_1_2'",
            "'xacct_1'",
        ] {
            assert_eq!(named_account(&refusal(none)), None, "{none}");
        }
    }
}
