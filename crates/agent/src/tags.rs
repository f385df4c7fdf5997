//! Artifacts of models that call no tools: such a model writes tags in its text, and they are read as the calls that other models
//! make. What was called is written back to it as tags, and it never hears of a tool. Pure.
//!
//! The names of the tools and of their arguments are the workbench's.

mod content;
mod fence;
mod opening;
mod reader;
mod written;

pub(crate) use opening::Opening;
pub(crate) use reader::{Piece, Reader};
pub(crate) use written::in_words;

pub(crate) const CREATE: &str = "create_artifact";
pub(crate) const REWRITE: &str = "rewrite_artifact";
pub(crate) const EDIT: &str = "edit_artifact";

/// What ends a content, at the beginning of a line or at the end of one.
const ARTIFACT_ENDS: &str = "</artifact>";
const EDIT_ENDS: &str = "</artifact_edit>";
const FIND: &str = "<find>";
const FIND_ENDS: &str = "</find>";
const REPLACE: &str = "<replace>";
const REPLACE_ENDS: &str = "</replace>";

/// What stands at the end of a result where the answer was cut off before its artifact was whole.
pub(crate) const CUT_OFF: &str =
    "Your answer was cut off there, so it may not be whole: write the rest with an edit, or all of it anew.";

/// What such a model is told before everything else. It never changes: what providers have cached begins with it.
pub(crate) const INSTRUCTIONS: &str = r#"You can make artifacts: files that are shown and can be edited beside the chat. Use them for what the person will keep, look at or work on (a page, a component, a document, a diagram, a program), not for short snippets and explanations. To make one, or to write all of it anew, write it between tags, each at the beginning of a line and never inside a code fence:

<artifact path="src/App.tsx" title="A short title" type="react">
the whole content
</artifact>

type is code, markdown, html, react, svg, mermaid or json. HTML, React (one default export; react, lucide-react, recharts and Tailwind are there), SVG and Mermaid are shown alive, without network; files import each other by relative paths. To change a part of one, give a text that stands in it exactly once, and what is to stand there instead:

<artifact_edit path="src/App.tsx">
<find>the old text</find>
<replace>the new text</replace>
</artifact_edit>

What you write outside of the tags is said in the chat. If a tag fails, you are told with the next message."#;
