//! What a call took that nobody lived to close, by what was heard of its answer. Pure.

use vertice_domain::TokenCounts;
use vertice_ports::{ledger::LedgerEntry, meter::Estimator};

use crate::{estimate::tokens_of_chars, price::Rates};

/// Estimates by the length of what was heard, at the prices that held when the call was made.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeardEstimator;

impl Estimator for HeardEstimator {
    fn estimate(&self, opened: &LedgerEntry, heard_chars: u64) -> LedgerEntry {
        let tokens = TokenCounts { output: tokens_of_chars(heard_chars), ..opened.tokens };
        // The tier goes by the input, which stays.
        let rates = opened.price.as_deref().and_then(|prices| serde_json::from_str::<Rates>(prices).ok());
        let cost = rates.map_or(opened.cost, |rates| rates.bill(tokens));
        LedgerEntry { tokens, cost, ..opened.clone() }
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::Provider;
    use vertice_ports::{Ids as _, ledger::CallOutcome, meter::Tariff as _};
    use vertice_runtime::SystemIds;

    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_was_heard_costs_what_it_would_have_cost() {
        let catalog = Catalog::built_in().unwrap();
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        let price = catalog.model("claude-haiku-5-5").unwrap().price(now).unwrap().clone();
        // Above the mark of the tier, so that its rates must hold.
        let of = |output| TokenCounts { input: 100_001, output, ..TokenCounts::default() };
        let priced = price.price(of(1_000));
        let opened = LedgerEntry {
            id: SystemIds.call(),
            node: SystemIds.node(),
            user: SystemIds.user(),
            conversation: None,
            turn: SystemIds.turn(),
            provider: Provider::Anthropic,
            model: "claude-haiku-5-5".into(),
            token: None,
            own_key: false,
            failover: false,
            tokens: of(1_000),
            estimated: true,
            cost: priced.cost,
            saved: priced.saved,
            price: priced.prices,
            outcome: CallOutcome::Running,
            started_at: now,
            first_token_ms: None,
            total_ms: 0,
            upstream_request_id: None,
        };
        for heard in [1_u64, 40, 32_000] {
            let estimated = HeardEstimator.estimate(&opened, heard);
            let wanted = of(heard.div_ceil(4));
            assert_eq!((estimated.tokens, estimated.cost), (wanted, price.price(wanted).cost), "{heard}");
        }
        let unpriced = LedgerEntry { price: None, cost: None, ..opened };
        assert_eq!(HeardEstimator.estimate(&unpriced, 40).cost, None);
    }
}
