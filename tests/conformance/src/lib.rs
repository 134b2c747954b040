//! What a Blnk Core does, as numbered checks that run on any Core by its URL and key: on the simulated one in the tests, on a real one by
//! `make conformance CORE_URL=… CORE_KEY=…`. They run in order: later ones look at what earlier ones left.

mod balances;
mod core;
mod entities;
mod queued;
mod reads;
mod refused;

pub use crate::core::{Core, Patience, Seen};

use futures::future::BoxFuture;

/// One check.
pub struct Check {
    /// Its number, stable.
    pub number: u8,
    /// What it is about.
    pub name: &'static str,
    run: for<'c> fn(&'c Core) -> BoxFuture<'c, Seen>,
}

impl Check {
    /// Runs it.
    pub async fn run(&self, core: &Core) -> Seen {
        (self.run)(core).await
    }
}

macro_rules! checks {
    ($($number:literal $module:ident :: $function:ident $name:literal)*) => {
        &[$(Check { number: $number, name: $name, run: |core| Box::pin($module::$function(core)) }),*]
    };
}

/// All checks, in the order in which they run.
pub const CHECKS: &[Check] = checks! {
    1 queued::accepted "a queued post is answered before it is written"
    2 queued::two_rows "a queued post makes two rows"
    3 balances::made_on_demand "named balances are made on demand"
    4 queued::duplicates_vanish "a duplicate on the queue is dropped in silence"
    5 refused::duplicate "a duplicate that skips the queue is refused"
    6 refused::duplicate_child "a queued post's child holds a reference too"
    7 balances::skip_queue "a post that skips the queue makes one row"
    8 refused::insufficient "no overdraft without leave"
    9 balances::reference_not_burned "a refusal burns no reference when the queue is skipped"
    10 queued::rejected "a queued post without funds is rejected"
    11 queued::burned "a rejected post burns its reference"
    12 refused::amount_as_text "an amount as text is refused"
    13 refused::amount_with_point "an amount with a point is refused"
    14 refused::two_amounts "two amounts are refused"
    15 refused::no_amount "no amount is refused"
    16 refused::blank_fields "blank fields are refused"
    17 refused::same_balance "a post to itself is refused"
    18 refused::date_only "a date without a time is refused"
    19 balances::backdated "a backdated entry counts from its date"
    20 queued::coalesced "fifty queued posts at once"
    21 refused::unknown_balance "an unknown balance is refused"
    22 queued::unknown_balance "an unknown balance on the queue leaves nothing"
    23 refused::zero "an amount of zero"
    24 refused::empty_bulk "an empty bulk is refused"
    25 refused::huge_bulk "a bulk of 10,001 is refused"
    26 refused::bulk_item "a bulk with a bad item is refused whole"
    27 queued::bulk "a queued bulk drops duplicates in silence"
    28 balances::bulk_is_a_prefix "a bulk that skips the queue is a prefix"
    29 queued::atomic_bulk "an atomic bulk is undone by queued refunds"
    30 balances::case_of_currency "currencies are told apart by case"
    31 balances::mixed_precision "precisions are added raw"
    32 balances::large_amount "an amount beyond 2^53 is exact"
    33 entities::identity_twice "an identity is made once"
    34 entities::identity_id "an identity's id has a form"
    35 entities::link "a balance is linked to an identity"
    36 entities::indicator "a balance with an indicator"
    37 entities::unknown_ledger "a balance in an unknown ledger is refused"
    38 entities::metadata_of_transaction "metadata of a transaction reaches its child"
    39 entities::metadata_is_shallow "metadata is merged by its top level"
    40 entities::metadata_of_general_ledger "the general ledger takes no metadata"
    41 entities::metadata_replaced "an identity's update replaces its metadata"
    42 reads::metadata_types "a metadata filter minds the type"
    43 reads::bad_filters "bad filters are refused"
    44 reads::paging "paging shows each row once, newest first"
    45 balances::contention "twenty posts at once on one balance"
    46 entities::refund "a refund, and its repetition"
};
