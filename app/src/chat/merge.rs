//! How the thread on the page becomes the thread that the server tells: entries that stay keep their elements. Pure.

use vertice_domain::MessageId;

/// Where an entry of the new thread comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// It is shown at this place already; with the place of its message among those told, if it is there.
    Shown(usize, Option<usize>),
    /// It is new: the place of its message among those told.
    Told(usize),
}

/// Plans the new thread. `shown` are the messages on the page; none: one that the server does not know yet, which stays
/// at the end.
pub(crate) fn plan(shown: &[Option<MessageId>], told: &[MessageId]) -> Vec<From> {
    let told_part = told.iter().enumerate().map(|(place, id)| {
        let at = shown.iter().position(|shown| shown.as_ref() == Some(id));
        at.map_or(From::Told(place), |at| From::Shown(at, Some(place)))
    });
    let unknown =
        shown.iter().enumerate().filter(|(_, id)| id.is_none()).map(|(at, _)| From::Shown(at, None));
    told_part.chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> MessageId {
        format!("01936b1e-0000-7000-8000-0000000000{number:02}").parse().expect("an id")
    }

    #[test]
    fn what_stays_is_kept_and_what_is_unknown_comes_last() {
        let shown = [Some(id(1)), Some(id(2)), Some(id(3)), None];
        let plan = plan(&shown, &[id(1), id(4), id(3)]);
        assert_eq!(
            plan,
            [From::Shown(0, Some(0)), From::Told(1), From::Shown(2, Some(2)), From::Shown(3, None)]
        );
    }

    #[test]
    fn an_empty_page_shows_what_is_told() {
        assert_eq!(plan(&[], &[id(1)]), [From::Told(0)]);
        assert_eq!(plan(&[Some(id(1))], &[]), []);
    }
}
