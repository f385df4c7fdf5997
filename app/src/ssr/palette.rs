//! What the command palette finds: read from the ports, and written small.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vertice_domain::{Actor, Artifact, PageRequest, Result, account::Role};
use vertice_ports::{Artifacts, library::ConversationName};

use super::caller;
use crate::{
    api::{
        ApiError,
        palette::{Conversations, Found, PaletteIndex},
    },
    chat::provider_name,
};

/// How many conversations it knows; older ones are found by the search.
const MOST_CONVERSATIONS: u32 = 10_000;
/// How many pages of artifacts are read.
const MOST_PAGES: usize = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What a title ends with.
const END: char = '\u{7f}';

pub(crate) async fn palette(known: &str) -> std::result::Result<PaletteIndex, ApiError> {
    let (services, actor) = caller()?;
    let (names, models, artifacts, tools) = futures::try_join!(
        services.library.names(&actor, MOST_CONVERSATIONS),
        services.models.list(&actor),
        all_artifacts(&*services.artifacts, &actor),
        services.mcp.tools(&actor),
    )?;
    let found = Found {
        admin: actor.role == Role::Admin,
        conversations: written(&names),
        models: models
            .into_iter()
            .map(|model| (model.id, model.name, provider_name(model.provider).to_owned(), model.available))
            .collect(),
        artifacts: artifacts
            .into_iter()
            .map(|one| (one.id.to_string(), one.title, one.path.to_string(), one.conversation_id.to_string()))
            .collect(),
        tools: tools.into_iter().map(|tool| (tool.name, tool.server.to_string())).collect(),
    };
    let mut hasher = DefaultHasher::new();
    found.hash(&mut hasher);
    let hash = format!("{:016x}", hasher.finish());
    Ok(PaletteIndex { found: (hash != known).then_some(found), hash })
}

async fn all_artifacts(artifacts: &dyn Artifacts, actor: &Actor) -> Result<Vec<Artifact>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    for _page in 0..MOST_PAGES {
        let page = artifacts.list(actor, None, &PageRequest::new(Some(PageRequest::MAX), cursor)?).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(all)
}

fn written(names: &[ConversationName]) -> Conversations {
    let mut out = Conversations::default();
    for (place, one) in (0_u32..).zip(names) {
        URL_SAFE_NO_PAD.encode_string(one.id.as_uuid().as_bytes(), &mut out.ids);
        out.titles.extend(one.title.chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.titles.push(END);
        let day = one.updated_at.as_millis().div_euclid(DAY_MS);
        match out.days.last_mut() {
            Some((last, count)) if *last == day => *count += 1,
            _ => out.days.push((day, 1)),
        }
        if one.pinned {
            out.pinned.push(place);
        }
        if one.archived {
            out.archived.push(place);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use vertice_domain::Timestamp;

    use super::*;

    fn name(n: usize) -> ConversationName {
        let id = format!("018f0000-0000-7000-8000-{n:012x}").parse().expect("an id");
        let title = format!("Search p95 regression {}", n % 10);
        // One in an hour and three quarters: ten thousand are two years.
        let updated_at = Timestamp::from_millis(1_795_000_000_000 - 6_300_000 * n as i64);
        ConversationName { id, title, pinned: n == 1, archived: n % 50 == 2, updated_at }
    }

    #[test]
    fn conversations_are_written_in_their_order() {
        let mut names: Vec<_> = (0..3).map(name).collect();
        names[1].title = "a\tb\u{7f}".to_owned();
        let out = written(&names);
        assert_eq!(out.ids.len(), 3 * 22);
        assert_eq!(out.titles, "Search p95 regression 0\u{7f}a b \u{7f}Search p95 regression 2\u{7f}");
        assert_eq!(out.days.iter().map(|(_, count)| count).sum::<u32>(), 3);
        assert_eq!((out.pinned, out.archived), (vec![1], vec![2]));
    }

    #[test]
    fn ten_thousand_conversations_are_less_than_half_a_megabyte() {
        let names: Vec<_> = (0..10_000).map(name).collect();
        let written = serde_json::to_string(&written(&names)).expect("JSON");
        assert!(written.len() < 500_000, "{}", written.len());
        assert!(written.matches('\\').count() == 0, "nothing is escaped");
    }
}
