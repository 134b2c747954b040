use serde_json::json;

use super::*;

/// Every code with its stored form, which is in tables and in fingerprints: it never changes.
const STORED: [(ProblemCode, &str); 33] = [
    (ProblemCode::RecordUnreadable, "record_unreadable"),
    (ProblemCode::PermissionMissing, "right_missing"),
    (ProblemCode::RecordUnrendered, "record_unrendered"),
    (ProblemCode::PageUnreadable, "page_unreadable"),
    (ProblemCode::RecordGone, "record_gone"),
    (ProblemCode::UnknownType, "unknown_type"),
    (ProblemCode::DoesNotAddUp, "does_not_add_up"),
    (ProblemCode::ForeignFee, "foreign_fee"),
    (ProblemCode::CustomerUnknown, "customer_unknown"),
    (ProblemCode::BeforeTheStart, "before_the_start"),
    (ProblemCode::ForeignEntry, "foreign_entry"),
    (ProblemCode::EntryUnlisted, "entry_unlisted"),
    (ProblemCode::EntryChanged, "entry_changed"),
    (ProblemCode::EntryMissing, "entry_missing"),
    (ProblemCode::EntryDiffers, "entry_differs"),
    (ProblemCode::CustomerRefused, "customer_refused"),
    (ProblemCode::IdentityRefused, "identity_refused"),
    (ProblemCode::BalanceDoubled, "balance_doubled"),
    (ProblemCode::UnknownShape, "unknown_answer"),
    (ProblemCode::SetAside, "set_aside"),
    (ProblemCode::IdentitySetAside, "identity_set_aside"),
    (ProblemCode::Unauthorized, "unauthorized"),
    (ProblemCode::Forbidden, "forbidden"),
    (ProblemCode::Duplicate, "duplicate"),
    (ProblemCode::InsufficientFunds, "insufficient_funds"),
    (ProblemCode::Validation, "validation"),
    (ProblemCode::Unstorable, "unstorable"),
    (ProblemCode::Unrecognized, "unrecognized"),
    (ProblemCode::NotFound, "not_found"),
    (ProblemCode::Conflict, "conflict"),
    (ProblemCode::AlreadyExists, "already_exists"),
    (ProblemCode::Locked, "locked"),
    (ProblemCode::RateLimited, "rate_limited"),
];

#[test]
fn a_code_is_stored_and_shown_by_one_word() {
    for (code, stored) in STORED {
        assert_eq!(code.as_str(), stored);
        assert_eq!(serde_json::to_value(&code).unwrap(), json!(stored));
        assert_eq!(serde_json::from_value::<ProblemCode>(json!(stored)).unwrap(), code);
        assert_eq!(ProblemCode::from(stored.to_owned()), code);
    }
}

#[test]
fn a_code_of_another_version_stays_as_it_is() {
    let other = ProblemCode::Other("tax_missing".to_owned());
    assert_eq!(other.as_str(), "tax_missing");
    assert_eq!(serde_json::to_value(&other).unwrap(), json!("tax_missing"));
    assert_eq!(serde_json::from_value::<ProblemCode>(json!("tax_missing")).unwrap(), other);
    assert_eq!(ProblemCode::from("tax_missing".to_owned()), other);
    assert!(serde_json::from_value::<ProblemCode>(json!(7)).is_err());
}

#[test]
fn codes_are_in_the_order_of_the_alphabet() {
    let mut codes: Vec<ProblemCode> = STORED.into_iter().map(|(code, _)| code).collect();
    codes.push(ProblemCode::Other("entry_odd".to_owned()));
    codes.sort();
    let stored: Vec<&str> = codes.iter().map(ProblemCode::as_str).collect();
    assert!(stored.is_sorted(), "{stored:?}");
}
