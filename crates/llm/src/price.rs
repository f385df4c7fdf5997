//! What tokens cost: exact integer arithmetic over the catalogue's prices. An unknown class makes the cost unknown.

mod snapshot;

use serde::{Deserialize, Deserializer, de::Error as _};
use vertice_domain::{Timestamp, TokenCounts, Usd};

/// Prices of a million tokens by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Rates {
    /// Input that no cache served.
    pub input: Usd,
    /// Output, thinking included.
    pub output: Usd,
    /// Input read from the cache.
    #[serde(default)]
    pub cache_read: Option<Usd>,
    /// Input written to the cache for the short time.
    #[serde(default)]
    pub cache_write: Option<Usd>,
    /// Input written to the cache for the long time.
    #[serde(default)]
    pub cache_write_long: Option<Usd>,
}

impl Rates {
    pub(crate) fn bill(&self, tokens: TokenCounts) -> Option<Usd> {
        let class = |price: Option<Usd>, count: u64| match count {
            0 => Some(Usd::ZERO),
            count => price.map(|price| price.per_million(count)),
        };
        Some(
            self.input.per_million(tokens.input)
                + self.output.per_million(tokens.output)
                + class(self.cache_read, tokens.cache_read)?
                + class(self.cache_write, tokens.cache_write)?
                + class(self.cache_write_long, tokens.cache_write_long)?,
        )
    }

    fn all(&self) -> impl Iterator<Item = Usd> {
        let cache = [self.cache_read, self.cache_write, self.cache_write_long];
        [self.input, self.output].into_iter().chain(cache.into_iter().flatten())
    }
}

/// Rates for a whole request whose input is over the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PriceTier {
    /// The mark: it holds for inputs of more tokens than this, cached ones counted.
    pub over_input_tokens: u64,
    #[serde(flatten)]
    pub rates: Rates,
}

/// A model's prices from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Price {
    /// The day (UTC) from which they hold.
    #[serde(deserialize_with = "day")]
    pub effective_from: Timestamp,
    /// Where they were read.
    pub source: String,
    /// The rates below every tier.
    #[serde(flatten)]
    pub rates: Rates,
    /// Higher rates for long inputs, lowest mark first.
    #[serde(default, rename = "tier")]
    pub tiers: Vec<PriceTier>,
}

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    pub cost: Usd,
    /// The cost of the same call without caching, less `cost`; negative where it only wrote.
    pub saved: Usd,
}

impl Price {
    fn rates_for(&self, tokens: TokenCounts) -> &Rates {
        let input = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_long;
        let tier = self.tiers.iter().rev().find(|tier| input > tier.over_input_tokens);
        tier.map_or(&self.rates, |tier| &tier.rates)
    }

    /// The bill; none: a class was used whose price is unknown.
    pub fn bill(&self, tokens: TokenCounts) -> Option<Bill> {
        let rates = self.rates_for(tokens);
        let cost = rates.bill(tokens)?;
        let cached = tokens.cache_read + tokens.cache_write + tokens.cache_write_long;
        let plain = TokenCounts {
            input: tokens.input + cached,
            cache_read: 0,
            cache_write: 0,
            cache_write_long: 0,
            ..tokens
        };
        Some(Bill { cost, saved: rates.bill(plain)? - cost })
    }
}

/// A model's prices by date.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Prices(Vec<Price>);

impl Prices {
    /// Nothing costs anything.
    pub fn free() -> Self {
        let zero = Some(Usd::ZERO);
        let rates = Rates {
            input: Usd::ZERO,
            output: Usd::ZERO,
            cache_read: zero,
            cache_write: zero,
            cache_write_long: zero,
        };
        Self(vec![Price {
            effective_from: Timestamp::from_millis(0),
            source: "runs on this machine".to_owned(),
            rates,
            tiers: Vec::new(),
        }])
    }

    /// Those that hold at `now`.
    pub fn on(&self, now: Timestamp) -> Option<&Price> {
        self.0.iter().filter(|price| price.effective_from <= now).max_by_key(|price| price.effective_from)
    }

    /// What is wrong with them.
    pub fn check(&self) -> Result<(), &'static str> {
        for price in &self.0 {
            let mut rates = price.rates.all().chain(price.tiers.iter().flat_map(|tier| tier.rates.all()));
            if rates.any(|rate| rate < Usd::ZERO) {
                return Err("a price is below 0");
            }
            if !price.tiers.is_sorted_by_key(|tier| tier.over_input_tokens) {
                return Err("price tiers must stand in the order of over_input_tokens");
            }
        }
        Ok(())
    }
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    format!("{text}T00:00:00Z")
        .parse()
        .map_err(|_| D::Error::custom(format!("{text:?} is no date; a date looks like \"2026-11-23\"")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Catalog;

    fn bill(model: &str, tokens: TokenCounts) -> Option<(String, String)> {
        let catalog = Catalog::built_in().unwrap();
        let price =
            catalog.model(model).unwrap().price("2026-11-23T00:00:00Z".parse().unwrap()).unwrap().clone();
        price.bill(tokens).map(|bill| (bill.cost.to_string(), bill.saved.to_string()))
    }

    fn tokens(input: u64, output: u64, cache_read: u64, cache_write: u64) -> TokenCounts {
        TokenCounts { input, output, cache_read, cache_write, ..TokenCounts::default() }
    }

    #[test]
    fn classes_have_their_own_prices() {
        let expected = Some(("0.0086".to_owned() + "00", "0.003800".to_owned()));
        assert_eq!(
            bill("claude-opus-5-5", tokens(1_000, 200, 1_000, 0)).map(|b| b.0),
            Some("0.008200".into())
        );
        assert_eq!(bill("claude-opus-5-5", tokens(1_000, 220, 1_000, 0)), expected);
        let only_wrote = bill("claude-opus-5-5", tokens(0, 0, 0, 1_000)).unwrap();
        assert_eq!(only_wrote, ("0.005000".into(), "-0.001000".into()));
    }

    #[test]
    fn a_tier_holds_for_the_whole_request_by_its_whole_input() {
        assert_eq!(bill("claude-haiku-5-5", tokens(100_000, 0, 0, 0)).unwrap().0, "0.010000");
        assert_eq!(bill("claude-haiku-5-5", tokens(100_000, 0, 1, 0)).unwrap().0, "0.05000005");
        assert_eq!(bill("gpt-5.6-sol", tokens(272_001, 1_000, 0, 0)).unwrap().0, "2.206008");
    }

    #[test]
    fn an_unknown_class_makes_the_cost_unknown() {
        assert!(bill("gpt-6.2-sol", tokens(10, 10, 0, 0)).is_some());
        assert_eq!(bill("gpt-6.2-sol", tokens(10, 10, 1, 0)), None);
    }

    proptest! {
        /// Against long multiplication in picodollars, rounded class by class.
        #[test]
        fn exact_to_the_nano_dollar(
            counts in proptest::array::uniform5(0_u64..2_000_000),
            prices in proptest::array::uniform5(0_i64..100_000_000_000),
        ) {
            let usd = |index: usize| Usd::from_nanos(prices[index]);
            let price = Price {
                rates: Rates {
                    input: usd(0),
                    output: usd(1),
                    cache_read: Some(usd(2)),
                    cache_write: Some(usd(3)),
                    cache_write_long: Some(usd(4)),
                },
                ..Prices::free().0.remove(0)
            };
            let tokens = TokenCounts {
                input: counts[0],
                output: counts[1],
                cache_read: counts[2],
                cache_write: counts[3],
                cache_write_long: counts[4],
                reasoning: 0,
            };
            let exact = |count: u64, price: i64| (i128::from(count) * i128::from(price) + 500_000) / 1_000_000;
            let cost: i128 = (0..5).map(|i| exact(counts[i], prices[i])).sum();
            let plain = exact(counts[0] + counts[2] + counts[3] + counts[4], prices[0]) + exact(counts[1], prices[1]);
            let bill = price.bill(tokens).unwrap();
            prop_assert_eq!(i128::from(bill.cost.as_nanos()), cost);
            prop_assert_eq!(i128::from(bill.saved.as_nanos()), plain - cost);
        }
    }
}
