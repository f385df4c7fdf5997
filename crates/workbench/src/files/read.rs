//! Reading a file, as much of it as a model can use.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use vertice_domain::ImageType;
use vertice_ports::{Workspace, toolbox::Told};

use crate::{arguments::path, kit::told};

/// Lines that are told at once unless said, and bytes of them, and characters of one.
const LINES: usize = 1_000;
const BYTES: usize = 48 * 1024;
const WIDEST: usize = 2_000;
/// The most bytes of a picture that is shown.
const LARGEST_PICTURE: usize = 4 * 1024 * 1024;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    path: String,
    /// The first line that is told, from 1.
    #[serde(default)]
    from: Option<usize>,
    /// How many lines.
    #[serde(default)]
    lines: Option<usize>,
}

pub(super) async fn read(workspace: &dyn Workspace, wanted: Read) -> Result<Told, Told> {
    let path = path(&wanted.path)?;
    let content = workspace.read(&path).await.map_err(told)?;
    if let Some(kind) = picture(&content) {
        let told = Told::text(format!("{}: a picture, {} bytes.", path.as_str(), content.len()));
        return Ok(Told { images: vec![(kind, Bytes::from(content))], ..told });
    }
    let bytes = content.len();
    let text = String::from_utf8(content);
    let text = text.map_err(|_| Told::error(format!("{} is no text ({bytes} bytes).", path.as_str())))?;
    let first = wanted.from.unwrap_or(1).max(1);
    Ok(Told::text(numbered(&text, first, wanted.lines.unwrap_or(LINES).clamp(1, LINES))))
}

/// The lines from `first` on, and how to read on.
fn numbered(text: &str, first: usize, most: usize) -> String {
    let all = text.lines().count();
    if all == 0 {
        return "The file is empty.".to_owned();
    }
    if first > all {
        return format!("The file has {all} lines.");
    }
    let (mut out, mut last) = (String::new(), first - 1);
    for line in text.lines().skip(first - 1).take(most) {
        if out.len() > BYTES {
            break;
        }
        last += 1;
        let shown: String = line.chars().take(WIDEST).collect();
        let rest = if shown.len() < line.len() { " […]" } else { "" };
        out.push_str(&format!("{last}\t{shown}{rest}\n"));
    }
    if last < all {
        out.push_str(&format!("[{all} lines; read on from {}]", last + 1));
    }
    out
}

/// What kind of picture it is, by its first bytes, if it is one that a model may be shown.
pub(crate) fn picture(content: &[u8]) -> Option<ImageType> {
    ImageType::of(content).filter(|_| content.len() <= LARGEST_PICTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_cut() {
        assert_eq!(numbered("a\nb\nc", 2, 1), "2\tb\n[3 lines; read on from 3]");
        assert_eq!(numbered("a\nb\n", 1, 9), "1\ta\n2\tb\n");
        assert_eq!(numbered("", 1, 9), "The file is empty.");
        assert_eq!(numbered("a", 7, 9), "The file has 1 lines.");
        let wide = "x".repeat(WIDEST + 1);
        assert!(numbered(&wide, 1, 9).ends_with("x […]\n"));
        let long = "y\n".repeat(BYTES);
        assert!(numbered(&long, 1, usize::MAX).len() < BYTES + 100);
    }
}
