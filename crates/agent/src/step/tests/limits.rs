//! Where a turn ends although its model would go on.

use std::time::Duration;

use super::*;

#[test]
fn a_model_that_goes_in_circles_is_stopped() {
    let mut run = Run::new();
    let most = TurnLimits::default().steps;
    for step in 1..=most {
        let id = format!("c{step}");
        call(0, &id, "look", "{}").into_iter().for_each(|input| run.take(input));
        run.take(stop(FinishReason::Stop));
        run.take(judged(&id, Permission::Allow));
        run.take(ended(&id, &format!("result {step}")));
        if step < most {
            run.take(called());
        }
    }
    assert_eq!(run.state.finish, Some(FinishReason::ToolLimit));
    assert_eq!(run.notice(), Some(Notice::StepLimit { steps: most }));
}

#[test]
fn the_same_call_with_the_same_result_is_refused_and_a_model_that_does_not_listen_is_stopped() {
    let mut run = Run::new();
    for step in 1..=7 {
        let id = format!("c{step}");
        call(0, &id, "look", "{}").into_iter().for_each(|input| run.take(input));
        run.take(stop(FinishReason::Stop));
        if step <= 5 {
            run.take(judged(&id, Permission::Allow));
            run.take(ended(&id, "not ready"));
        }
        if step < 7 {
            run.take(called());
        }
    }
    assert_eq!(run.state.finish, Some(FinishReason::ToolLimit));
    assert_eq!(run.notice(), Some(Notice::Loop { tool: "look".into() }));
    assert_eq!(run.others.iter().filter(|effect| matches!(effect, Effect::RunTool(_))).count(), 5);
}

#[test]
fn other_arguments_or_another_result_are_no_loop() {
    let mut run = Run::new();
    for step in 1..=12 {
        let id = format!("c{step}");
        let arguments = format!(r#"{{"page": {}}}"#, step % 2);
        call(0, &id, "look", &arguments).into_iter().for_each(|input| run.take(input));
        run.take(stop(FinishReason::Stop));
        run.take(judged(&id, Permission::Allow));
        run.take(ended(&id, &format!("result {}", step / 5)));
        run.take(called());
    }
    assert_eq!(run.state.finish, None);
    assert_eq!(run.others.iter().filter(|effect| matches!(effect, Effect::RunTool(_))).count(), 12);
}

#[test]
fn a_turn_ends_at_its_time_and_at_its_cost() {
    let limits = TurnLimits {
        time: Duration::from_secs(1),
        cost: Some(Usd::from_nanos(1_000)),
        ..TurnLimits::default()
    };
    let after = |at_ms: u64, spent: Option<i64>| {
        let mut run = Run::new();
        run.state = run.state.within(limits, 0);
        call(0, "c", "look", "{}").into_iter().for_each(|input| run.take(input));
        if let Some(nanos) = spent {
            run.take(bill(Usage { cost_usd: Some(Usd::from_nanos(nanos)), ..Usage::default() }));
        }
        run.take(stop(FinishReason::Stop));
        run.take(judged("c", Permission::Allow));
        run.take_at(ended("c", "seen"), at_ms);
        run.notice()
    };
    assert_eq!(after(999, None), None);
    assert_eq!(after(1_000, None), Some(Notice::TimeLimit { seconds: 1 }));
    assert_eq!(after(0, Some(999)), None);
    assert_eq!(after(0, Some(1_000)), Some(Notice::CostLimit { usd: Usd::from_nanos(1_000) }));
}
