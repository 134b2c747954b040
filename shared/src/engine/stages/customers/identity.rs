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
        next.prints.iter().filter(|(part, print)| self.prints.get(part) != Some(print)).map(|(part, _)| *part).collect()
    }
}

/// The fields of a part, with the ledger's names and with values that the ledger can store.
pub(crate) fn fields(part: Part, customer: &Customer) -> Vec<(&'static str, Option<String>)> {
    let stored = |text: &Option<String>| text.as_deref().map(storable).filter(|text| !text.is_empty()).map(Cow::into_owned);
    match part {
        Part::Name => {
            let business = stored(&customer.business_name);
            let name = stored(&customer.individual_name).or_else(|| stored(&customer.name));
            // A business has its own name. The last word of a person's name becomes the last name.
            let (first, last) = match name.as_deref().map(str::trim).and_then(|name| name.rsplit_once(' ')) {
                Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
                None => (name.filter(|_| business.is_none()), None),
            };
            vec![("first_name", first), ("last_name", last), ("organization_name", business)]
        }
        Part::Email => vec![("email_address", stored(&customer.email))],
        Part::Phone => vec![("phone_number", stored(&customer.phone))],
        Part::Address => {
            let of = |pick: fn(&Address) -> &Option<String>| customer.address.as_ref().and_then(|address| stored(pick(address)));
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
    let chosen =
        [(Part::Name, personal.name), (Part::Email, personal.email), (Part::Phone, personal.phone), (Part::Address, personal.address)];
    chosen.into_iter().filter(|(_, chosen)| *chosen).map(|(part, _)| part)
}

pub(crate) fn kind(customer: Option<&Customer>) -> &'static str {
    let business = customer.and_then(|customer| customer.business_name.as_deref());
    if business.is_some_and(|name| !storable(name).is_empty()) { "organization" } else { "individual" }
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
pub(crate) fn new_identity(owner: &Owner, id: &str, customer: Option<&Customer>, personal: PersonalData, now: &str) -> NewIdentity {
    let deleted_at = customer.filter(|customer| customer.deleted).map(|_| now);
    let mut values: BTreeMap<&'static str, String> = BTreeMap::new();
    if let Some(customer) = customer {
        let all = copied(personal).flat_map(|part| fields(part, customer));
        values.extend(all.filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))));
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
        let wanted = fields(*part, customer).into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
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
mod tests {
    use serde_json::json;

    use super::*;

    use crate::model::ledger::Mode;

    const ALL: PersonalData = PersonalData { name: true, email: true, phone: true, address: true };
    const NONE: PersonalData = PersonalData { name: false, email: false, phone: false, address: false };

    fn owner() -> Owner {
        Owner::new("acct_1", Mode::Test).unwrap()
    }

    fn ada() -> Customer {
        serde_json::from_value(json!({"id": "cus_1", "name": "Ada King Lovelace", "email": "ada@example.com", "phone": "+44 20 7946 0000",
            "address": {"line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"}}))
        .unwrap()
    }

    fn held(meta_data: &serde_json::Value) -> Identity {
        let mut row = serde_json::to_value(new_identity(&owner(), "cus_1", Some(&ada()), ALL, "")).unwrap();
        for (key, value) in meta_data.as_object().unwrap() {
            row["meta_data"][key] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    fn profile(customer: &Customer, personal: PersonalData) -> Profile {
        let identity_id = identity_id(&owner(), &customer.id);
        let bare = Profile { customer: customer.id.clone(), identity_id, prints: Prints::new(), deleted: false };
        bare.following(customer, personal)
    }

    #[test]
    fn what_is_switched_off_is_in_no_request() {
        for (off, secret) in [
            (PersonalData { name: false, ..ALL }, vec!["Ada", "Lovelace"]),
            (PersonalData { email: false, ..ALL }, vec!["ada@"]),
            (PersonalData { phone: false, ..ALL }, vec!["7946"]),
            (PersonalData { address: false, ..ALL }, vec!["James", "London", "SW1Y", "GB"]),
            (NONE, vec!["Ada", "Lovelace", "ada@", "7946", "James", "London", "SW1Y", "GB"]),
        ] {
            let made = serde_json::to_string(&new_identity(&owner(), "cus_1", Some(&ada()), off, "")).unwrap();
            let behind = Profile { prints: Prints::new(), ..profile(&ada(), ALL) }.behind(&profile(&ada(), off));
            let empty: Identity = serde_json::from_value(json!({"identity_id": "idt_1"})).unwrap();
            let changed = serde_json::to_string(&change(&owner(), &empty, &ada(), &behind, None)).unwrap();
            for word in secret {
                assert!(!made.contains(word) && !changed.contains(word), "{word}: {made} {changed}");
            }
        }
        let made = serde_json::to_value(new_identity(&owner(), "cus_1", Some(&ada()), ALL, "")).unwrap();
        assert_eq!((&made["first_name"], &made["last_name"], &made["city"]), (&json!("Ada King"), &json!("Lovelace"), &json!("London")));
    }

    #[test]
    fn only_what_changed_at_stripe_is_written_and_what_others_wrote_stays() {
        let before = profile(&ada(), ALL);
        assert!(before.behind(&profile(&ada(), ALL)).is_empty());
        let moved = Customer { email: Some("countess@example.com".into()), ..ada() };
        let behind = before.behind(&profile(&moved, ALL));
        assert_eq!(behind, [Part::Email].into());
        // A person corrected the name in the ledger, and another system added metadata.
        let mut row = held(&json!({"crm": "1815", "tags": ["a", {"b": 1}]}));
        row.fields.insert("first_name".into(), "Augusta Ada".into());
        let written = change(&owner(), &row, &moved, &behind, None);
        assert_eq!(serde_json::to_value(&written).unwrap(), json!({"email_address": "countess@example.com"}));
        // Our metadata is gone. It is written again, beside that of others.
        row.meta_data.remove(META_CUSTOMER);
        let written = change(&owner(), &row, &moved, &BTreeSet::new(), None).meta_data.unwrap();
        assert_eq!(
            (&written["crm"], &written["tags"], &written[META_CUSTOMER]),
            (&json!("1815"), &json!(["a", {"b": 1}]), &json!("cus_1"))
        );
        // A field cleared at Stripe cannot be cleared here.
        let emptied = Customer { phone: None, ..ada() };
        assert!(change(&owner(), &held(&json!({})), &emptied, &before.behind(&profile(&emptied, ALL)), None).is_empty());
    }

    #[test]
    fn a_deletion_is_noted_once_and_takes_nothing_away() {
        let gone: Customer = serde_json::from_value(json!({"id": "cus_1", "object": "customer", "deleted": true})).unwrap();
        let before = profile(&ada(), ALL);
        let next = before.following(&gone, ALL);
        assert!(next.deleted && before.behind(&next).is_empty() && next.prints == before.prints);
        let noted = change(&owner(), &held(&json!({"crm": "1815"})), &gone, &BTreeSet::new(), Some("2026-01-02T03:04:05Z"));
        assert!(noted.fields.is_empty());
        let meta = noted.meta_data.unwrap();
        assert_eq!(
            (&meta["crm"], &meta[META_DELETED], &meta[META_DELETED_AT]),
            (&json!("1815"), &json!("true"), &json!("2026-01-02T03:04:05Z"))
        );
        let later = change(&owner(), &held(&json!(meta)), &gone, &BTreeSet::new(), Some("2026-02-02T03:04:05Z"));
        assert!(later.is_empty(), "the first date stays");
    }

    /// A value that a ledger cannot store is not copied, and the comparison uses the copied value.
    /// So nothing is changed repeatedly.
    #[test]
    fn what_a_ledger_cannot_store_is_neither_copied_nor_missed() {
        let address = crate::model::stripe::types::Address {
            line1: Some("12\u{0} Square\n2nd floor".into()),
            city: Some("\u{0}".into()),
            ..Default::default()
        };
        let broken = Customer { name: Some("Ada\u{0} Love\u{fffd}lace".into()), address: Some(address), ..ada() };
        let made = new_identity(&owner(), "cus_1", Some(&broken), ALL, "");
        assert_eq!((made.first_name.as_deref(), made.last_name.as_deref()), (Some("Ada"), Some("Lovelace")));
        assert_eq!((made.street.as_deref(), made.city.as_deref()), (Some("12 Square 2nd floor"), None));
        let sound = Customer { name: Some("Ada Lovelace".into()), ..broken.clone() };
        assert_eq!(prints("idt_1", &sound, ALL), prints("idt_1", &broken, ALL));
        let row: Identity = serde_json::from_value(serde_json::to_value(&made).unwrap()).unwrap();
        let all = [Part::Name, Part::Email, Part::Phone, Part::Address].into();
        assert!(change(&owner(), &row, &broken, &all, None).is_empty());
        let nameless = Customer { business_name: Some("\u{0}\u{1}".into()), ..ada() };
        assert_eq!(kind(Some(&nameless)), "individual");
        assert_eq!(new_identity(&owner(), "cus_1", Some(&nameless), ALL, "").first_name.as_deref(), Some("Ada King"));
    }

    #[test]
    fn what_is_switched_on_again_is_copied_whatever_it_was() {
        let off = profile(&ada(), ALL).following(&ada(), PersonalData { email: false, ..ALL });
        assert!(!off.prints.contains_key(&Part::Email));
        assert_eq!(off.behind(&profile(&ada(), ALL)), [Part::Email].into());
        assert_ne!(prints("idt_1", &ada(), ALL), prints("idt_2", &ada(), ALL), "equal values of two customers do not show");
    }
}
