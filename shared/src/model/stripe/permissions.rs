//! The permissions of a restricted key: their names on Stripe's page, Stripe's codes for them, and
//! a link to a page that creates a key with them.

use crate::model::ledger::Mode;
use crate::model::stripe::resource::Resource;

/// The base URL of Stripe's dashboard.
const DASHBOARD: &str = "https://dashboard.stripe.com";

/// The suggested name of the key.
const KEY_NAME: &str = "Stripe%20Sync%20for%20Blnk";

/// The permission to create webhook endpoints.
pub const WEBHOOK_WRITE: &str = "rak_webhook_write";

/// The permissions of a key for this app, as Stripe's codes: it reads what a sync needs, and
/// creates its webhook endpoint.
pub const PERMISSIONS: [&str; 8] = [
    "rak_balance_read",
    "rak_balance_transaction_source_read",
    "rak_charge_read",
    "rak_customer_read",
    "rak_dispute_read",
    "rak_payout_read",
    "rak_connected_account_read",
    WEBHOOK_WRITE,
];

impl Resource {
    /// The permission for a resource: its name on Stripe's page, and Stripe's code.
    #[must_use]
    pub const fn permission(self) -> (&'static str, &'static str) {
        match self {
            Self::Account => ("Accounts (under Connect)", "rak_connected_account_read"),
            Self::Balance => ("Balance", "rak_balance_read"),
            Self::BalanceTransactions => {
                ("Balance transaction sources", "rak_balance_transaction_source_read")
            }
            Self::Charges | Self::Refunds => ("Charges and refunds", "rak_charge_read"),
            Self::Customers => ("Customers", "rak_customer_read"),
            Self::Disputes => ("Disputes", "rak_dispute_read"),
            Self::Payouts => ("Payouts", "rak_payout_read"),
        }
    }
}

/// Stripe's page for a new restricted key, with name and permissions filled in: those that this app
/// needs, and those that Stripe reported missing.
#[must_use]
pub fn key_link<'a>(mode: Mode, besides: impl IntoIterator<Item = &'a str>) -> String {
    let test = if mode == Mode::Test { "/test" } else { "" };
    let mut link = format!("{DASHBOARD}{test}/apikeys/create?name={KEY_NAME}");
    let mut named: Vec<&str> = PERMISSIONS.to_vec();
    for permission in besides {
        // Only a valid permission code may become part of a link.
        let is_permission = permission.starts_with("rak_")
            && permission
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if is_permission && !named.contains(&permission) {
            named.push(permission);
        }
    }
    for permission in named {
        link.push_str("&permissions[]=");
        link.push_str(permission);
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_of_a_mode_fills_in_every_permission_and_what_stripe_asked_for() {
        let live = key_link(Mode::Live, []);
        assert!(
            live.starts_with("https://dashboard.stripe.com/apikeys/create?name=Stripe%20Sync%20for%20Blnk&permissions[]=rak_balance_read&")
        );
        let test = key_link(
            Mode::Test,
            ["rak_accounts_kyc_basic_read", "rak_charge_read", "rak_x&name=evil", "sk_all"],
        );
        assert!(test.starts_with("https://dashboard.stripe.com/test/apikeys/create?name="));
        let url = reqwest::Url::parse(&test).unwrap();
        let asked: Vec<String> = url
            .query_pairs()
            .filter(|(name, _)| name == "permissions[]")
            .map(|(_, permission)| permission.into_owned())
            .collect();
        let mut expected: Vec<&str> = PERMISSIONS.to_vec();
        expected.push("rak_accounts_kyc_basic_read");
        assert_eq!(asked, expected);
        for resource in Resource::ALL {
            assert!(PERMISSIONS.contains(&resource.permission().1), "{resource}");
        }
    }

    #[test]
    fn the_page_links_to_the_same_permissions() {
        let page = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../functions/portal-api/ui/src/lib/key-permissions.ts"
        ))
        .unwrap();
        for permission in PERMISSIONS {
            assert!(
                page.contains(&format!("\"{permission}\"")),
                "the page does not know {permission}"
            );
        }
        let known = page.matches("\"rak_").count();
        assert_eq!(known, PERMISSIONS.len(), "the page knows other permissions too");
    }
}
