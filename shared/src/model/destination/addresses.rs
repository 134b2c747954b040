//! Which addresses are public, by IANA's special-purpose registries. For IPv6 only the allocated
//! space is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: its address and the length of its prefix.
type Network<A> = (A, u32);

/// IPv4 networks that are not on the public Internet.
const SPECIAL_V4: [Network<Ipv4Addr>; 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this host
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared by providers (CGNAT)
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // a cloud's host, public by its number alone
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, and the metadata of AWS
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

/// The allocated IPv6 space. Everything else is refused: loopback, mapped and compatible IPv4,
/// NAT64, unique local (with the metadata of AWS), link-local, site-local, multicast.
const HANDED_OUT_V6: Network<Ipv6Addr> = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks in that space that are not public, or that embed an IPv4 address.
const SPECIAL_V6: [Network<Ipv6Addr>; 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo among them
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether an address is on the public Internet.
#[must_use]
pub fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, length)| {
            same(u128::from(address.to_bits()), u128::from(network.to_bits()), 32 - length)
        }),
        IpAddr::V6(address) => {
            let within = |(network, length): &Network<Ipv6Addr>| {
                same(address.to_bits(), network.to_bits(), 128 - length)
            };
            within(&HANDED_OUT_V6) && !SPECIAL_V6.iter().any(within)
        }
    }
}

/// Whether two addresses agree except for their last bits.
const fn same(one: u128, other: u128, last_bits: u32) -> bool {
    one >> last_bits == other >> last_bits
}
