//! From the messages of another app to ours: whoever speaks several times in a row has said one message, and a branch in the
//! midst of that is a sibling that says all of it. Pure.

mod parts;

use std::collections::HashMap;

use vertice_domain::{
    Author, Conversation, Message, MessageId, MessageStatus, Mode, Timestamp, conversation::MAX_TITLE_CHARS,
    model, title,
};
use vertice_ports::{Ids, store::WholeMessage};

use crate::{
    found::{Found, Node, Piece},
    stop::Stop,
};

/// What stands before an answer that nobody has asked for, since models are told of conversations that begin with a question.
const UNASKED: &str = "[The export begins with an answer; what was asked is not in it.]";

/// How many more messages than there are may come of branches in the midst of an answer.
const MOST_COPIED: usize = 1_000;
/// What copies for these branches may cost, in bytes, beside twice what the conversation itself does.
const MOST_COPIED_BYTES: usize = 1024 * 1024;

/// A conversation as it is to be stored.
pub(crate) struct Whole {
    pub(crate) conversation: Conversation,
    pub(crate) messages: Vec<WholeMessage>,
    /// Branches that could not be made.
    pub(crate) left_out: u64,
}

/// None: it says nothing. Where it is stopped, it is not whole, and nobody wants it.
pub(crate) fn whole(found: &Found, ids: &dyn Ids, now: Timestamp, stop: &Stop) -> Option<Whole> {
    let forest = Forest::of(&found.nodes);
    let room = Room::of(&found.nodes);
    let id = ids.conversation();
    let mut grower = Grower { found, forest, ids, now, id, grown: Vec::new(), room, left_out: 0 };
    grower.grow(stop);
    let Grower { forest, grown, left_out, .. } = grower;
    if grown.is_empty() {
        return None;
    }
    let head = head(found, &forest, &grown);
    let times = || grown.iter().map(|one| one.message.created_at);
    let created = found.created.or_else(|| times().min()).unwrap_or(now).min(now);
    let updated = found.updated.or_else(|| times().max()).unwrap_or(created).min(now).max(created);
    let conversation = Conversation {
        id,
        title: title_of(found, &grown),
        pinned: found.pinned,
        archived: found.archived,
        model: model::AUTO.to_owned(),
        system_prompt: None,
        mode: Mode::Chat,
        head_message_id: Some(head),
        created_at: created,
        updated_at: updated,
    };
    let messages =
        grown.into_iter().map(|one| WholeMessage { message: one.message, sealed: Vec::new() }).collect();
    Some(Whole { conversation, messages, left_out })
}

fn title_of(found: &Found, grown: &[Grown]) -> String {
    let given = found.title.as_deref().map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    let given = given.map(|title| title.replace('\0', "")).filter(|title| !title.is_empty());
    let first = || {
        let asked = grown.iter().map(|one| &one.message).find(|message| message.role == Author::User);
        title::from_message(&asked.map(Message::text).unwrap_or_default())
    };
    given.unwrap_or_else(first).chars().take(MAX_TITLE_CHARS).collect()
}

/// Where the owner looks: the message they looked at, or the newest one; from there down to its end.
fn head(found: &Found, forest: &Forest<'_>, grown: &[Grown]) -> MessageId {
    let mut newest_child: HashMap<MessageId, usize> = HashMap::new();
    for (at, one) in grown.iter().enumerate() {
        if let Some(parent) = one.message.parent_id {
            newest_child.insert(parent, at);
        }
    }
    let wanted = found.head.as_ref().and_then(|id| forest.by_id.get(id.as_str()));
    let wanted = wanted.and_then(|at| forest.speakers[*at]);
    let holds = |node: usize| {
        let is_last = |one: &Grown| one.run.last() == Some(&node);
        grown.iter().position(is_last).or_else(|| grown.iter().position(|one| one.run.contains(&node)))
    };
    let newest =
        || (0..grown.len()).max_by_key(|at| (grown[*at].message.created_at, *at)).unwrap_or_default();
    let mut at = wanted.and_then(holds).unwrap_or_else(newest);
    while let Some(child) = newest_child.get(&grown[at].message.id) {
        at = *child;
    }
    grown[at].message.id
}

/// Which message answers which, without those that say nothing.
struct Forest<'a> {
    by_id: HashMap<&'a str, usize>,
    parents: Vec<Option<usize>>,
    /// Each message itself, or the nearest one above it that says something.
    speakers: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
}

impl<'a> Forest<'a> {
    fn of(nodes: &'a [Node]) -> Self {
        let mut by_id = HashMap::new();
        for (at, node) in nodes.iter().enumerate() {
            by_id.entry(node.id.as_str()).or_insert(at);
        }
        let parents = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| {
                node.parent.as_deref().and_then(|id| by_id.get(id)).copied().filter(|p| *p != at)
            })
            .collect();
        let children = vec![Vec::new(); nodes.len()];
        let mut forest = Self { by_id, parents, speakers: Vec::new(), children, roots: Vec::new() };
        forest.break_circles();
        forest.find_speakers(nodes);
        for (at, node) in nodes.iter().enumerate() {
            if node.pieces.is_empty() {
                continue;
            }
            match forest.parents[at].and_then(|parent| forest.speakers[parent]) {
                Some(parent) => forest.children[parent].push(at),
                None => forest.roots.push(at),
            }
        }
        forest
    }

    /// Whoever answers itself, over however many others, answers nobody.
    fn break_circles(&mut self) {
        let mut known = vec![0_usize; self.parents.len()];
        for start in 0..self.parents.len() {
            let (mut at, mark) = (start, start + 1);
            while known[at] == 0 {
                known[at] = mark;
                match self.parents[at] {
                    Some(parent) if known[parent] == mark => self.parents[at] = None,
                    Some(parent) => at = parent,
                    None => {}
                }
            }
        }
    }

    fn find_speakers(&mut self, nodes: &[Node]) {
        let mut found: Vec<Option<Option<usize>>> = vec![None; nodes.len()];
        for start in 0..nodes.len() {
            let (mut at, mut silent) = (start, Vec::new());
            let speaker = loop {
                match found[at] {
                    Some(known) => break known,
                    None if !nodes[at].pieces.is_empty() => break Some(at),
                    None => silent.push(at),
                }
                match self.parents[at] {
                    Some(parent) => at = parent,
                    None => break None,
                }
            };
            found[at] = Some(speaker);
            for one in silent {
                found[one] = Some(speaker);
            }
        }
        self.speakers = found.into_iter().map(Option::flatten).collect();
    }
}

/// A message that was made, and of which ones.
struct Grown {
    message: Message,
    run: Vec<usize>,
}

/// Messages in a row of one author, and the message that they answer.
struct Run {
    nodes: Vec<usize>,
    parent: Option<usize>,
}

/// How much may still be copied.
struct Room {
    nodes: usize,
    bytes: usize,
    /// What a copy of each message costs.
    costs: Vec<usize>,
}

impl Room {
    fn of(nodes: &[Node]) -> Self {
        let costs: Vec<usize> = nodes.iter().map(|node| node.pieces.iter().map(Piece::size).sum()).collect();
        let all = costs.iter().sum::<usize>();
        Self {
            nodes: nodes.len().saturating_mul(3).saturating_add(MOST_COPIED),
            bytes: all.saturating_mul(2).saturating_add(MOST_COPIED_BYTES),
            costs,
        }
    }

    /// Whether there is room for a copy of these; then it is taken.
    fn take(&mut self, run: &[usize]) -> bool {
        let cost = || run.iter().map(|at| self.costs[*at]).sum();
        let nodes = self.nodes.checked_sub(run.len());
        let left = nodes.and_then(|nodes| Some((nodes, self.bytes.checked_sub(cost())?)));
        if let Some((nodes, bytes)) = left {
            (self.nodes, self.bytes) = (nodes, bytes);
        }
        left.is_some()
    }
}

struct Grower<'a> {
    found: &'a Found,
    forest: Forest<'a>,
    ids: &'a dyn Ids,
    now: Timestamp,
    id: vertice_domain::ConversationId,
    grown: Vec<Grown>,
    room: Room,
    left_out: u64,
}

impl Grower<'_> {
    fn grow(&mut self, stop: &Stop) {
        let mut waiting: Vec<Run> =
            self.forest.roots.iter().rev().map(|root| Run { nodes: vec![*root], parent: None }).collect();
        while let Some(mut run) = waiting.pop().filter(|_| !stop.is_asked()) {
            let (same, others) = self.follow(&mut run.nodes);
            // What comes later is pushed first: the order of the branches stays.
            let is_message = !others.is_empty() || same.is_empty();
            let mut next = Vec::new();
            for node in same {
                // What becomes no message itself goes on in the first of its branches.
                let is_copy = is_message || !next.is_empty();
                if is_copy && !self.room.take(&run.nodes) {
                    self.left_out += 1;
                    continue;
                }
                let nodes = run.nodes.iter().copied().chain([node]).collect();
                next.push(Run { nodes, parent: run.parent });
            }
            if is_message {
                let made = self.message(run);
                next.extend(others.into_iter().map(|node| Run { nodes: vec![node], parent: Some(made) }));
            }
            waiting.extend(next.into_iter().rev());
        }
    }

    /// Goes on as long as the same author does; then what follows by them, and what by the other one.
    fn follow(&self, run: &mut Vec<usize>) -> (Vec<usize>, Vec<usize>) {
        let nodes = &self.found.nodes;
        loop {
            let last = run.last().copied().unwrap_or_default();
            let is_same = |child: &usize| nodes[*child].author == nodes[last].author;
            let (same, others): (Vec<usize>, Vec<usize>) =
                self.forest.children[last].iter().partition(|child| is_same(child));
            match same.as_slice() {
                [only] if others.is_empty() => run.push(*only),
                _ => return (same, others),
            }
        }
    }

    /// Makes a message of them; its place.
    fn message(&mut self, run: Run) -> usize {
        let nodes: Vec<&Node> = run.nodes.iter().map(|at| &self.found.nodes[*at]).collect();
        let author = nodes[0].author;
        let at = nodes.iter().find_map(|node| node.at);
        let parent = match run.parent {
            None if author == Author::Assistant => {
                let piece = Piece::Text(UNASKED.to_owned());
                Some(self.push(Author::User, None, at, &[&piece], Vec::new()))
            }
            parent => parent,
        };
        let pieces: Vec<&Piece> = nodes.iter().flat_map(|node| &node.pieces).collect();
        let model = nodes.iter().rev().find_map(|node| node.model.clone());
        let is_cut = nodes.last().is_some_and(|node| node.is_cut);
        let made = self.push(author, parent, at, &pieces, run.nodes);
        let message = &mut self.grown[made].message;
        if author == Author::Assistant {
            message.model = model;
            message.status = if is_cut { MessageStatus::Interrupted } else { MessageStatus::Complete };
        }
        made
    }

    fn push(
        &mut self,
        author: Author,
        parent: Option<usize>,
        at: Option<Timestamp>,
        pieces: &[&Piece],
        run: Vec<usize>,
    ) -> usize {
        let above = parent.map(|parent| &self.grown[parent].message);
        // Nobody answers before they were asked; what has no time follows at once.
        let earliest = above.map(|message| message.created_at.plus_millis(1));
        let at = match (at, earliest) {
            (Some(at), Some(earliest)) => at.max(earliest),
            (at, earliest) => at.or(earliest).or(self.found.created).unwrap_or(self.now),
        };
        let mut message =
            Message::blank(self.ids.message(), self.id, above.map(|message| message.id), author, at);
        message.parts = parts::parts(author, self.found.source, pieces);
        self.grown.push(Grown { message, run });
        self.grown.len() - 1
    }
}

#[cfg(test)]
mod tests;
