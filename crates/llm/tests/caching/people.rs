//! Users as they come: a dozen conversations each, drawn by how that user pauses. What the planner learns of them in one
//! conversation it may use in the next.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use vertice_llm::cache_plan::Odds;

use crate::scenario::Scenario;

/// What follows a request, in percent; what is left: the conversation has ended.
#[derive(Clone, Copy)]
struct Ways {
    /// The next one within minutes.
    quick: u32,
    /// The next one after 6 to 50 minutes.
    pause: u32,
    /// The next one hours later.
    hours: u32,
}

impl Ways {
    fn odds(self) -> Odds {
        let gone = 100 - self.quick - self.pause;
        Odds::new(f64::from(self.quick), f64::from(self.pause), f64::from(gone))
    }
}

pub(crate) fn all() -> Vec<Scenario> {
    vec![
        person("user: quick", 1, Ways { quick: 86, pause: 3, hours: 1 }),
        person("user: now and then a pause", 2, Ways { quick: 70, pause: 15, hours: 5 }),
        person("user: mostly pauses", 3, Ways { quick: 30, pause: 50, hours: 10 }),
        person("user: mostly hours apart", 4, Ways { quick: 10, pause: 5, hours: 75 }),
        person("user: single questions", 5, Ways { quick: 10, pause: 3, hours: 2 }),
    ]
}

fn person(name: &'static str, seed: u64, ways: Ways) -> Scenario {
    let mut random = StdRng::seed_from_u64(seed);
    let mut scenario = Scenario::new(name, 1_500);
    scenario.odds = Some(ways.odds());
    let mut now = 0;
    for conversation in 1..=12 {
        let mut path = vec![scenario.exchange(0, random.random_range(20..200))];
        scenario.ask(now, conversation, &path);
        while let Some(gap) = gap(&mut random, ways) {
            now += gap;
            path.push(scenario.exchange(random.random_range(100..600), random.random_range(20..150)));
            scenario.ask(now, conversation, &path);
        }
        now += random.random_range(4_000..30_000);
    }
    scenario
}

/// Seconds until the next request; none: there is no further one.
fn gap(random: &mut StdRng, ways: Ways) -> Option<u64> {
    let Ways { quick, pause, hours } = ways;
    match random.random_range(0..100) {
        way if way < quick => Some(random.random_range(15..240)),
        way if way < quick + pause => Some(random.random_range(360..3_000)),
        way if way < quick + pause + hours => Some(random.random_range(4_000..40_000)),
        _ => None,
    }
}
