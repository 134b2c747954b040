//! Which movements count as payouts.

/// Whether a reporting category is one of payouts, which Stripe's activity report leaves out.
#[must_use]
pub fn is_payout(category: &str) -> bool {
    category.starts_with("payout") && !category.starts_with("payout_minimum")
}
