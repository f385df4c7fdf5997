//! The prices of a bill as they go into the ledger, so that anyone can work it out again after the catalogue has changed.

use serde::Serialize;
use vertice_domain::{Timestamp, TokenCounts, Usd};
use vertice_ports::meter::{Priced, Tariff};

use super::{Price, Rates};

#[derive(Serialize)]
struct Snapshot<'a> {
    effective_from: Timestamp,
    source: &'a str,
    /// The tier that held; left out: the rates below every tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_input_tokens: Option<u64>,
    input: Usd,
    output: Usd,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read: Option<Usd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write: Option<Usd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_long: Option<Usd>,
}

impl Tariff for Price {
    fn price(&self, tokens: TokenCounts) -> Priced {
        let bill = self.bill(tokens);
        Priced {
            cost: bill.map(|bill| bill.cost),
            saved: bill.map(|bill| bill.saved),
            prices: Some(self.snapshot(tokens)),
        }
    }
}

impl Price {
    /// The rates that a call of these tokens is billed at, per million tokens, as JSON.
    pub fn snapshot(&self, tokens: TokenCounts) -> String {
        let rates: &Rates = self.rates_for(tokens);
        let tier = self.tiers.iter().find(|tier| std::ptr::eq(&tier.rates, rates));
        let snapshot = Snapshot {
            effective_from: self.effective_from,
            source: &self.source,
            over_input_tokens: tier.map(|tier| tier.over_input_tokens),
            input: rates.input,
            output: rates.output,
            cache_read: rates.cache_read,
            cache_write: rates.cache_write,
            cache_write_long: rates.cache_write_long,
        };
        serde_json::to_string(&snapshot).expect("strings and numbers cannot fail to serialise")
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::TokenCounts;

    use crate::catalog::Catalog;

    #[test]
    fn the_tier_that_held_is_named() {
        let catalog = Catalog::built_in().unwrap();
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        let price = catalog.model("claude-haiku-5-5").unwrap().price(now).unwrap().clone();
        let snapshot = |input| price.snapshot(TokenCounts { input, ..TokenCounts::default() });
        let small: serde_json::Value = serde_json::from_str(&snapshot(10)).unwrap();
        assert_eq!(
            (&small["input"], &small["effective_from"]),
            (&"0.100000".into(), &"2026-01-01T00:00:00Z".into())
        );
        assert!(small.get("over_input_tokens").is_none() && small["source"].is_string());
        let large: serde_json::Value = serde_json::from_str(&snapshot(100_001)).unwrap();
        assert_eq!((&large["input"], &large["over_input_tokens"]), (&"0.500000".into(), &100_000.into()));
    }
}
