//! Notices on the deployed stack: destinations that are refused.

use it::tenant::text;
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Each leads, or may lead, to what only the deployment can reach.
const FORGED: [&str; 26] = [
    "https://localhost/",
    "https://localhost./",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::1]/",
    "https://user:word@hooks.example.com/",
    "https://hooks.example.com:8443/",
    "http://hooks.example.com/",
    "file:///etc/passwd",
    "https://db.internal/",
    "https://ｌｏｃａｌｈｏｓｔ/",
];

async fn choose(tenant: &Tenant, url: &str) -> Step<(u16, Value)> {
    let shown = tenant.portal.ok("GET", "/notices", None).await?;
    let webhook = json!({"url": url, "kinds": ["paused"]});
    let wanted = json!({"revision": shown["revision"], "webhook": webhook, "email_kinds": []});
    tenant.portal.call("PUT", "/notices", Some(wanted)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_inside_of_a_network_is_refused_when_it_is_chosen() -> Step {
    let tenant = Tenant::connected(12_130, 0).await?;
    for url in FORGED {
        let (status, answer) = choose(&tenant, url).await?;
        assert_eq!((status, text(&answer, "field").as_str()), (422, "url"), "{url}: {answer}");
    }
    let shown = tenant.portal.ok("GET", "/notices", None).await?;
    assert_eq!(shown["webhook"], Value::Null, "nothing was stored");
    Ok(())
}
