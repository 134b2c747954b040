//! Customers.

use super::super::ids::Kind;
use super::super::json::{self, Obj};
use super::super::model::{Customer, Given};
use super::super::people::Person;
use super::View;

/// Every so many customers lack a name, an e-mail or an address.
const NAMELESS: u32 = 17;
const MAILLESS: u32 = 11;
const HOMELESS: u32 = 5;
/// Every so many customers carry an id of another system.
const IMPORTED: u32 = 3;

impl View<'_> {
    /// A customer's e-mail address.
    pub(in super::super) fn email(&self, n: u32) -> Option<String> {
        who(self.store.customers.get(n), Person::new(n), n).1
    }

    pub(super) fn customer(&self, out: &mut String, n: u32) {
        let row = self.store.customers.get(n);
        let id = self.store.id(Kind::Customer, n);
        if row.deleted {
            json::object(out, |o| {
                o.str("id", &id);
                o.str("object", "customer");
                o.bool("deleted", true);
            });
            return;
        }
        let person = Person::new(n);
        let (name, email) = who(row, person, n);
        json::object(out, |o| {
            o.str("id", &id);
            o.str("object", "customer");
            o.with("address", |out| address(out, row, person, n));
            o.int("balance", 0);
            if let Some(name) = &name {
                let key = if row.business { "business_name" } else { "individual_name" };
                o.str(key, name);
            }
            o.int("created", row.created);
            o.nulls(&["currency", "default_source"]);
            o.bool("delinquent", false);
            o.opt_str("description", row.business.then_some("Business customer"));
            o.null("discount");
            o.opt_str("email", email.as_deref());
            o.str("invoice_prefix", &format!("{:08X}", n.wrapping_mul(2_654_435_761)));
            o.obj("invoice_settings", |o| {
                o.nulls(&[
                    "custom_fields",
                    "default_payment_method",
                    "footer",
                    "rendering_options",
                ]);
            });
            o.bool("livemode", self.store.live);
            o.obj("metadata", |o| metadata(o, n));
            o.opt_str("name", name.as_deref());
            o.int("next_invoice_sequence", 1);
            o.opt_str("phone", row.given.as_ref().and_then(|given| given.phone.as_deref()));
            o.raw("preferred_locales", "[]");
            o.null("shipping");
            let exempt = if row.business && person.place.1 == "DE" { "reverse" } else { "none" };
            o.str("tax_exempt", exempt);
            o.null("test_clock");
        });
    }
}

fn who(row: &Customer, person: Person, n: u32) -> (Option<String>, Option<String>) {
    if let Some(given) = &row.given {
        return (given.name.clone(), given.email.clone());
    }
    let name = if row.business { person.business(n) } else { person.name() };
    let named = n % NAMELESS != NAMELESS - 1;
    let mailed = n % MAILLESS != MAILLESS - 1;
    (named.then_some(name), mailed.then(|| Person::email(n)))
}

/// A customer's particulars as they are shown.
pub(in super::super) fn particulars(row: &Customer, n: u32) -> Given {
    let (name, email) = who(row, Person::new(n), n);
    let given = row.given.as_deref().cloned().unwrap_or_default();
    Given { name, email, ..given }
}

fn address(out: &mut String, row: &Customer, person: Person, n: u32) {
    let street = row.given.as_ref().and_then(|given| given.street.clone());
    if street.is_none() && n % HOMELESS == HOMELESS - 1 {
        out.push_str("null");
        return;
    }
    let (city, country, postal_code) = person.place;
    json::object(out, |o| {
        o.str("city", city);
        o.str("country", country);
        o.str("line1", &street.unwrap_or_else(|| format!("Example Street {}", n % 200 + 1)));
        o.null("line2");
        o.str("postal_code", postal_code);
        o.null("state");
    });
}

fn metadata(o: &mut Obj<'_>, n: u32) {
    if n.is_multiple_of(IMPORTED) {
        o.str("crm_id", &format!("crm-{n:05}"));
    }
}
