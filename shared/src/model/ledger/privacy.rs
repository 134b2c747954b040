//! Keeps personal data of a payer out of the ledger.

use crate::model::ledger::customer::customer_of;
use crate::model::settings::PersonalData;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::Expandable;
use crate::model::stripe::types::{Address, BillingDetails, Charge};
use crate::model::text::storable;

/// Shorter values occur in many texts by chance.
const SHORTEST: usize = 3;

/// The payer's personal data that stays out of the ledger. Texts from Stripe are the merchant's own
/// and may repeat it.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    values: Vec<String>,
    addresses: bool,
}

impl Withheld {
    /// The known personal data of a record's payer that must not be stored.
    pub(crate) fn of(transaction: &BalanceTransaction, personal: PersonalData) -> Self {
        let mut withheld = Self { values: Vec::new(), addresses: !personal.email };
        if personal == PersonalData::default() {
            return withheld;
        }
        let source = transaction.source.as_ref().and_then(Expandable::object);
        let charge = source.and_then(|source| source.charge.as_ref()).and_then(Expandable::object);
        let typed =
            [source.and_then(|source| source.billing_details.as_ref()), charge.and_then(of_charge)];
        for BillingDetails { name, email, phone, address } in typed.into_iter().flatten() {
            withheld.add(personal, [name, &None, &None], email, phone, address.as_ref());
        }
        if let Some(customer) = customer_of(transaction).and_then(Expandable::object) {
            let names = [&customer.name, &customer.individual_name, &customer.business_name];
            withheld.add(
                personal,
                names,
                &customer.email,
                &customer.phone,
                customer.address.as_ref(),
            );
        }
        withheld
    }

    fn add(
        &mut self,
        personal: PersonalData,
        names: [&Option<String>; 3],
        email: &Option<String>,
        phone: &Option<String>,
        address: Option<&Address>,
    ) {
        let mut keep = |off: bool, value: &Option<String>| {
            let value = value
                .as_deref()
                .map(plain)
                .filter(|value| off && value.chars().count() >= SHORTEST);
            self.values.extend(value);
        };
        names.into_iter().for_each(|name| keep(!personal.name, name));
        keep(!personal.email, email);
        keep(!personal.phone, phone);
        if let Some(Address { line1, line2, postal_code, .. }) = address {
            [line1, line2, postal_code].into_iter().for_each(|part| keep(!personal.address, part));
        }
    }

    /// Whether a text contains withheld data.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = plain(text);
        let address = |word: &str| {
            word.trim_matches('.')
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        };
        self.values.iter().any(|value| text.contains(value))
            || (self.addresses && text.split_whitespace().any(address))
    }
}

fn of_charge(charge: &Charge) -> Option<&BillingDetails> {
    charge.billing_details.as_ref()
}

/// Normalizes a text to how it would be read in the ledger.
fn plain(text: &str) -> String {
    storable(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payment(description: &str) -> BalanceTransaction {
        serde_json::from_value(json!({"id": "txn_1", "amount": 1, "fee": 0, "net": 1,
            "currency": "eur", "created": 1, "available_on": 1,
            "type": "charge", "description": description,
            "source": {"id": "ch_1", "object": "charge",
                "billing_details": {"name": "A. Byron", "email": "a.byron@example.com",
            "phone": null, "address": null},
            "customer": {"id": "cus_1", "name": "Ada Lovelace", "email": "ada@example.com",
                "phone": "+44 20 7946 0000",
            "address": {"line1": "12 St James's Square", "postal_code": "SW1Y 4JH",
                "city": "London"}}}}))
        .unwrap()
    }

    #[test]
    fn a_text_that_repeats_withheld_data_is_detected() {
        let off = |which: fn(&mut PersonalData)| {
            let mut personal = PersonalData::default();
            which(&mut personal);
            personal
        };
        let all: PersonalData =
            PersonalData { name: false, email: false, phone: false, address: false };
        for (text, personal) in [
            ("Payment by ADA  lovelace", off(|choice| choice.name = false)),
            ("Payment by A\u{0}da Love\u{7f}lace", off(|choice| choice.name = false)),
            ("For A. Byron", off(|choice| choice.name = false)),
            ("Invoice for Ada@Example.com", off(|choice| choice.email = false)),
            ("Gift from somebody.else@example.org.", off(|choice| choice.email = false)),
            ("Call +44 20 7946 0000", off(|choice| choice.phone = false)),
            ("To 12 St James's Square", off(|choice| choice.address = false)),
        ] {
            assert!(Withheld::of(&payment(text), personal).is_in(text), "{text}");
            assert!(Withheld::of(&payment(text), all).is_in(text), "{text}");
            assert!(!Withheld::of(&payment(text), PersonalData::default()).is_in(text), "{text}");
        }
        for harmless in ["Order 1001", "2 @ 5.00", "London calling", ""] {
            assert!(!Withheld::of(&payment(harmless), all).is_in(harmless), "{harmless}");
        }
    }
}
