//! Money: US dollars in integers, never in floats.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

/// An amount of US dollars in nano-dollars (1 USD = 1,000,000,000). May be negative (a saving that was a loss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ToSchema)]
#[schema(
    description = "An amount of US dollars, exact; negative where a saving was a loss.",
    value_type = String, pattern = r"^-?\d+\.\d{6,9}$", example = "0.001234")]
pub struct Usd(i64);

/// A text that is not a decimal amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal amount of dollars such as 0.001234, with at most 9 decimals")]
pub struct InvalidUsd;

const NANOS: i64 = 1_000_000_000;

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From nano-dollars.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nano-dollars.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The price of `tokens` tokens at `self` per million tokens, rounded half up to a nano-dollar.
    pub fn per_million(self, tokens: u64) -> Self {
        let exact = i128::from(self.0) * i128::from(tokens);
        let rounded = (exact + 500_000).div_euclid(1_000_000);
        Self(i64::try_from(rounded).unwrap_or(i64::MAX))
    }

    /// With a fixed number of decimals, rounded half away from zero, for people: `0.0142`.
    pub fn to_fixed(self, decimals: u32) -> String {
        let decimals = decimals.min(9);
        let unit = 10_i64.pow(9 - decimals);
        let rounded = (self.0.unsigned_abs() + unit.unsigned_abs() / 2) / unit.unsigned_abs();
        let scale = 10_u64.pow(decimals);
        let sign = if self.0 < 0 && rounded > 0 { "-" } else { "" };
        if decimals == 0 {
            return format!("{sign}{rounded}");
        }
        format!("{sign}{}.{:0width$}", rounded / scale, rounded % scale, width = decimals as usize)
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// Exact, with at least six decimals (micro-dollars): `0.001234`, `0.0000125`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, nanos) = (self.0.unsigned_abs() / NANOS as u64, self.0.unsigned_abs() % NANOS as u64);
        let digits = format!("{nanos:09}");
        let kept = digits.trim_end_matches('0').len().max(6);
        write!(f, "{sign}{whole}.{}", &digits[..kept])
    }
}

impl FromStr for Usd {
    type Err = InvalidUsd;

    fn from_str(text: &str) -> Result<Self, InvalidUsd> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() > 9 {
            return Err(InvalidUsd);
        }
        let whole: i64 = whole.parse().map_err(|_| InvalidUsd)?;
        let nanos: i64 = format!("{fraction:0<9}").parse().map_err(|_| InvalidUsd)?;
        let total = whole.checked_mul(NANOS).and_then(|n| n.checked_add(nanos)).ok_or(InvalidUsd)?;
        Ok(Self(if negative { -total } else { total }))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_exact() {
        let three_dollars: Usd = "3".parse().unwrap();
        assert_eq!(three_dollars.per_million(1_284).to_string(), "0.003852");
        assert_eq!("0.0000125".parse::<Usd>().unwrap().to_string(), "0.0000125");
        assert_eq!("0.01416".parse::<Usd>().unwrap().to_fixed(4), "0.0142");
        assert_eq!(Usd::from_nanos(-1).to_fixed(4), "0.0000");
        assert!("1e3".parse::<Usd>().is_err() && ".5".parse::<Usd>().is_err() && "".parse::<Usd>().is_err());
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(nanos in any::<i32>().prop_map(|n| i64::from(n) * 7_919)) {
            let amount = Usd::from_nanos(nanos);
            prop_assert_eq!(amount.to_string().parse::<Usd>().unwrap(), amount);
        }
    }
}
