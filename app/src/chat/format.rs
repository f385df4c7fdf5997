//! Figures as people read them in the page's language: the same on server and browser.

use vertice_domain::Usd;

use crate::strings::{fill, t};

/// With a mark between thousands: `18,204`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push_str(t().figures.group);
        }
        out.push(digit);
    }
    out
}

/// Milliseconds as seconds: `0.42 s`, `14.8 s`, `2 min 5 s`.
pub(crate) fn seconds(millis: u64) -> String {
    match millis {
        ..1_000 => in_seconds(&decimal(0, format!("{:02}", millis / 10))),
        1_000..60_000 => in_seconds(&decimal(millis / 1_000, millis % 1_000 / 100)),
        _ => in_minutes(millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// Milliseconds as whole seconds, at least one: `9 s`.
pub(crate) fn whole_seconds(millis: i64) -> String {
    let seconds = (millis / 1_000).max(1).unsigned_abs();
    if seconds < 60 { in_seconds(&seconds.to_string()) } else { in_minutes(seconds / 60, seconds % 60) }
}

fn in_seconds(seconds: &str) -> String {
    fill(t().figures.seconds, &[("seconds", seconds)])
}

fn in_minutes(minutes: u64, seconds: u64) -> String {
    fill(t().figures.minutes, &[("minutes", &minutes.to_string()), ("seconds", &seconds.to_string())])
}

fn decimal(whole: u64, part: impl std::fmt::Display) -> String {
    format!("{whole}{}{part}", t().figures.decimal)
}

/// The decimals of what a message cost.
const COST_DECIMALS: u32 = 4;

/// The least that these decimals can tell.
const LEAST: Usd = Usd::from_nanos(100_000);

/// What a message cost, with four decimals: `$0.0142`. What is too little for them does not read as nothing: `<$0.0001`.
pub(crate) fn cost(usd: Usd) -> String {
    let nothing = dollars(Usd::ZERO, COST_DECIMALS);
    match dollars(usd, COST_DECIMALS) {
        text if text == nothing && usd > Usd::ZERO => format!("<{}", dollars(LEAST, COST_DECIMALS)),
        text if text == nothing && usd < Usd::ZERO => format!("−<{}", dollars(LEAST, COST_DECIMALS)),
        text => text,
    }
}

/// What a message was to cost: `about $0.0142`, `<$0.0001`.
pub(crate) fn estimate(usd: Usd) -> String {
    let cost = cost(usd);
    if cost.contains('<') { cost } else { fill(t().figures.estimate, &[("cost", &cost)]) }
}

fn dollars(usd: Usd, decimals: u32) -> String {
    let text = usd.to_fixed(decimals).replace('.', t().figures.decimal);
    let sign = t().figures.dollar;
    match text.strip_prefix('-') {
        Some(amount) => format!("−{sign}{amount}"),
        None => format!("{sign}{text}"),
    }
}

/// A price of a million tokens, without idle decimals: `$5`, `$0.30`.
pub(crate) fn price(usd: Usd) -> String {
    let whole = usd.as_nanos() % 1_000_000_000 == 0;
    let cents = usd.as_nanos() % 10_000_000 == 0;
    dollars(
        usd,
        if whole {
            0
        } else if cents {
            2
        } else {
            4
        },
    )
}

/// Prices of a million tokens, in and out: `$3 / $15`.
pub(crate) fn per_million(input: Usd, output: Usd) -> String {
    fill(t().figures.per_million, &[("input", &price(input)), ("output", &price(output))])
}

/// A number of tokens, short: `32k`, `1M`.
pub(crate) fn tokens_short(tokens: u64) -> String {
    let (thousand, million) = (t().figures.thousand, t().figures.million);
    match tokens {
        ..1_000 => tokens.to_string(),
        1_000..10_000 if tokens % 1_000 / 100 != 0 => {
            decimal(tokens / 1_000, tokens % 1_000 / 100) + thousand
        }
        1_000..1_000_000 => format!("{}{thousand}", tokens / 1_000),
        _ if tokens % 1_000_000 / 100_000 == 0 => format!("{}{million}", tokens / 1_000_000),
        _ => decimal(tokens / 1_000_000, tokens % 1_000_000 / 100_000) + million,
    }
}

/// Minutes of the local day as a greeting.
pub(crate) fn greeting(hour: i64) -> &'static str {
    match hour {
        5..12 => t().chat.morning,
        12..18 => t().chat.afternoon,
        _ => t().chat.evening,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            (thousands(0), thousands(999), thousands(18_204)),
            ("0".into(), "999".into(), "18,204".into())
        );
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(
            (seconds(420), seconds(14_830), seconds(125_400)),
            ("0.42 s".into(), "14.8 s".into(), "2 min 5 s".into())
        );
        assert_eq!(
            (whole_seconds(120), whole_seconds(9_400), whole_seconds(61_000)),
            ("1 s".into(), "9 s".into(), "1 min 1 s".into())
        );
        assert_eq!(cost("0.01416".parse().expect("an amount")), "$0.0142");
        assert_eq!(cost("-0.01416".parse().expect("an amount")), "−$0.0142");
        let tiny = ["0", "0.000000001", "0.000049999", "0.00005", "-0.000049999", "-0.00005"];
        let tiny = tiny.map(|text| cost(text.parse().expect("an amount")));
        assert_eq!(tiny, ["$0.0000", "<$0.0001", "<$0.0001", "$0.0001", "−<$0.0001", "−$0.0001"]);
        let estimates = ["0.01416", "0.00001"].map(|text| estimate(text.parse().expect("an amount")));
        assert_eq!(estimates, ["about $0.0142", "<$0.0001"]);
        let prices = ["5", "0.3", "1.25", "0.075"].map(|text| price(text.parse().expect("an amount")));
        assert_eq!(prices, ["$5", "$0.30", "$1.25", "$0.0750"]);
        let sizes = [512, 1_000, 1_560, 32_768, 200_000, 1_000_000, 1_048_576, 1_500_000].map(tokens_short);
        assert_eq!(sizes, ["512", "1k", "1.5k", "32k", "200k", "1M", "1M", "1.5M"]);
        assert_eq!(
            (greeting(9), greeting(12), greeting(23), greeting(2)),
            ("Good morning", "Good afternoon", "Good evening", "Good evening")
        );
    }
}
