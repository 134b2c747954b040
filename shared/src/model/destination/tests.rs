use super::*;

fn judged(url: &str) -> Result<(), Forbidden> {
    Destination::parse(url).map(|_| ())
}

#[test]
fn a_public_https_url_is_taken_as_it_is() {
    for url in [
        "https://hooks.example.com/notices?team=7",
        "https://hooks.example.com:443/",
        "https://HOOKS.example.com./",
        "https://8.8.8.8/",
        "https://[2600:1f18::1]/",
        "https://xn--bcher-kva.example.com/",
        "https://bücher.example.com/",
        // No name of these is local, whatever it holds.
        "https://localhost.example.com/",
        "https://internal.example.com/",
    ] {
        assert_eq!(judged(url), Ok(()), "{url}");
    }
}

#[test]
fn a_url_other_than_plain_https_is_refused() {
    for (url, why) in [
        ("", Forbidden::NotAUrl),
        ("hooks.example.com", Forbidden::NotAUrl),
        ("https://", Forbidden::NotAUrl),
        (" https://hooks.example.com/", Forbidden::NotAUrl),
        ("https://hooks.example.com\\@10.0.0.1/", Forbidden::NotAUrl),
        ("https://hooks.exa\nmple.com/", Forbidden::NotAUrl),
        ("http://hooks.example.com/", Forbidden::NotHttps),
        ("ftp://hooks.example.com/", Forbidden::NotHttps),
        ("file:///etc/passwd", Forbidden::NotHttps),
        ("gopher://hooks.example.com/", Forbidden::NotHttps),
        ("https://hooks.example.com:8443/", Forbidden::Port),
        ("https://hooks.example.com:80/", Forbidden::Port),
        ("https://hooks.example.com:22/", Forbidden::Port),
        ("https://user@hooks.example.com/", Forbidden::Credentials),
        ("https://:word@hooks.example.com/", Forbidden::Credentials),
        ("https://hooks.example.com@10.0.0.1/", Forbidden::Credentials),
        ("https://hooks.example.com/#part", Forbidden::Fragment),
    ] {
        assert_eq!(judged(url), Err(why), "{url}");
    }
    let long = format!("https://hooks.example.com/{}", "a".repeat(MAX_URL));
    assert_eq!(judged(&long), Err(Forbidden::TooLong));
}

#[test]
fn names_that_are_not_public_are_refused() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "db.localhost",
        "printer.local",
        "api.internal",
        "metadata.google.internal",
        "ip-10-0-0-1.ec2.internal",
        "router.lan",
        "nas.home",
        "1.0.0.127.in-addr.arpa",
        "server",
        "server.",
        "db.corp",
        "x.test",
        "x.invalid",
        "x.onion",
        "x..",
        // Other alphabets' letters, and letters that are not seen, as the parser reads them.
        "ｌｏｃａｌｈｏｓｔ",
        "loc\u{ad}alhost",
        "db.ｉｎｔｅｒｎａｌ",
        "db.internal.",
        "db。internal",
        "xn--localhost",
    ] {
        let judged = judged(&format!("https://{host}/"));
        assert!(matches!(judged, Err(Forbidden::LocalName | Forbidden::NotAUrl)), "{host}");
    }
}

/// Each notation that programs read as an address, for addresses that are not public.
#[test]
fn addresses_that_are_not_public_are_refused_in_every_notation() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "127.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "10.0.0.1",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:8.8.8.8]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "10.0.0.1.",
        "192.168.257",
        "0xC0A80101",
        "[::ffff:0:0:a00:1]",
        "[64:ff9b::192.168.0.1]",
        "[2002:c0a8:1::1]",
        "[2002:ac10:1::1]",
        "224.0.0.1",
        "239.255.255.250",
    ] {
        assert_eq!(judged(&format!("https://{host}/")), Err(Forbidden::NotPublic), "{host}");
    }
    for host in
        ["256.1.1.1", "1.2.3.4.5", "0x1ffffffff", "127.0.0.08", "[fe80::1%25eth0]", "[::1", "::1"]
    {
        assert_eq!(judged(&format!("https://{host}/")), Err(Forbidden::NotAUrl), "{host}");
    }
}

/// The first and the last address of each special network, and their neighbours outside of it.
#[test]
fn each_network_ends_where_its_registry_says() {
    for (first, last, before, after) in [
        ("0.0.0.0", "0.255.255.255", None, Some("1.0.0.0")),
        ("10.0.0.0", "10.255.255.255", Some("9.255.255.255"), Some("11.0.0.0")),
        ("100.64.0.0", "100.127.255.255", Some("100.63.255.255"), Some("100.128.0.0")),
        ("127.0.0.0", "127.255.255.255", Some("126.255.255.255"), Some("128.0.0.0")),
        ("168.63.129.16", "168.63.129.16", Some("168.63.129.15"), Some("168.63.129.17")),
        ("169.254.0.0", "169.254.255.255", Some("169.253.255.255"), Some("169.255.0.0")),
        ("172.16.0.0", "172.31.255.255", Some("172.15.255.255"), Some("172.32.0.0")),
        ("192.0.0.0", "192.0.0.255", Some("191.255.255.255"), Some("192.0.1.0")),
        ("192.0.2.0", "192.0.2.255", Some("192.0.1.255"), Some("192.0.3.0")),
        ("192.88.99.0", "192.88.99.255", Some("192.88.98.255"), Some("192.88.100.0")),
        ("192.168.0.0", "192.168.255.255", Some("192.167.255.255"), Some("192.169.0.0")),
        ("198.18.0.0", "198.19.255.255", Some("198.17.255.255"), Some("198.20.0.0")),
        ("198.51.100.0", "198.51.100.255", Some("198.51.99.255"), Some("198.51.101.0")),
        ("203.0.113.0", "203.0.113.255", Some("203.0.112.255"), Some("203.0.114.0")),
        ("224.0.0.0", "255.255.255.255", Some("223.255.255.255"), None),
        ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, Some("2000::")),
        (
            "2001::",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            Some("2000:ffff::"),
            Some("2001:200::"),
        ),
        (
            "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            Some("2001:db7::"),
            Some("2001:db9::"),
        ),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("2001:ffff::"), Some("2003::")),
        (
            "3fff::",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            Some("3ffe:ffff::"),
            Some("3fff:1000::"),
        ),
        ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("3fff:ffff::"), None),
    ] {
        let is_public = |text: &str| public(text.parse().unwrap());
        assert!(!is_public(first) && !is_public(last), "{first} to {last}");
        for outside in [before, after].into_iter().flatten() {
            assert!(is_public(outside), "{outside} is beside {first} to {last}");
        }
    }
}

#[test]
fn nothing_of_a_url_but_its_host_is_ever_printed() {
    let url = Destination::parse("https://hooks.example.com/t0ken?key=s3cret").unwrap();
    assert_eq!(format!("{url:?}"), "Destination(hooks.example.com)");
    assert_eq!((url.host(), url.url().path()), ("hooks.example.com", "/t0ken"));
}
