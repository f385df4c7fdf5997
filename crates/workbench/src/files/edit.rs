//! Writing a file, and replacing a text in one.

use futures::channel::oneshot;
use schemars::JsonSchema;
use serde::Deserialize;
use vertice_domain::{Error, ErrorKind};
use vertice_ports::{Workspace, toolbox::Told};

use crate::{arguments::path, kit::told};

/// Places that are told where a text stands more than once.
const MOST_TOLD: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    path: String,
    content: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    path: String,
    /// What stands there, to the last blank. Enough of it that it stands there once.
    old: String,
    /// What is to stand there.
    new: String,
    /// Replaces it everywhere.
    #[serde(default)]
    all: bool,
}

pub(super) async fn write(workspace: &dyn Workspace, wanted: Write) -> Result<Told, Told> {
    let path = path(&wanted.path)?;
    let lines = wanted.content.lines().count();
    workspace.write(&path, wanted.content.into_bytes()).await.map_err(told)?;
    Ok(Told::text(format!("Wrote {}, {lines} lines.", path.as_str())))
}

pub(super) async fn edit(workspace: &dyn Workspace, wanted: Edit) -> Result<Told, Told> {
    let path = path(&wanted.path)?;
    let (told_lines, lines) = oneshot::channel();
    let change = move |content: Vec<u8>| {
        let bytes = content.len();
        let text = String::from_utf8(content)
            .map_err(|_| refused(format!("{} is no text ({bytes} bytes).", wanted.path)))?;
        let Edit { path, old, new, all } = &wanted;
        let (edited, lines) = edited(&text, path, (old, new), *all).map_err(refused)?;
        let _waiting = told_lines.send(lines);
        Ok(edited.into_bytes())
    };
    workspace.change(&path, Box::new(change)).await.map_err(told)?;
    let lines: Vec<usize> = lines.await.unwrap_or_default();
    let places: Vec<String> = lines.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let more = if lines.len() > MOST_TOLD { " and more" } else { "" };
    Ok(Told::text(format!("Edited {}, line {}{more}.", path.as_str(), places.join(", "))))
}

fn refused(why: String) -> Error {
    Error::new(ErrorKind::Invalid, "edit_refused", why)
}

/// The text as it is to be, and the lines where it was changed.
pub(crate) fn edited(
    text: &str,
    path: &str,
    (old, new): (&str, &str),
    all: bool,
) -> Result<(String, Vec<usize>), String> {
    if old.is_empty() {
        return Err("old must not be empty. To write all of it anew, there is another tool.".to_owned());
    }
    if old == new {
        return Err("old and new are the same.".to_owned());
    }
    let line = |place: usize| text[..place].matches('\n').count() + 1;
    let lines: Vec<usize> = text.match_indices(old).map(|(place, _)| line(place)).collect();
    match lines.len() {
        0 => Err(format!("{path} does not hold this text. Read it again: blanks and ends of lines count.")),
        1 => Ok((text.replacen(old, new, 1), lines)),
        _ if all => Ok((text.replace(old, new), lines)),
        count => {
            let places: Vec<String> = lines.iter().take(MOST_TOLD).map(ToString::to_string).collect();
            let places = places.join(", ");
            Err(format!(
                "It stands there {count} times (lines {places}). Give more of what is around it, or set all."
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(text: &str, old: &str, new: &str, all: bool) -> Result<(String, Vec<usize>), String> {
        edited(text, "a", (old, new), all)
    }

    #[test]
    fn a_text_is_replaced_where_it_stands_once() {
        assert_eq!(replace("a\nb\nc", "b", "x", false), Ok(("a\nx\nc".into(), vec![2])));
        assert_eq!(replace("b\nb", "b", "x", true), Ok(("x\nx".into(), vec![1, 2])));
        let told = replace("b\na\nb", "b", "x", false).unwrap_err();
        assert!(told.contains("2 times (lines 1, 3)"), "{told}");
        assert!(replace("a", "b", "x", false).unwrap_err().contains("does not hold"));
        assert!(replace("a", "", "x", false).is_err() && replace("a", "a", "a", false).is_err());
    }
}
