//! Which heading a conversation stands under. Pure.

use vertice_domain::{ConversationId, Timestamp, conversation::ConversationHit};

use crate::{strings::t, ui::time::Day};

/// Conversations under one heading, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) items: Vec<ConversationHit>,
}

/// The heading of a conversation that is not pinned, by the user's own days.
fn label(updated: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let (day, today) = (Day::of(updated, offset_minutes), Day::of(now, offset_minutes));
    match today.number - day.number {
        ..=0 => t().sidebar.today.to_owned(),
        1 => t().sidebar.yesterday.to_owned(),
        2..=7 => t().sidebar.week.to_owned(),
        8..=30 => t().sidebar.thirty_days.to_owned(),
        _ => day.month_heading(today.year),
    }
}

/// Puts conversations under their headings. `items` come pinned ones first, then the newest; that order is kept.
pub(super) fn group(items: &[ConversationHit], now: Timestamp, offset_minutes: i32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for item in items {
        let conversation = &item.conversation;
        let label = if conversation.pinned {
            t().sidebar.pinned.to_owned()
        } else {
            label(conversation.updated_at, now, offset_minutes)
        };
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.items.push(item.clone()),
            None => groups.push(Group { label, items: vec![item.clone()] }),
        }
    }
    groups
}

/// Puts `items` into the list's order: pinned ones first, then the newest.
pub(super) fn sort(items: &mut [ConversationHit]) {
    let order = |hit: &ConversationHit| {
        let conversation = &hit.conversation;
        (!conversation.pinned, std::cmp::Reverse(conversation.updated_at))
    };
    items.sort_by_key(order);
}

/// Adds a later page, without those that moved forward in the meantime and are there already.
pub(super) fn append(items: &mut Vec<ConversationHit>, page: Vec<ConversationHit>) {
    let known =
        |items: &[ConversationHit], id: ConversationId| items.iter().any(|hit| hit.conversation.id == id);
    for hit in page {
        if !known(items, hit.conversation.id) {
            items.push(hit);
        }
    }
}

/// `items`, as far as they are loaded, with the open conversation at its place.
pub(super) fn with_open(items: &[ConversationHit], open: Option<&ConversationHit>) -> Vec<ConversationHit> {
    let mut shown = items.to_vec();
    append(&mut shown, open.filter(|open| !open.conversation.archived).cloned().into_iter().collect());
    if shown.len() > items.len() {
        sort(&mut shown);
    }
    shown
}

#[cfg(test)]
pub(super) mod tests {
    use vertice_domain::{Conversation, conversation::Mode};

    use super::*;

    pub(in super::super) fn hit(number: u8, updated: &str, pinned: bool) -> ConversationHit {
        let updated_at: Timestamp = updated.parse().expect("a valid time");
        ConversationHit {
            conversation: Conversation {
                id: format!("018f0000-0000-7000-8000-0000000000{number:02x}").parse().expect("a valid id"),
                title: format!("Conversation {number}"),
                pinned,
                archived: false,
                model: "auto".to_owned(),
                system_prompt: None,
                mode: Mode::Chat,
                head_message_id: None,
                created_at: updated_at,
                updated_at,
            },
            message_id: None,
            snippet: None,
        }
    }

    fn labels(offset_minutes: i32) -> Vec<(String, usize)> {
        let items = [
            hit(1, "2026-05-01T00:00:00Z", true),
            hit(2, "2026-11-23T11:00:00Z", false),
            hit(3, "2026-11-22T23:30:00Z", false),
            hit(4, "2026-11-16T12:00:00Z", false),
            hit(5, "2026-11-15T12:00:00Z", false),
            hit(6, "2026-10-24T12:00:00Z", false),
            hit(7, "2026-10-23T12:00:00Z", false),
            hit(8, "2025-11-23T12:00:00Z", false),
        ];
        let now = "2026-11-23T12:00:00Z".parse().expect("a valid time");
        group(&items, now, offset_minutes).into_iter().map(|group| (group.label, group.items.len())).collect()
    }

    #[test]
    fn conversations_stand_under_their_day() {
        let expected = [
            (t().sidebar.pinned, 1),
            (t().sidebar.today, 1),
            (t().sidebar.yesterday, 1),
            (t().sidebar.week, 1),
            (t().sidebar.thirty_days, 2),
            ("October", 1),
            ("November 2025", 1),
        ];
        assert_eq!(labels(0), expected.map(|(label, count)| (label.to_owned(), count)));
    }

    #[test]
    fn a_day_is_the_users_own() {
        // 23:30 UTC is half past midnight an hour further east.
        assert_eq!(labels(60)[1], (t().sidebar.today.to_owned(), 2));
    }

    #[test]
    fn a_clock_that_runs_behind_does_not_lose_anything() {
        let now = "2026-11-23T12:00:00Z".parse().expect("a valid time");
        assert_eq!(group(&[hit(1, "2026-11-24T12:00:00Z", false)], now, 0)[0].label, t().sidebar.today);
    }

    #[test]
    fn pages_are_joined_without_doubles() {
        let mut items = vec![hit(1, "2026-11-23T11:00:00Z", false), hit(2, "2026-11-22T11:00:00Z", false)];
        append(
            &mut items,
            vec![hit(2, "2026-11-22T11:00:00Z", false), hit(3, "2026-11-21T11:00:00Z", false)],
        );
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn the_open_conversation_is_always_there() {
        let items = [hit(1, "2026-11-23T11:00:00Z", true), hit(2, "2026-11-22T11:00:00Z", false)];
        let order = |open: Option<&ConversationHit>| -> Vec<String> {
            with_open(&items, open).into_iter().map(|hit| hit.conversation.title).collect()
        };
        assert_eq!(order(None), ["Conversation 1", "Conversation 2"]);
        assert_eq!(order(Some(&items[1])), order(None), "and only once");
        let old = hit(3, "2026-01-22T11:00:00Z", false);
        assert_eq!(order(Some(&old)), ["Conversation 1", "Conversation 2", "Conversation 3"]);
        let pinned = hit(4, "2026-01-22T11:00:00Z", true);
        assert_eq!(order(Some(&pinned)), ["Conversation 1", "Conversation 4", "Conversation 2"]);
        let archived = Conversation { archived: true, ..old.conversation };
        assert_eq!(order(Some(&ConversationHit { conversation: archived, ..pinned })), order(None));
    }

    #[test]
    fn pinning_moves_to_the_top_and_unpinning_back() {
        let mut items = vec![hit(1, "2026-11-23T11:00:00Z", false), hit(2, "2026-11-22T11:00:00Z", true)];
        sort(&mut items);
        assert!(items[0].conversation.pinned);
        items[0].conversation.pinned = false;
        sort(&mut items);
        assert_eq!(items[0].conversation.title, "Conversation 1");
    }
}
