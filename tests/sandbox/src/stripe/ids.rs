//! Identifiers that look like Stripe's and are computed, not stored.
//!
//! An object is a number inside its account. The number is mixed by an invertible function that is
//! salted by account, mode and kind of object, and written in base 62 around a fragment that all
//! ids of one account share, as in real ids. An id therefore costs no memory, is the same for the
//! same seed, and an id of another account or mode does not resolve.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base-62 digits that hold any `u64`.
const WIDTH: usize = 11;
/// Length of the fragment shared by all ids of an account.
const FRAGMENT: usize = 12;
/// Odd factors of the mixing function, so that they have an inverse modulo 2^64.
const FACTOR_A: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR_B: u64 = 0xD6E8_FEB8_6659_FD93;

/// Kinds of objects that have ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Transaction,
    Charge,
    Payment,
    Intent,
    Refund,
    PaymentRefund,
    Dispute,
    Payout,
    Customer,
    Transfer,
    TransferReversal,
    ApplicationFee,
    FeeRefund,
    TopUp,
    Reserve,
    IssuingTransaction,
    IssuingAuthorization,
    Event,
}

impl Kind {
    const ALL: [Self; 18] = [
        Self::Transaction,
        Self::Charge,
        Self::Payment,
        Self::Intent,
        Self::Refund,
        Self::PaymentRefund,
        Self::Dispute,
        Self::Payout,
        Self::Customer,
        Self::Transfer,
        Self::TransferReversal,
        Self::ApplicationFee,
        Self::FeeRefund,
        Self::TopUp,
        Self::Reserve,
        Self::IssuingTransaction,
        Self::IssuingAuthorization,
        Self::Event,
    ];

    /// What stands before the underscore.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Transaction => "txn",
            Self::Charge => "ch",
            Self::Payment => "py",
            Self::Intent => "pi",
            Self::Refund => "re",
            Self::PaymentRefund => "pyr",
            Self::Dispute => "du",
            Self::Payout => "po",
            Self::Customer => "cus",
            Self::Transfer => "tr",
            Self::TransferReversal => "trr",
            Self::ApplicationFee => "fee",
            Self::FeeRefund => "fr",
            Self::TopUp => "tu",
            Self::Reserve => "rtx",
            Self::IssuingTransaction => "ipi",
            Self::IssuingAuthorization => "iauth",
            Self::Event => "evt",
        }
    }

    /// Charge, payment and intent share their number, so they share the salt: `ch_…`, `pi_…` and
    /// `pm_…` of one payment end alike.
    fn salt(self) -> u64 {
        match self {
            Self::Charge | Self::Payment | Self::Intent => 1,
            Self::Refund | Self::PaymentRefund => 2,
            other => 16 + other as u64,
        }
    }
}

/// The ids of one account in one mode.
#[derive(Debug, Clone)]
pub(super) struct IdSpace {
    salt: u64,
    fragment: String,
}

impl IdSpace {
    /// `account` and `mode` together are the salt.
    pub(super) fn new(account: &str, mode: &str) -> Self {
        let salt = fold(&format!("{account}/{mode}"));
        let fragment = format!("{}{}", base62(mix(salt)), base62(mix(salt ^ FACTOR_A)));
        Self { salt, fragment: fragment.chars().take(FRAGMENT).collect() }
    }

    /// The id of object number `n`.
    pub(super) fn encode(&self, kind: Kind, n: u32) -> String {
        let mixed = base62(mix(u64::from(n) + 1) ^ self.key(kind));
        let (head, tail) = mixed.split_at(5);
        format!("{}_3{head}{}{tail}", kind.prefix(), self.fragment)
    }

    /// The object that an id names, whether or not it exists.
    pub(super) fn decode(&self, id: &str) -> Option<(Kind, u32)> {
        let (prefix, rest) = id.split_once('_')?;
        let kind = Kind::ALL.into_iter().find(|k| k.prefix() == prefix)?;
        let rest = rest.strip_prefix('3')?;
        if !rest.is_ascii() || rest.len() != WIDTH + FRAGMENT {
            return None;
        }
        let (head, rest) = rest.split_at(5);
        let tail = rest.strip_prefix(self.fragment.as_str())?;
        let mixed = unbase62(&format!("{head}{tail}"))?;
        let n = unmix(mixed ^ self.key(kind)).checked_sub(1)?;
        Some((kind, u32::try_from(n).ok()?))
    }

    fn key(&self, kind: Kind) -> u64 {
        mix(self.salt ^ kind.salt().wrapping_mul(FACTOR_B))
    }
}

/// A 64-bit digest of a text (FNV-1a): stable over versions and platforms, as seeds must be.
pub(super) fn fold(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Spreads neighbouring numbers over the whole range; a bijection.
pub(super) fn mix(x: u64) -> u64 {
    let x = x.wrapping_mul(FACTOR_A);
    let x = (x ^ (x >> 32)).wrapping_mul(FACTOR_B);
    x ^ (x >> 32)
}

fn unmix(x: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(inverse(FACTOR_B));
    (x ^ (x >> 32)).wrapping_mul(inverse(FACTOR_A))
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the correct
/// bits.
fn inverse(odd: u64) -> u64 {
    (0..6).fold(odd, |x, _| x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x))))
}

/// `x` in exactly eleven base-62 digits.
pub(super) fn base62(mut x: u64) -> String {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(x % 62).map_or(b'0', |i| DIGITS[i]);
        x /= 62;
    }
    digits.iter().map(|&d| char::from(d)).collect()
}

fn unbase62(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |x, byte| {
        let digit = DIGITS.iter().position(|&d| d == byte)?;
        x.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_object_and_no_other_account_or_mode_knows_it() {
        let here = IdSpace::new("acct_1", "test");
        let live = IdSpace::new("acct_1", "live");
        for n in [0, 1, 2, 99_999, u32::MAX] {
            for kind in Kind::ALL {
                let id = here.encode(kind, n);
                assert_eq!(id.len(), kind.prefix().len() + 25, "{id}");
                assert_eq!(here.decode(&id), Some((kind, n)));
                assert_eq!(live.decode(&id), None);
            }
        }
        assert_eq!(here.decode("txn_1Q0CardIndividual"), None);
        assert_eq!(here.decode("cus_é0000000000000000000000"), None);
    }
}
