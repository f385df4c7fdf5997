//! From a closed block to its HTML. It depends on the block and the definitions alone, not on how the text arrived.

use crate::blocks::{Block, Kind};
use crate::html::{self, Continuation, Definitions, Missing, code};
use crate::markup::Html;

pub(super) fn continuation(kind: &Kind) -> Continuation {
    match kind {
        Kind::ListPart(number) => Continuation { start: Some(*number), headless: false },
        Kind::TablePart(_) => Continuation { start: None, headless: true },
        _ => Continuation::default(),
    }
}

/// Renders one closed block.
pub(super) fn block_html(
    source: &str,
    block: &Block,
    definitions: &Definitions,
    missing: &mut Missing,
) -> Html {
    let text = &source[block.range.clone()];
    match &block.kind {
        Kind::Markdown | Kind::ListPart(_) => {
            html::markdown(text, continuation(&block.kind), definitions, missing)
        }
        Kind::TablePart(head) => {
            let table = format!("{}{text}", &source[head.clone()]);
            html::markdown(&table, continuation(&block.kind), definitions, missing)
        }
        Kind::Fence { info, code, indent } => {
            let mut out = Html::new();
            code::block(
                &mut out,
                &source[info.clone()],
                &unindent(source, code.clone(), *indent),
                definitions.words,
            );
            out
        }
        Kind::Math(tex) => {
            let mut out = Html::new();
            html::math_block(&mut out, &source[tex.clone()], text.trim_end());
            out
        }
        Kind::Footnote { .. } => Html::new(),
    }
}

/// Text of the source without the indentation its fence has. The range may start inside a line.
pub(super) fn unindent(source: &str, range: std::ops::Range<usize>, indent: usize) -> String {
    let mut line_start = source[..range.start].ends_with('\n');
    let text = &source[range];
    if indent == 0 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let spaces = line.bytes().take(indent).take_while(|&b| b == b' ').count();
        out.push_str(if std::mem::replace(&mut line_start, true) { &line[spaces..] } else { line });
    }
    out
}

/// The text of a footnote without the indentation of its further lines.
pub(super) fn dedent(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| &line[line.bytes().take(4).take_while(|&b| b == b' ').count()..])
        .collect()
}
