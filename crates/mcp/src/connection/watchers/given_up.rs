//! The calls that ended without an answer: cancelled, or too slow. Their server may work on, and ask yet.

use tokio::time::Instant;

use crate::connection::asking::Place;

/// A call that was given up: where its person sees questions, if it has one, and until when it may ask.
#[derive(Debug, Clone, Copy)]
struct Kept {
    place: Option<Place>,
    until: Instant,
}

/// The last of them, and the last of another place. However many there were, no other one makes a difference: whoever is not
/// at the place of the last one is not asked because of it, and whoever is, because of the other one.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    last: Option<Kept>,
    other: Option<Kept>,
}

impl GivenUp {
    /// `until` is never earlier than it was before.
    pub(super) fn note(&mut self, place: Option<Place>, until: Instant) {
        if self.last.is_some_and(|last| last.place != place) {
            self.other = self.last;
        }
        self.last = Some(Kept { place, until });
    }

    /// Whether a question may belong to a call that was not made from this place.
    pub(super) fn is_of_others(&self, place: Place, now: Instant) -> bool {
        let mut kept = [self.last, self.other].into_iter().flatten();
        kept.any(|kept| now < kept.until && kept.place != Some(place))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vertice_domain::{ConversationId, TurnId, UserId};
    use vertice_ports::Ids as _;
    use vertice_runtime::SystemIds;

    use super::*;
    use crate::connection::asking::{Asking, Person};

    fn place() -> Place {
        let person = Person {
            user: UserId::new(SystemIds.uuid()),
            conversation: Some(ConversationId::new(SystemIds.uuid())),
            turn: TurnId::new(SystemIds.uuid()),
            server: "s".into(),
            questions: futures::channel::mpsc::channel(0).0,
        };
        Asking::new(person).place()
    }

    #[test]
    fn calls_of_others_count_until_their_time_is_up() {
        let (ann, bob, cem, now) = (place(), place(), place(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut given_up = GivenUp::default();
        assert!(!given_up.is_of_others(ann, now));
        for (place, until) in [(ann, 10), (bob, 11), (bob, 12), (ann, 13)] {
            given_up.note(Some(place), at(until));
        }
        let of_others = |given_up: &GivenUp, second| {
            [ann, bob, cem].map(|place| given_up.is_of_others(place, at(second)))
        };
        assert_eq!(of_others(&given_up, 11), [true, true, true]);
        assert_eq!(of_others(&given_up, 12), [false, true, true], "Bob's time is up");
        assert_eq!(of_others(&given_up, 13), [false; 3]);
        for _many in 0..1_000 {
            given_up.note(Some(bob), at(14));
            given_up.note(Some(cem), at(14));
        }
        assert_eq!(of_others(&given_up, 13), [true; 3]);
        given_up.note(None, at(15));
        assert_eq!(of_others(&given_up, 14), [true; 3], "a call with nobody to be asked may ask");
        assert_eq!(of_others(&given_up, 15), [false; 3]);
    }
}
