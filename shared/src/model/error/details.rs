//! The additional members of a failure, for programs and for the portal's page.

use serde::Serialize;
use utoipa::ToSchema;

// The OpenAPI document is generated from this type, and responses are built from nothing else:
// every member of a response is declared.
/// The members that some failures add to their problem document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Details {
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<&'static str>,
    /// `missing_rights`: what the key may not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub missing: Vec<MissingRight>,
    /// `webhook_right_missing`: the right that the key lacks, in Stripe's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub right: Option<String>,
    /// `missing_rights`, `webhook_right_missing`: Stripe's page that makes a key with every right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key_url: Option<String>,
    /// `webhook_refused`: the account has as many endpoints as Stripe allows. Left out in other cases.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub limit: bool,
    /// With `limit`: the endpoints that are there, the least useful first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub endpoints: Vec<EndpointAtStripe>,
    /// With `limit`: Stripe's page on which one of them is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub endpoints_url: Option<&'static str>,
    /// `accounts_not_free`: the ledger's accounts that hold what is not ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub accounts: Vec<AccountInUse>,
    /// `other_prefix`: the prefix under which this Stripe account is mirrored already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub prefix: Option<String>,
}

/// Something that a key may not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingRight {
    /// What is read with it.
    pub resource: &'static str,
    /// Stripe's own word for the right; null where Stripe names none.
    #[schema(required)]
    pub right: Option<String>,
}

/// An account that holds entries which are not ours.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct AccountInUse {
    /// Its indicator.
    pub indicator: String,
    /// Its currency.
    pub currency: String,
    /// How many entries are not ours.
    pub entries: u64,
}

/// An endpoint as a person sees it who looks for one to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EndpointAtStripe {
    /// `we_…`
    pub id: String,
    /// Where events are delivered.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// When it was made.
    #[schema(required)]
    pub created: Option<String>,
}
