use super::*;

use secrecy::ExposeSecret;

use serde_json::json;

fn newest() -> Value {
    json!({"installed_app_id": "instapp_1", "app_id": "app_1", "instance_id": "inst_1",
        "api_key": "blnk_test_0123456789",
        "api_key_prefix": "blnk_tes",
        "granted_permissions": ["data:write", "data:read", "future:scope", "data:read"],
        "idempotency_key": "install:instapp_1"})
}

fn parse(body: &Value, header: Option<&str>) -> Result<Event> {
    Event::parse(body.to_string().as_bytes(), header)
}

#[test]
fn every_generation_of_the_install_payload_is_understood() {
    let mut beta = newest();
    for name in ["idempotency_key", "api_key_prefix"] {
        beta.as_object_mut().unwrap().remove(name);
    }
    let mut seed = newest();
    seed["organization_id"] = json!("org_1");
    for (body, header, organization) in [
        (newest(), None, None),
        (seed, None, Some("org_1")),
        (beta, Some("install:instapp_1"), None),
    ] {
        let Event::Install(event) = parse(&body, header).unwrap() else { panic!("an install") };
        assert_eq!(event.install.as_str(), "instapp_1");
        assert_eq!(event.organization_id.as_deref(), organization);
        assert_eq!(event.api_key_prefix, "blnk_tes");
        assert_eq!(event.api_key.expose_secret(), "blnk_test_0123456789");
        assert_eq!(event.granted_permissions, [Permission::DataRead, Permission::DataWrite]);
        assert!(!format!("{event:?}").contains("0123456789"), "a key is never printed");
    }
}

#[test]
fn a_whole_key_in_the_place_of_its_prefix_is_cut() {
    let mut body = newest();
    body["api_key_prefix"] = body["api_key"].clone();
    let Event::Install(event) = parse(&body, None).unwrap() else { panic!("an install") };
    assert_eq!(event.api_key_prefix, "blnk_test_012345");
}

#[test]
fn an_uninstall_needs_only_its_id() {
    let Event::Uninstall(event) =
        parse(&json!({"installed_app_id": "instapp_1"}), Some("uninstall:instapp_1")).unwrap()
    else {
        panic!("an uninstall")
    };
    assert!(event.app_id.is_none() && event.uninstalled_at.is_none());
}

/// All ways in which a platform writes an absent value.
const NOTHING: [fn() -> Value; 5] =
    [|| Value::Null, || json!(""), || json!(" "), || json!("\t\r\n "), || json!("\u{a0}\u{2003}")];

#[test]
fn an_empty_optional_field_is_absent_in_every_event() {
    for nothing in NOTHING.map(|nothing| nothing()) {
        let mut install = newest();
        (install["organization_id"], install["api_key_prefix"]) =
            (nothing.clone(), nothing.clone());
        let Event::Install(event) = parse(&install, Some("")).unwrap() else {
            panic!("an install")
        };
        assert_eq!(
            (event.organization_id, event.api_key_prefix.as_str()),
            (None, "blnk_tes"),
            "{nothing:?}"
        );
        install["idempotency_key"] = nothing.clone();
        assert!(
            matches!(parse(&install, Some("install:instapp_1")), Ok(Event::Install(_))),
            "{nothing:?}: the header counts"
        );
        assert!(parse(&install, Some("  ")).is_err(), "neither says what it is");

        let uninstall = json!({"installed_app_id": "instapp_1", "app_id": nothing,
            "instance_id": nothing, "organization_id": nothing,
            "uninstalled_at": nothing, "idempotency_key": "uninstall:instapp_1"});
        let Event::Uninstall(event) = parse(&uninstall, None).unwrap() else {
            panic!("an uninstall")
        };
        assert_eq!(
            (event.app_id, event.instance_id, event.organization_id, event.uninstalled_at),
            (None, None, None, None)
        );

        let launch = json!({"installed_app_id": "instapp_1", "app_id": "app_1",
            "instance_id": "inst_1", "organization_id": nothing,
            "user_id": nothing});
        let event = LaunchEvent::parse(launch.to_string().as_bytes()).unwrap();
        assert_eq!((event.organization_id, event.user_id), (None, None), "{nothing:?}");
        for required in ["installed_app_id", "app_id", "instance_id"] {
            let mut launch = launch.clone();
            launch[required] = nothing.clone();
            assert!(LaunchEvent::parse(launch.to_string().as_bytes()).is_err(), "{required}");
        }
    }
    let mut ungranted = newest();
    ungranted["granted_permissions"] = Value::Null;
    let Event::Install(event) = parse(&ungranted, None).unwrap() else { panic!("an install") };
    assert!(event.granted_permissions.is_empty());
}

#[test]
fn a_zero_time_says_nothing_and_one_of_the_future_is_clamped() {
    let now = Millis(1_760_000_000_500);
    let happened = |text: &str| {
        let body = json!({"installed_app_id": "instapp_1", "uninstalled_at": text,
            "idempotency_key": "uninstall:instapp_1"});
        let Event::Uninstall(event) = parse(&body, None).unwrap() else { panic!("an uninstall") };
        event.happened(now)
    };
    for zero in [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000000Z",
        "0001-01-01T00:00:00+14:00",
        "0001-12-31T23:59:59Z",
        "0001-01-01T00:00:00",
        "1970-01-01T00:00:00Z",
    ] {
        assert_eq!(happened(zero), now, "{zero}");
    }
    for future in ["2025-10-09T08:53:21Z", "2031-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        assert_eq!(happened(future), now, "{future}");
    }
    assert_eq!(happened("2025-10-09T08:53:19.250Z"), Millis(1_759_999_999_250));
    assert_eq!(happened("2025-10-09T08:53:19Z"), Millis(1_759_999_999_999), "the whole second");
    assert_eq!(happened("2025-10-09T08:53:20Z"), now);
    assert_eq!(
        happened("0002-01-01T00:00:00Z"),
        Millis(FIRST_TIME.0 + REST_OF_SECOND),
        "a time, if an odd one"
    );
}

#[test]
fn a_malformed_event_is_refused_by_field() {
    let broken = |name: &str, value: Value| {
        let mut body = newest();
        body[name] = value;
        body
    };
    for (body, header, field) in [
        (broken("idempotency_key", json!("install:instapp_2")), None, "idempotency_key"),
        (broken("idempotency_key", json!("upgrade:instapp_1")), None, "idempotency_key"),
        (newest(), Some("install:instapp_2"), "idempotency_key"),
        (broken("installed_app_id", json!("inst app")), None, "installed_app_id"),
        (broken("app_id", Value::Null), None, "app_id"),
        (broken("instance_id", json!(7)), None, "instance_id"),
        (broken("api_key", json!("")), None, "api_key"),
        (broken("api_key", json!("two words")), None, "api_key"),
        (broken("granted_permissions", json!("data:read")), None, "granted_permissions"),
        (broken("granted_permissions", json!([1])), None, "granted_permissions"),
    ] {
        match parse(&body, header) {
            Err(Error::BadRequest { field: Some(named), .. }) => assert_eq!(named, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(Event::parse(b"[]", None).is_err());
    assert!(Event::parse(b"{", None).is_err());
}
