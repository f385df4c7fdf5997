//! What stands in a line and is more than a pair of tags: links, pictures, footnotes, formulas. It must never write an
//! address that was not looked at.

use std::borrow::Cow;

use pulldown_cmark::{CowStr, LinkType};

use super::{
    super::{math_block, normalise},
    BREAK, Mode, Writer,
};
use crate::{
    links,
    math::{self, Formula},
};

impl Writer<'_, '_> {
    pub(super) fn start_link(&mut self, kind: LinkType, url: &CowStr<'_>, title: &CowStr<'_>) {
        let url = math::restore(url, self.formulas);
        let url = if kind == LinkType::Email { format!("mailto:{url}").into() } else { url };
        self.inline += 1;
        if links::is_safe(&url) {
            links::open(&mut self.out, &url, &math::restore(title, self.formulas));
            self.links.push("</a>");
        } else {
            self.links.push("");
        }
    }

    /// Remote images are buttons: loading one tells its host that the text was read. They are fetched over https alone.
    pub(super) fn end_image(&mut self) {
        let Mode::Image { url, alt, .. } = std::mem::replace(&mut self.mode, Mode::Flow) else { return };
        let alt = math::restore(&alt, self.formulas);
        if !links::is_remote(&url) || self.linked() {
            self.out.text(&alt);
            return;
        }
        if !links::is_https(&url) {
            links::open(&mut self.out, &url, "");
            self.out.text(if alt.is_empty() { &url } else { &alt });
            self.out.tag("</a>");
            return;
        }
        self.out.tag("<button type=\"button\" class=\"md-image\" data-src=\"");
        self.out.text(&url);
        self.out.tag("\" data-alt=\"");
        self.out.text(&alt);
        self.out.tag("\">");
        self.out.tag(self.definitions.words.show_image_from);
        self.out.tag(" <b>");
        self.out.text(links::host(&url));
        self.out.tag("</b></button>");
    }

    pub(super) fn footnote(&mut self, label: &str) {
        let restored = math::restore(label, self.formulas);
        let key = normalise(&restored);
        let number = self.definitions.notes.get(&key).copied();
        // A link in a link is none.
        if let Some(number) = number.filter(|_| !self.linked()) {
            self.flush();
            let id = note_id(self.definitions.prefix, number);
            self.out.tag("<sup><a href=\"#");
            self.out.text(&id);
            self.out.tag("\" aria-label=\"");
            self.out.tag(self.definitions.words.footnote);
            self.out.tag(" ");
            self.out.number(number as u64);
            self.out.tag("\">");
            self.out.number(number as u64);
            self.out.tag("</a></sup>");
        } else {
            if number.is_none() {
                self.missing.push(format!("^{key}"));
            }
            self.text.push_str("[^");
            self.text.push_str(label);
            self.text.push(']');
        }
    }

    /// A formula on its own line cannot stand in a `<p>`: the paragraph is closed around it.
    pub(super) fn formula(&mut self, formula: Formula<'_>) {
        // A cell takes its backslashes before anything else in it is read.
        let tex = if self.table.in_cell {
            formula.tex.replace("\\|", "|").into()
        } else {
            Cow::Borrowed(formula.tex)
        };
        if !formula.display || self.inline > 0 {
            math::write(&mut self.out, &tex, formula.display, formula.source);
        } else if let Some(paragraph) = self.paragraph {
            self.out.retract_text(BREAK);
            self.end_paragraph();
            math_block(&mut self.out, &tex, formula.source);
            self.start_paragraph(paragraph.direction);
        } else {
            self.out.retract_text(BREAK);
            math_block(&mut self.out, &tex, formula.source);
        }
    }

    /// A line of the source ends. There is a break already where a formula stands on its own.
    pub(super) fn line_break(&mut self) {
        self.flush();
        let begins = self.paragraph.is_some_and(|paragraph| paragraph.text == self.out.place());
        if self.out.ends_with("<br>") {
            self.out.tag("\n");
        } else if !begins && !self.out.ends_with("</div>") {
            self.out.tag(BREAK);
        }
    }

    /// HTML that is not taken for HTML.
    pub(super) fn html(&mut self, html: &str) {
        self.flush();
        let html = math::restore(html, self.formulas);
        for (at, line) in html.split('\n').enumerate() {
            if at > 0 {
                self.out.tag(BREAK);
            }
            self.out.text(line);
        }
    }

    pub(super) fn code(&mut self, code: &str) {
        self.tag("<code>");
        self.out.text(&math::restore(code, self.formulas));
        self.out.tag("</code>");
    }

    pub(super) fn open_inline(&mut self, tag: &'static str) {
        self.inline += 1;
        self.out.tag(tag);
    }

    pub(super) fn close_inline(&mut self, tag: &'static str) {
        self.inline = self.inline.saturating_sub(1);
        self.out.tag(tag);
    }
}

/// The id of a footnote on the page.
pub(crate) fn note_id(prefix: u32, number: usize) -> String {
    format!("fn-{prefix:x}-{number}")
}
