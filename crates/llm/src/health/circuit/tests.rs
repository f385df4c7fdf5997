//! The breaker by the clock.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_428_000_000 + seconds * 1_000)
}

#[test]
fn a_refusal_leads_nobody_there_and_lets_everybody_through() {
    let mut circuit = Circuit::default();
    circuit.ended(at(0), Verdict::Refused);
    assert_eq!((circuit.health(at(1)), circuit.admit(at(1))), (HealthState::Down, Admission::Free));
    assert!(circuit.is_resting(at(29)) && !circuit.is_open(at(1)));
    assert_eq!(circuit.health(at(31)), HealthState::Healthy);
    circuit.ended(at(40), Verdict::Refused);
    circuit.first_token(at(41), 100);
    assert_eq!(circuit.health(at(41)), HealthState::Healthy, "it works again");
}

#[test]
fn five_failures_in_a_row_open_it_and_a_trial_closes_it() {
    let mut circuit = Circuit::default();
    for second in 0..4 {
        circuit.ended(at(second), Verdict::Failed);
    }
    assert_eq!((circuit.admit(at(4)), circuit.health(at(4))), (Admission::Free, HealthState::Degraded));
    circuit.ended(at(4), Verdict::Failed);
    assert_eq!((circuit.admit(at(33)), circuit.health(at(33))), (Admission::Refused, HealthState::Down));
    assert_eq!(circuit.unwell_since(at(33)), Some(at(1)));
    assert_eq!(circuit.admit(at(34)), Admission::Trial);
    assert_eq!(circuit.admit(at(34)), Admission::Refused, "one is let through, not two");
    circuit.ended(at(35), Verdict::Failed);
    assert_eq!((circuit.admit(at(64)), circuit.admit(at(65))), (Admission::Refused, Admission::Trial));
    circuit.first_token(at(66), 900);
    assert_eq!((circuit.admit(at(66)), circuit.health(at(66))), (Admission::Free, HealthState::Healthy));
    assert_eq!(circuit.unwell_since(at(66)), None);
}

#[test]
fn half_of_ten_calls_in_a_minute_open_it() {
    let failing = |calls: i64, apart: i64| {
        let mut circuit = Circuit::default();
        for call in 0..calls {
            let verdict = if call % 2 == 0 { Verdict::Answered } else { Verdict::Failed };
            circuit.ended(at(call * apart), verdict);
        }
        circuit.state() != CircuitState::Closed
    };
    assert!(failing(10, 1) && !failing(9, 1));
    assert!(!failing(60, 10), "there are never ten in one minute");
}

#[test]
fn what_says_nothing_about_the_provider_changes_nothing() {
    let mut circuit = Circuit::default();
    for second in 0..50 {
        circuit.ended(at(second), Verdict::Nothing);
    }
    assert_eq!(circuit.health(at(50)), HealthState::Healthy);
    for second in 50..55 {
        circuit.ended(at(second), Verdict::Failed);
    }
    assert_eq!(circuit.admit(at(90)), Admission::Trial);
    circuit.ended(at(91), Verdict::Nothing);
    assert_eq!(
        circuit.admit(at(91)),
        Admission::Trial,
        "a trial that was stopped frees the way for the next"
    );
    assert_eq!(circuit.admit(at(240)), Admission::Refused);
    assert_eq!(circuit.admit(at(241)), Admission::Trial, "and one that never came back does so by time");
}

#[test]
fn trouble_passes_by_itself() {
    let mut circuit = Circuit::default();
    circuit.ended(at(0), Verdict::Failed);
    circuit.ended(at(1), Verdict::Failed);
    assert_eq!(circuit.health(at(60)), HealthState::Degraded);
    assert_eq!((circuit.health(at(61)), circuit.unwell_since(at(61))), (HealthState::Healthy, None));
}

#[test]
fn slow_first_words_are_trouble_and_the_median_is_of_the_last_fifty() {
    let mut circuit = Circuit::default();
    assert_eq!(circuit.median_first_token_ms(), None);
    for call in 0..5 {
        circuit.first_token(at(call), 16_000);
    }
    assert_eq!(circuit.health(at(5)), HealthState::Degraded);
    for call in 0..50 {
        circuit.first_token(at(5), if call % 2 == 0 { 100 } else { 300 });
    }
    assert_eq!((circuit.health(at(5)), circuit.median_first_token_ms()), (HealthState::Healthy, Some(300)));
}

proptest! {
    /// Whatever happened before, half a minute of silence is enough for the next call to be let through.
    #[test]
    fn it_never_stays_shut(verdicts in proptest::collection::vec((0_i64..40, 0_u8..4), 0..200)) {
        let mut circuit = Circuit::default();
        let mut now = 0;
        for (wait, what) in verdicts {
            now += wait;
            if circuit.admit(at(now)) == Admission::Refused {
                continue;
            }
            match what {
                0 => circuit.ended(at(now), Verdict::Answered),
                1 => circuit.ended(at(now), Verdict::Nothing),
                _ => circuit.ended(at(now), Verdict::Failed),
            }
        }
        prop_assert_ne!(circuit.admit(at(now + 30)), Admission::Refused);
    }
}
