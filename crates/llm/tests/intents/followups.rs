//! Second messages of conversations that mean little without the first one.

use vertice_llm::route::intent::TextIntent;

/// A message, the one before it, and what it asks for.
pub(crate) struct FollowUp {
    pub(crate) intent: TextIntent,
    pub(crate) before: String,
    pub(crate) text: String,
}

pub(crate) fn all() -> Vec<FollowUp> {
    let set = include_str!("../../data/followups.tsv");
    set.lines().filter(|line| !line.starts_with('#')).map(read).collect()
}

fn read(line: &str) -> FollowUp {
    let [intent, _language, before, text] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("a line has four columns: {line}")
    };
    let intent = TextIntent::parse(intent).unwrap_or_else(|| panic!("no such intent: {line}"));
    FollowUp { intent, before: before.replace("\\n", "\n"), text: text.to_owned() }
}
