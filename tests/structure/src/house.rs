//! The floors of this project's crates, and the order of what stands on them.

use crate::rules::{Order, Rules};

/// The library that all functions share.
pub const SHARED: Rules = Rules {
    name: "stripe_sync",
    root: "shared/src/lib.rs",
    orders: &[
        Order { folder: "", modules: &["model", "platform", "app", "engine"] },
        Order {
            folder: "engine",
            modules: &[
                "stop",
                "unknown_refusal",
                "services",
                "notices",
                "suspects",
                "context",
                "stages",
                "run",
                "cleanup",
                "sweep",
                "worker",
            ],
        },
        Order {
            folder: "engine::stages",
            modules: &[
                "problems",
                "endpoint",
                "read",
                "charges",
                "guard",
                "customers",
                "post",
                "offsets",
                "tally",
                "closed",
                "openings",
                "payout_items",
                "objects",
                "payouts",
                "payout_catch_up",
                "mirror",
                "recount",
                "preview",
                "proof",
                "alerts",
            ],
        },
    ],
};

/// The portal's API.
pub const PORTAL_API: Rules = Rules {
    name: "portal_api",
    root: "functions/portal-api/src/lib.rs",
    orders: &[Order {
        folder: "",
        modules: &[
            "assets", "state", "extract", "etag", "file", "dto", "routes", "openapi", "router",
        ],
    }],
};

/// Every crate that is checked.
pub const ALL: &[Rules] = &[SHARED, PORTAL_API];
