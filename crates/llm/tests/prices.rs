//! Bills against an oracle that shares nothing with the product: it reads the catalogue's text by itself, and counts in
//! decimal fractions of dollars instead of whole nano-dollars.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

use std::sync::LazyLock;

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use toml::{Table, Value};
use vertice_domain::{Timestamp, TokenCounts, Usd};
use vertice_llm::{catalog::Catalog, price::Price};

const CATALOG: &str = include_str!("../src/catalog.toml");

/// The day of every bill here, and the moment in which it begins.
const TODAY: &str = "2026-11-26";

/// Cost and saving in dollars, by the providers' published rules: each class of tokens at its own price for a million;
/// the price list of the highest mark that the whole input, cached or not, has passed; rounded to nano-dollars class by
/// class. None: a class was used whose price is not published.
fn oracle(price: &Table, tokens: TokenCounts) -> Option<(Decimal, Decimal)> {
    let whole_input = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_long;
    let tiers = price.get("tier").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut list = price;
    let mut passed = 0;
    for tier in tiers.iter().map(|tier| tier.as_table().unwrap()) {
        let mark = u64::try_from(tier["over_input_tokens"].as_integer().unwrap()).unwrap();
        if whole_input > mark && mark >= passed {
            (list, passed) = (tier, mark);
        }
    }
    let charge = |class: &str, count: u64| {
        if count == 0 {
            return Some(Decimal::ZERO);
        }
        let a_million: Decimal = list.get(class)?.as_str().unwrap().parse().unwrap();
        let exact = a_million * Decimal::from(count) / Decimal::from(1_000_000);
        Some(exact.round_dp_with_strategy(9, RoundingStrategy::MidpointAwayFromZero))
    };
    let output = charge("output", tokens.output)?;
    let cost = output
        + charge("input", tokens.input)?
        + charge("cache_read", tokens.cache_read)?
        + charge("cache_write", tokens.cache_write)?
        + charge("cache_write_long", tokens.cache_write_long)?;
    Some((cost, output + charge("input", whole_input)? - cost))
}

fn decimal(amount: Usd) -> Decimal {
    amount.to_string().parse().unwrap()
}

fn same(price: &Price, table: &Table, tokens: TokenCounts) -> Result<(), TestCaseError> {
    let bill = price.bill(tokens).map(|bill| (decimal(bill.cost), decimal(bill.saved)));
    prop_assert_eq!(bill, oracle(table, tokens), "{:?} at {}", tokens, table);
    Ok(())
}

/// Counts of every size, and those right at the marks at which prices change.
fn count() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0_u64),
        1_u64..10,
        1_u64..5_000,
        0_u64..2_000_000,
        prop::sample::select(vec![
            99_999, 100_000, 100_001, 199_999, 200_000, 200_001, 271_999, 272_000, 272_001
        ]),
    ]
}

fn tokens() -> impl Strategy<Value = TokenCounts> {
    (count(), count(), count(), count(), count()).prop_map(
        |(input, output, cache_read, cache_write, cache_write_long)| TokenCounts {
            input,
            output,
            cache_read,
            cache_write,
            cache_write_long,
            reasoning: output / 2,
        },
    )
}

/// The catalogue as the product reads it.
static BUILT_IN: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());

/// The catalogue's models: id, and the price list that holds today as it stands in the text.
static LISTED: LazyLock<Vec<(String, Table)>> = LazyLock::new(listed);

fn listed() -> Vec<(String, Table)> {
    let catalog: Table = CATALOG.parse().unwrap();
    let models = catalog["model"].as_array().unwrap().iter();
    models
        .filter_map(|model| {
            let prices =
                model.get("price")?.as_array().unwrap().iter().map(|price| price.as_table().unwrap());
            let begins = |price: &Table| price["effective_from"].as_str().unwrap().to_owned();
            let now =
                prices.filter(|price| begins(price).as_str() <= TODAY).max_by_key(|price| begins(price))?;
            Some((model["id"].as_str().unwrap().to_owned(), now.clone()))
        })
        .collect()
}

/// A price with up to nine decimals.
fn rate() -> impl Strategy<Value = String> {
    (0_u32..200, prop_oneof![Just(String::new()), "\\.[0-9]{1,9}"])
        .prop_map(|(dollars, rest)| format!("{dollars}{rest}"))
}

fn rates() -> impl Strategy<Value = String> {
    prop::array::uniform5(rate()).prop_map(|[input, output, read, write, long]| {
        format!(
            "input = \"{input}\"\noutput = \"{output}\"\ncache_read = \"{read}\"\ncache_write = \"{write}\"\n\
             cache_write_long = \"{long}\"\n"
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_model_of_the_catalogue_is_billed_to_the_nano_dollar(
        which in any::<prop::sample::Index>(),
        tokens in tokens(),
    ) {
        let (id, table) = which.get(&LISTED);
        let today: Timestamp = format!("{TODAY}T00:00:00Z").parse().unwrap();
        same(BUILT_IN.model(id).unwrap().price(today).unwrap(), table, tokens)?;
    }

    #[test]
    fn any_prices_with_any_tiers_are_billed_to_the_nano_dollar(
        base in rates(),
        over_200k in rates(),
        over_272k in rates(),
        tiers in 0_usize..3,
        tokens in tokens(),
    ) {
        let mut text = format!("effective_from = \"2026-01-01\"\nsource = \"a test\"\n{base}");
        for (mark, rates) in [(200_000, over_200k), (272_000, over_272k)].into_iter().take(tiers) {
            text += &format!("[[tier]]\nover_input_tokens = {mark}\n{rates}");
        }
        same(&toml::from_str(&text).unwrap(), &text.parse().unwrap(), tokens)?;
    }
}

#[test]
fn the_catalogue_has_what_the_bills_are_about() {
    assert!(LISTED.len() > 10, "{}", LISTED.len());
    let tiered = LISTED.iter().filter(|(_, price)| price.contains_key("tier")).count();
    let cached = LISTED.iter().filter(|(_, price)| price.contains_key("cache_write_long")).count();
    assert!(tiered >= 2 && cached >= 2, "{tiered} with tiers, {cached} with every cache class");
}

#[test]
fn bills_of_price_lists_as_people_work_them_out() {
    let price: Price = toml::from_str(
        "effective_from = \"2026-01-01\"\nsource = \"a test\"\ninput = \"2\"\noutput = \"12\"\ncache_read = \"0.20\"\n\
         [[tier]]\nover_input_tokens = 200_000\ninput = \"4\"\noutput = \"18\"\ncache_read = \"0.40\"\n",
    )
    .unwrap();
    let bill = |input, cache_read, output| {
        let bill = price.bill(TokenCounts { input, cache_read, output, ..TokenCounts::default() }).unwrap();
        (bill.cost.to_string(), bill.saved.to_string())
    };
    // 100k at $2, 100k from the cache at $0.20, 1k out at $12.
    assert_eq!(bill(100_000, 100_000, 1_000), ("0.232000".into(), "0.180000".into()));
    // One token more, and the whole call is billed by the higher list: $0.400004 + $0.04 + $0.018.
    assert_eq!(bill(100_001, 100_000, 1_000), ("0.458004".into(), "0.360000".into()));
}
