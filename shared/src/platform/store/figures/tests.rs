use crate::model::ledger::{Account, CategoryFigures, LegKind, Movement, Offset, Role};
use crate::platform::table::units::size_of_item;

use super::*;

/// DynamoDB's limit of an item.
const MAX_ITEM_BYTES: usize = 400 * 1024;

/// Stripe documents about fifty reporting categories. Twice as many, with the longest name that is
/// kept, every kind of fee, two names of every account and amounts beyond any account's, leave an
/// item far below DynamoDB's limit.
#[test]
fn the_worst_part_of_a_day_stays_far_below_the_limit_of_an_item() {
    let huge = i128::from(i64::MAX) * 1_000;
    let fees = LegKind::ALL.into_iter().skip(1).map(|kind| (kind, -huge)).collect();
    let figures = CategoryFigures { count: u64::MAX, gross: -huge, fees, net: -huge };
    let mut hour = Breakdown::default();
    for category in 0..100 {
        hour.categories.insert(format!("{category:064}"), figures.clone());
    }
    for account in Account::ALL {
        for name in 0..2 {
            let name = Some(format!("@{name:063}"));
            let offset = Offset { role: Role::Account(account), name };
            hour.accounts.insert(offset, Movement { debit: huge, credit: huge });
        }
    }
    let hours = (0..HOURS_OF_A_PART).map(|at| (format!("{FIGURES}{at:02}"), &hour));
    let item: Item = hours.map(|(name, hour)| (name, to_attr(hour).unwrap())).collect();
    let size = size_of_item(&item);
    assert!(size < MAX_ITEM_BYTES * 3 / 4, "{size} bytes");
}
