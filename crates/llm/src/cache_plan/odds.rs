//! What may follow a request, and what writing is then worth. Pure arithmetic: an estimate decides, no bill is made of it.

use crate::price::Price;

/// What may follow a request, as weights: how often each was seen, or is taken to have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Another one within [`Ttl::Short`].
    pub quick: f64,
    /// Another one later, but within [`Ttl::Long`].
    pub pause: f64,
    /// Another one later still, or none.
    pub gone: f64,
}

impl Odds {
    pub const fn new(quick: f64, pause: f64, gone: f64) -> Self {
        Self { quick, pause, gone }
    }

    /// The same odds, known as well as `total` observations tell.
    #[must_use]
    pub fn weighing(self, total: f64) -> Self {
        self.times(total / self.total())
    }

    /// All weights times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::new(self.quick * factor, self.pause * factor, self.gone * factor)
    }

    /// With what was seen besides.
    #[must_use]
    pub fn plus(self, seen: Self) -> Self {
        Self::new(self.quick + seen.quick, self.pause + seen.pause, self.gone + seen.gone)
    }

    fn total(self) -> f64 {
        (self.quick + self.pause + self.gone).max(f64::EPSILON)
    }
}

/// What a token costs by class, as multiples of plain input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    pub read: f64,
    /// Written for five minutes.
    pub write: f64,
    /// Written for an hour; none: the price is unknown.
    pub write_long: Option<f64>,
}

impl Default for Costs {
    /// What most models cost (Anthropic, pricing, 2026-11).
    fn default() -> Self {
        Self { read: 0.1, write: 1.25, write_long: Some(2.0) }
    }
}

impl Costs {
    /// A model's.
    pub fn of(price: Option<&Price>) -> Self {
        let Some(rates) = price.map(|price| &price.rates).filter(|rates| rates.input.as_nanos() > 0) else {
            return Self::default();
        };
        let multiple = |rate: vertice_domain::Usd| rate.as_nanos() as f64 / rates.input.as_nanos() as f64;
        Self {
            read: rates.cache_read.map_or(0.1, multiple),
            write: rates.cache_write.map_or(1.25, multiple),
            write_long: rates.cache_write_long.map(multiple),
        }
    }
}

/// A request's tokens, as the cache sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tokens {
    pub(super) read: u64,
    /// The part of that which lives for an hour.
    pub(super) read_long: u64,
    pub(super) added: u64,
    /// The first part of that which can have a mark of its own: the answer before the question.
    pub(super) first: u64,
}

/// What is done with what a request adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Nothing.
    None,
    /// It is written for five minutes.
    Short,
    /// Its first part is written for an hour, which keeps all before it; the rest for five minutes.
    Keep,
    /// It is written for an hour.
    Long,
}

/// What to do with what a request adds: the cheapest in expectation.
///
/// - After a quick request, what was written is read, and what was not is written then.
/// - After a pause, all that does not live for an hour is written again. What is written for an hour keeps the whole prefix
///   before it, and only what is added is billed as written (Anthropic, prompt caching, "Mixing different TTLs": the
///   tokens between the highest hit and the mark). So an hour costs little where little is added to much.
/// - After more than an hour nothing is left, whatever was done.
pub(super) fn best(odds: Odds, costs: Costs, tokens: Tokens) -> Writing {
    // Nothing is written, so nothing could live longer: the marks only read.
    if tokens.added == 0 {
        return Writing::Short;
    }
    let (quick, pause) = (odds.quick / odds.total(), odds.pause / odds.total());
    let Forecast { none, short, long, lost } = Forecast::of(quick, pause, costs);
    let (added, first) = (tokens.added as f64, tokens.first as f64);
    let loss = pause * lost * tokens.read.saturating_sub(tokens.read_long) as f64;
    let keep = if tokens.first > 0 { long * first + short * (added - first) } else { f64::INFINITY };
    let ways = [
        (Writing::None, none * added + loss),
        (Writing::Short, short * added + loss),
        (Writing::Keep, keep),
        (Writing::Long, long * added),
    ];
    ways.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Writing::None, |(way, _)| way)
}

/// What a token costs from now on until nothing follows any more, by what is done with it now.
struct Forecast {
    none: f64,
    short: f64,
    long: f64,
    /// What it costs more if it was written and is lost.
    lost: f64,
}

impl Forecast {
    /// What stands in the cache is taken to be kept from then on, since that is cheap; what does not is treated at each
    /// request as it is best treated now, so that the sums over all further requests are geometric series.
    fn of(quick: f64, pause: f64, costs: Costs) -> Self {
        let Costs { read, write, write_long } = costs;
        let write_long = write_long.unwrap_or(f64::INFINITY);
        let follows = (quick + pause).min(0.99);
        let kept = read / (1.0 - follows);
        let never = 1.0 / (1.0 - follows);
        let always_short = (write + quick * kept) / (1.0 - pause.min(0.99));
        let always_long = write_long + follows * kept;
        let anew = never.min(always_short).min(always_long);
        Self {
            none: 1.0 + follows * anew,
            short: write + quick * kept + pause * anew,
            long: always_long,
            lost: anew - kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPUS: Costs = Costs { read: 0.05, write: 1.25, write_long: Some(2.0) };

    fn new(added: u64) -> Tokens {
        Tokens { added, ..Tokens::default() }
    }

    #[test]
    fn what_is_soon_read_is_written() {
        assert_eq!(best(Odds::new(9.0, 0.2, 1.0), OPUS, new(1_000)), Writing::Short);
        assert_eq!(best(Odds::new(1.0, 0.0, 9.0), OPUS, new(1_000)), Writing::None);
        // A quarter more against all but a twentieth saved: it pays from one in five on.
        assert_eq!(best(Odds::new(0.20, 0.0, 0.80), OPUS, new(1_000)), Writing::None);
        assert_eq!(best(Odds::new(0.22, 0.0, 0.78), OPUS, new(1_000)), Writing::Short);
    }

    #[test]
    fn an_hour_is_bought_where_it_is_cheap() {
        let odds = Odds::new(8.0, 1.0, 1.0);
        assert_eq!(best(odds, OPUS, new(3_000)), Writing::Short, "all of it would be written for an hour");
        let grown = Tokens { read: 6_000, read_long: 0, added: 400, first: 0 };
        assert_eq!(best(odds, OPUS, grown), Writing::Long, "a little keeps all");
        let kept = Tokens { read_long: 6_000, ..grown };
        assert_eq!(best(odds, OPUS, kept), Writing::Short, "all before it is kept already");
        assert_eq!(best(odds, Costs { write_long: None, ..OPUS }, grown), Writing::Short, "unknown price");
        assert_eq!(best(Odds::new(0.5, 8.0, 1.0), OPUS, new(3_000)), Writing::Long, "pauses nearly always");
    }

    #[test]
    fn the_same_request_again_reads() {
        assert_eq!(
            best(Odds::new(0.1, 9.0, 0.1), OPUS, Tokens { read: 500, ..Tokens::default() }),
            Writing::Short
        );
    }
}
