//! Links that apps make into the dashboard: a list of transactions under filters, and an identity
//! with its balances.
//!
//! The pages are the dashboard's ledger; here is where the links lead, and what the filters in them
//! mean.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Redirect;
use axum::routing::get;
use serde_json::Value;

use super::Cloud;
use super::api::Refused;
use super::ledger::filters_of_query;

/// Where links lead: to the ledger page, which finds in its own query what to show. The instance,
/// which no link names, is the one that the user visited last.
pub fn pages(cloud: Arc<Cloud>) -> Router {
    Router::new()
        .route("/cloud/transactions", get(to_transactions))
        .route("/cloud/identities/details", get(to_identity))
        .with_state(cloud)
}

async fn to_transactions(State(cloud): State<Arc<Cloud>>, RawQuery(query): RawQuery) -> Redirect {
    to_ledger(&cloud, "transactions", query.as_deref())
}

async fn to_identity(State(cloud): State<Arc<Cloud>>, RawQuery(query): RawQuery) -> Redirect {
    to_ledger(&cloud, "identity", query.as_deref())
}

fn to_ledger(cloud: &Cloud, view: &str, query: Option<&str>) -> Redirect {
    let query = query.unwrap_or_default();
    let named = query.split('&').any(|param| param.starts_with("instance_id="));
    let visited = cloud.state().visited.clone().filter(|_| !named);
    let visited = visited.map(|id| format!("&instance_id={}", encoded(&id))).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("&{query}") };
    Redirect::to(&format!("/ledger?view={view}{query}{visited}"))
}

/// Percent-encoded for a query.
fn encoded(text: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The filters of a link, in the form Core's filter endpoints take: a query string, in which
/// metadata is called `metadata`.
///
/// # Errors
/// Says which of them cannot be understood. All of a link's filters hold at once: one that asks for
/// alternatives is refused, since other rows than those it means would be shown.
pub fn filters_of_link(filters: &str) -> Result<Vec<Value>, String> {
    let mut url = reqwest::Url::parse("http://localhost/").map_err(|error| error.to_string())?;
    url.set_query(Some(filters));
    let renamed = |name: &str| match name.strip_prefix("metadata.") {
        Some(key) => format!("meta_data.{key}"),
        None => name.to_owned(),
    };
    let params: Vec<_> =
        url.query_pairs().map(|(name, value)| (renamed(&name), value.into_owned())).collect();
    let any = |(name, value): &(String, String)| {
        name == "logical_operator" && !matches!(value.to_lowercase().trim(), "" | "and")
    };
    if params.iter().any(any) {
        return Err(
            "the filters of a link hold all at once: logical_operator can only be and".to_owned()
        );
    }
    filters_of_query(&params).map_err(|Refused(_, why)| why)
}

#[cfg(test)]
mod tests {
    use super::filters_of_link;
    use serde_json::json;

    #[test]
    fn a_links_filters_are_those_of_a_query_with_metadata_by_its_other_name() {
        let filters =
            filters_of_link("metadata.payout_eq=po_1&reference_ilike=%25a%5C_1%25&page=3").unwrap();
        let metadata = json!({"field": "meta_data.payout", "operator": "eq", "value": "po_1"});
        assert_eq!(
            filters,
            [metadata, json!({"field": "reference", "operator": "ilike", "value": "%a\\_1%"})]
        );
        assert_eq!(filters_of_link("").unwrap(), Vec::<serde_json::Value>::new());
        assert!(filters_of_link("source_eq=a&destination_eq=a&logical_operator=or").is_err());
        assert!(filters_of_link("created_at_between=2026-01-01").is_err());
    }
}
