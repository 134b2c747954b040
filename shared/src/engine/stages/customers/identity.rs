//! What an identity holds of a Stripe customer, and which parts have changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::ledger::{META_ACCOUNT, Owner, identity_id};
use crate::model::settings::PersonalData;
use crate::model::stripe::types::{Address, Customer};
use crate::model::text::storable;
use crate::platform::blnk::{CUSTOMER_KEY, Identity, IdentityChange, MetaData, NewIdentity};
use crate::platform::store::customers::{Part, Prints};

/// The metadata key of an identity and a balance that holds the Stripe customer's id.
pub(crate) const META_CUSTOMER: &str = CUSTOMER_KEY;

/// The metadata key that holds the mode.
pub(crate) const META_MODE: &str = "stripe_mode";

/// Set once the customer is deleted at Stripe. The identity stays because its entries need it.
pub(crate) const META_DELETED: &str = "stripe_customer_deleted";

pub(crate) const META_DELETED_AT: &str = "stripe_customer_deleted_at";

/// Number of digest bytes that are stored.
pub(crate) const PRINT_BYTES: usize = 12;

/// The identity of a Stripe customer, `CUSTOMER` without a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) customer: String,
    /// Chosen once and for good: the one created for this customer, or an existing one with the
    /// same e-mail address.
    pub(crate) identity_id: String,
    /// Digests of what the identity was last given. Empty for an identity that existed before.
    #[serde(default)]
    pub(crate) prints: Prints,
    /// The identity records that the customer is deleted.
    #[serde(default)]
    pub(crate) deleted: bool,
}

impl Profile {
    /// Whether this app made the identity, and may change it.
    pub(crate) fn is_own(&self, owner: &Owner) -> bool {
        self.identity_id == identity_id(owner, &self.customer)
    }

    /// The profile of an identity once it matches a customer.
    pub(crate) fn following(&self, customer: &Customer, personal: PersonalData) -> Self {
        if customer.deleted {
            return Self { deleted: true, ..self.clone() };
        }
        let prints = prints(&self.identity_id, customer, personal);
        // The digest of a part that is no longer copied is dropped. If it is copied again later, it
        // is written whatever its value was.
        Self { prints, ..self.clone() }
    }

    /// The parts that the identity lacks or has with other values than `next`.
    pub(crate) fn behind(&self, next: &Self) -> BTreeSet<Part> {
        next.prints
            .iter()
            .filter(|(part, print)| self.prints.get(part) != Some(print))
            .map(|(part, _)| *part)
            .collect()
    }
}

/// The fields of a part, with the ledger's names and with values that the ledger can store.
pub(crate) fn fields(part: Part, customer: &Customer) -> Vec<(&'static str, Option<String>)> {
    let stored = |text: &Option<String>| {
        text.as_deref().map(storable).filter(|text| !text.is_empty()).map(Cow::into_owned)
    };
    match part {
        Part::Name => {
            let business = stored(&customer.business_name);
            let name = stored(&customer.individual_name).or_else(|| stored(&customer.name));
            // A business has its own name. The last word of a person's name becomes the last name.
            let (first, last) =
                match name.as_deref().map(str::trim).and_then(|name| name.rsplit_once(' ')) {
                    Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
                    None => (name.filter(|_| business.is_none()), None),
                };
            vec![("first_name", first), ("last_name", last), ("organization_name", business)]
        }
        Part::Email => vec![("email_address", stored(&customer.email))],
        Part::Phone => vec![("phone_number", stored(&customer.phone))],
        Part::Address => {
            let of = |pick: fn(&Address) -> &Option<String>| {
                customer.address.as_ref().and_then(|address| stored(pick(address)))
            };
            vec![
                ("street", of(|address| &address.line1)),
                ("city", of(|address| &address.city)),
                ("state", of(|address| &address.state)),
                ("post_code", of(|address| &address.postal_code)),
                ("country", of(|address| &address.country)),
            ]
        }
    }
}

/// The parts that are copied.
pub(crate) fn copied(personal: PersonalData) -> impl Iterator<Item = Part> {
    let chosen = [
        (Part::Name, personal.name),
        (Part::Email, personal.email),
        (Part::Phone, personal.phone),
        (Part::Address, personal.address),
    ];
    chosen.into_iter().filter(|(_, chosen)| *chosen).map(|(part, _)| part)
}

pub(crate) fn kind(customer: Option<&Customer>) -> &'static str {
    let business = customer.and_then(|customer| customer.business_name.as_deref());
    if business.is_some_and(|name| !storable(name).is_empty()) {
        "organization"
    } else {
        "individual"
    }
}

/// Digests of the copied parts. The hash includes the identity's id, so that equal values of two
/// customers do not show.
pub(crate) fn prints(identity: &str, customer: &Customer, personal: PersonalData) -> Prints {
    let digest = |part: Part| {
        let mut hash = Sha256::new_with_prefix(format!("{identity}|{part:?}"));
        for (name, value) in fields(part, customer) {
            hash.update(format!("|{name}={}", value.as_deref().unwrap_or_default()));
        }
        hash.finalize().iter().take(PRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
    };
    copied(personal).map(|part| (part, digest(part))).collect()
}

/// Our metadata of an identity, with the time of deletion if the customer is deleted.
pub(crate) fn own_meta(owner: &Owner, customer: &str, deleted_at: Option<&str>) -> MetaData {
    let mut meta_data = MetaData::new();
    meta_data.insert(META_CUSTOMER.to_owned(), customer.into());
    meta_data.insert(META_ACCOUNT.to_owned(), owner.account().into());
    meta_data.insert(META_MODE.to_owned(), owner.mode().to_string().into());
    if let Some(at) = deleted_at {
        meta_data.insert(META_DELETED.to_owned(), "true".into());
        meta_data.insert(META_DELETED_AT.to_owned(), at.into());
    }
    meta_data
}

/// The metadata of a customer's balance.
pub(crate) fn balance_meta(owner: &Owner, customer: &str) -> MetaData {
    let mut meta_data = MetaData::new();
    meta_data.insert(META_CUSTOMER.to_owned(), customer.into());
    meta_data.insert(META_ACCOUNT.to_owned(), owner.account().into());
    meta_data
}

/// The identity to create for a customer. `now` is the time of deletion for a customer that is
/// already deleted.
pub(crate) fn new_identity(
    owner: &Owner,
    id: &str,
    customer: Option<&Customer>,
    personal: PersonalData,
    now: &str,
) -> NewIdentity {
    let deleted_at = customer.filter(|customer| customer.deleted).map(|_| now);
    let mut values: BTreeMap<&'static str, String> = BTreeMap::new();
    if let Some(customer) = customer {
        let all = copied(personal).flat_map(|part| fields(part, customer));
        values.extend(
            all.filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))),
        );
    }
    let mut take = |name: &str| values.remove(name);
    NewIdentity {
        identity_id: identity_id(owner, id),
        identity_type: kind(customer).to_owned(),
        first_name: take("first_name"),
        last_name: take("last_name"),
        organization_name: take("organization_name"),
        email_address: take("email_address"),
        phone_number: take("phone_number"),
        street: take("street"),
        city: take("city"),
        state: take("state"),
        post_code: take("post_code"),
        country: take("country"),
        meta_data: own_meta(owner, id, deleted_at),
    }
}

/// The change that makes an identity match a customer, in the parts that are out of date. A field
/// that is empty at Stripe keeps its value, because the ledger cannot clear a field. The ledger
/// replaces metadata as a whole, so entries of others are sent along, and metadata that already
/// contains ours is left alone.
pub(crate) fn change(
    owner: &Owner,
    held: &Identity,
    customer: &Customer,
    behind: &BTreeSet<Part>,
    deleted_at: Option<&str>,
) -> IdentityChange {
    let mut change = IdentityChange::default();
    for part in behind {
        let wanted = fields(*part, customer)
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
        change.fields.extend(wanted.filter(|(name, value)| held.field(name) != Some(value)));
        if *part == Part::Name && held.field("identity_type") != Some(kind(Some(customer))) {
            change.fields.insert("identity_type", kind(Some(customer)).to_owned());
        }
    }
    let mut ours = own_meta(owner, &customer.id, deleted_at);
    if held.meta_data.get(META_DELETED) == ours.get(META_DELETED) {
        // The time of deletion is already recorded.
        ours.remove(META_DELETED_AT);
    }
    if ours.iter().any(|(key, value)| held.meta_data.get(key) != Some(value)) {
        let mut all = held.meta_data.clone();
        all.extend(ours);
        change.meta_data = Some(all);
    }
    change
}

#[cfg(test)]
mod tests;
