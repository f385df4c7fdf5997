//! How `auto` chooses, as data: the `[router]` table of the catalogue, which an admin's own file overrides field by field.

use serde::Deserialize;
use vertice_domain::{Intent, Tier};

/// The table as it is written; what is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouterTable {
    /// The tier for plain questions.
    pub simple: Option<Tier>,
    pub code: Option<Tier>,
    /// The tier for several steps of thought.
    pub reasoning: Option<Tier>,
    /// The tier for very long inputs.
    pub long_context: Option<Tier>,
    /// The tier for pictures.
    pub vision: Option<Tier>,
    /// The tier for spoken words.
    pub voice: Option<Tier>,
    /// Models that come before the others of their tier, whatever they cost; the first one first.
    pub prefer: Option<Vec<String>>,
    /// How many times the first model's estimated price a model may cost that answers in its place.
    pub failover_price_ceiling: Option<u32>,
}

/// How `auto` chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterConfig {
    /// The tier for plain questions.
    pub simple: Tier,
    pub code: Tier,
    /// The tier for several steps of thought.
    pub reasoning: Tier,
    /// The tier for very long inputs.
    pub long_context: Tier,
    /// The tier for pictures.
    pub vision: Tier,
    /// The tier for spoken words.
    pub voice: Tier,
    /// Models that come before the others of their tier, the first one first.
    pub prefer: Vec<String>,
    /// How many times the first model's estimated price a model may cost that answers in its place.
    pub failover_price_ceiling: u32,
}

impl Default for RouterConfig {
    fn default() -> Self {
        Self {
            simple: Tier::Fast,
            code: Tier::Balanced,
            reasoning: Tier::Powerful,
            long_context: Tier::Balanced,
            vision: Tier::Balanced,
            voice: Tier::Fast,
            prefer: Vec::new(),
            failover_price_ceiling: 3,
        }
    }
}

impl RouterConfig {
    /// The tier that an intent calls for.
    pub const fn tier(&self, intent: Intent) -> Tier {
        match intent {
            Intent::Simple => self.simple,
            Intent::Code => self.code,
            Intent::Reasoning => self.reasoning,
            Intent::LongContext => self.long_context,
            Intent::Vision => self.vision,
            Intent::Voice => self.voice,
        }
    }

    /// Takes over what a table says.
    pub fn apply(&mut self, table: RouterTable) {
        let tiers = [
            (&mut self.simple, table.simple),
            (&mut self.code, table.code),
            (&mut self.reasoning, table.reasoning),
            (&mut self.long_context, table.long_context),
            (&mut self.vision, table.vision),
            (&mut self.voice, table.voice),
        ];
        for (tier, new) in tiers {
            *tier = new.unwrap_or(*tier);
        }
        if let Some(prefer) = table.prefer {
            self.prefer = prefer;
        }
        self.failover_price_ceiling = table.failover_price_ceiling.unwrap_or(self.failover_price_ceiling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_leaves_out_stays() {
        let mut config = RouterConfig { prefer: vec!["house".into()], ..RouterConfig::default() };
        config.apply(toml::from_str("simple = \"balanced\"\nfailover_price_ceiling = 5").unwrap());
        assert_eq!(
            (config.tier(Intent::Simple), config.tier(Intent::Code)),
            (Tier::Balanced, Tier::Balanced)
        );
        assert_eq!((config.prefer.len(), config.failover_price_ceiling), (1, 5));
        assert!(toml::from_str::<RouterTable>("colour = 1").is_err());
    }
}
