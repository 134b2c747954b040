//! Split transactions: one amount shared out over several sources or destinations.

use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::request::Post;

/// One part of a split transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Distribution {
    /// Whose part it is: the id of a balance, or `@name`.
    #[serde(deserialize_with = "null_is_none")]
    pub identifier: Option<String>,
    /// `10%`, an amount in major units, or `left`.
    pub distribution: String,
    /// An amount in minor units.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub precise_distribution: String,
    /// The part's transaction; only in answers.
    pub transaction_id: String,
}

fn null_is_none<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Distribution {
    fn is_left(&self) -> bool {
        self.distribution == "left" || self.precise_distribution == "left"
    }

    /// Minor units of a fixed part; `None` for a share.
    fn fixed(&self, precision: i64) -> Result<Option<i128>, String> {
        if self.is_left() || self.distribution.ends_with('%') {
            return Ok(None);
        }
        if !self.precise_distribution.is_empty() {
            let amount = self.precise_distribution.parse::<i64>();
            let refused = |_| {
                "invalid precise_distribution format: must be an integer value in minor units"
                    .to_owned()
            };
            return amount.map(|amount| Some(amount.into())).map_err(refused);
        }
        if self.distribution.is_empty() {
            return Ok(Some(0));
        }
        let amount = Decimal::parse(&self.distribution)
            .and_then(|amount| amount.times_rounded(precision.into()));
        amount.map(Some).ok_or_else(|| "invalid fixed amount format".to_owned())
    }

    /// Minor units of a percentage, rounded down, and the percentage itself.
    fn share(&self, total: i128) -> Result<Option<(i128, Decimal)>, String> {
        let Some(percent) = self.distribution.strip_suffix('%') else { return Ok(None) };
        let refused = || "invalid percentage format".to_owned();
        let percent = Decimal::parse(percent).ok_or_else(refused)?;
        let amount = percent.of(total).ok_or_else(refused)?;
        Ok(Some((amount, percent)))
    }
}

/// How much each part is, in minor units; together they are `total`.
///
/// # Errors
/// Parts that cannot be read, or that are more than there is.
pub fn shares(total: i128, precision: i64, parts: &[Distribution]) -> Result<Vec<i128>, String> {
    if total <= 1 {
        // Nothing to share out: the first takes it all.
        return Ok((0..parts.len()).map(|at| if at == 0 { total } else { 0 }).collect());
    }
    let mut amounts = vec![0; parts.len()];
    let mut left = total;
    for (amount, part) in amounts.iter_mut().zip(parts) {
        if let Some(fixed) = part.fixed(precision)? {
            if fixed > left {
                return Err("fixed amount exceeds remaining transaction amount".to_owned());
            }
            *amount = fixed;
            left -= fixed;
        }
    }
    let mut percentages = Decimal::default();
    for (amount, part) in amounts.iter_mut().zip(parts) {
        if let Some((share, percent)) = part.share(total)? {
            *amount = share;
            left -= share;
            percentages = percentages.plus(percent).ok_or("invalid percentage format")?;
        }
    }
    if percentages > Decimal::whole(100) || left < 0 {
        return Err("total distributions exceed 100% or total amount".to_owned());
    }
    if let Some(at) = parts.iter().position(Distribution::is_left) {
        amounts[at] = left;
        left = 0;
    }
    // What rounding left over goes to the largest part.
    if let Some(largest) = amounts.iter_mut().max() {
        *largest += left;
    }
    Ok(amounts)
}

/// The posts that a split one stands for, in order; none when it is no split.
///
/// # Errors
/// What is wrong with its parts, in the ledger's words.
pub fn legs(post: &Post) -> Result<Vec<Post>, String> {
    let by_source = !post.sources.is_empty();
    let parts = if by_source { &post.sources } else { &post.destinations };
    let amounts = shares(post.amount, post.precision, parts)
        .map_err(|text| format!("failed to split transaction: {text}"))?;
    let mark = if post.skip_queue { '-' } else { '_' };
    let legs = parts.iter().zip(amounts).zip(1..).map(|((part, amount), number)| {
        let mut leg = Post {
            amount,
            precise: true,
            sources: Vec::new(),
            destinations: Vec::new(),
            ..post.clone()
        };
        leg.reference = format!("{}{mark}{number}", post.reference);
        let side = if by_source { &mut leg.source } else { &mut leg.destination };
        *side = part.identifier.clone().unwrap_or_default();
        leg
    });
    Ok(legs.collect())
}

#[cfg(test)]
mod tests {
    use super::{Distribution, shares};

    fn parts(texts: &[&str]) -> Vec<Distribution> {
        let part = |text: &&str| Distribution {
            distribution: (*text).to_owned(),
            ..Distribution::default()
        };
        texts.iter().map(part).collect()
    }

    #[test]
    fn parts_add_up_to_the_whole_and_never_to_more() {
        assert_eq!(shares(1000, 100, &parts(&["10%", "2.5", "left"])).unwrap(), [100, 250, 650]);
        assert_eq!(shares(1001, 100, &parts(&["33.3%", "66.7%"])).unwrap(), [333, 668]);
        assert_eq!(shares(1, 100, &parts(&["50%", "50%"])).unwrap(), [1, 0]);
        assert!(shares(1000, 100, &parts(&["60%", "50%"])).is_err());
        assert!(shares(1000, 100, &parts(&["11"])).is_err());
    }
}
