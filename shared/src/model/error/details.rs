//! The additional members of a failure, for programs and for the portal's page.

use serde::Serialize;
use utoipa::ToSchema;

// The OpenAPI document is generated from this type, and responses are built from nothing else:
// every member of a response is declared.
/// Members that some errors add to the problem document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Details {
    /// The invalid field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<&'static str>,
    /// `missing_rights`: the resources that the key may not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub missing: Vec<MissingPermission>,
    /// `webhook_right_missing`: the permission that the key lacks, by Stripe's name.
    #[serde(rename = "right", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub permission: Option<String>,
    /// `missing_rights`, `webhook_right_missing`: the Stripe page that creates a key with all
    /// permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key_url: Option<String>,
    /// `webhook_refused`: the account has reached Stripe's limit of endpoints. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub limit: bool,
    /// With `limit`: the existing endpoints, the least useful first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub endpoints: Vec<EndpointAtStripe>,
    /// With `limit`: the Stripe page for deleting one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub endpoints_url: Option<&'static str>,
    /// `accounts_not_free`: the ledger accounts that hold entries of others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub accounts: Vec<AccountInUse>,
    /// `other_prefix`: the prefix under which this Stripe account is already mirrored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub prefix: Option<String>,
}

/// A resource that a key may not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingPermission {
    /// The resource that needs the permission.
    pub resource: &'static str,
    /// Stripe's name of the permission; null where Stripe gives none.
    #[serde(rename = "right")]
    #[schema(required)]
    pub permission: Option<String>,
}

/// An account that holds entries of others.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct AccountInUse {
    /// Its indicator.
    pub indicator: String,
    /// Its currency.
    pub currency: String,
    /// The number of entries that are not the app's.
    pub entries: u64,
}

/// An endpoint at Stripe, with the details needed to choose one to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EndpointAtStripe {
    /// `we_…`
    pub id: String,
    /// The URL to which Stripe delivers events.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// When it was created.
    #[schema(required)]
    pub created: Option<String>,
}
