//! The scopes granted, and what each is for.

use serde::Serialize;
use stripe_sync::model::install::permission::Permission;
use stripe_sync::model::session::Portal;
use utoipa::ToSchema;

/// A permission and its purpose.
#[derive(Serialize, ToSchema)]
struct PermissionInfo {
    scope: Permission,
    granted: bool,
    allows: &'static str,
    without_it: &'static str,
}

/// The granted permissions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Permissions {
    permissions: Vec<PermissionInfo>,
    note: &'static str,
}

impl Permissions {
    pub(crate) fn of(portal: &Portal) -> Self {
        let permissions = Permission::ALL.into_iter().map(|scope| {
            let (allows, without_it) = match scope {
                Permission::DataRead => (
                    "Reads balances, transactions and identities of the ledger: to find what is \
                     there already, and for the proof.",
                    "No Stripe account can be connected and nothing can be synced or proven.",
                ),
                Permission::DataWrite => (
                    "Posts Stripe's movements to the ledger and makes identities and balances for \
                     customers.",
                    "Read-only mode: Stripe is read and compared; nothing is posted.",
                ),
                Permission::AlertsRead => (
                    "Finds an alert whose creation got no response, so that it is not raised \
                     twice.",
                    "After a failed call an alert may be raised a second time.",
                ),
                Permission::AlertsWrite => (
                    "Raises an alert in Blnk when the ledger and Stripe differ, a payout fails, a \
                     dispute is opened or syncs stop, and resolves it when that is over.",
                    "Nothing is raised in Blnk. Everything can be seen here, under Needs \
                     attention.",
                ),
            };
            PermissionInfo { scope, granted: portal.meta.grants(scope), allows, without_it }
        });
        Self {
            permissions: permissions.collect(),
            note: "Permissions are fixed when the app is installed. To change them, install the \
                app again.",
        }
    }
}
