//! Writes MathML that the converter made, element by element, from a list of what may be in it. It must never copy
//! markup: what is not on the list, or not well-formed, is refused as a whole.

use crate::markup::Html;

/// The deepest nesting of elements that is written.
const DEEPEST: usize = 64;

/// What may stand in an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Elements,
    Text,
    /// Text, with a few elements of HTML for its style.
    Styled,
    Nothing,
}

/// An element that may be written.
#[derive(Clone, Copy)]
struct Element {
    name: &'static str,
    start: &'static str,
    end: &'static str,
    content: Content,
}

macro_rules! elements {
    ($($content:ident: $($name:literal)*;)*) => {
        &[$($(Element {
            name: $name,
            start: concat!("<", $name),
            end: concat!("</", $name, ">"),
            content: Content::$content,
        },)*)*]
    };
}

/// MathML Core, and `menclose`, which `style/prose.css` draws.
const ELEMENTS: &[Element] = elements! {
    Elements: "math" "mrow" "msub" "msup" "msubsup" "munder" "mover" "munderover" "mmultiscripts" "mfrac" "msqrt"
        "mroot" "mtable" "mtr" "mtd" "mpadded" "mphantom" "menclose";
    Text: "mi" "mn" "mo";
    Styled: "mtext";
    Nothing: "mspace" "mprescripts";
};

/// HTML inside of `mtext`. A link is taken for its text: it may lead anywhere.
const STYLES: &[Element] = elements! { Styled: "b" "i" "em" "code" "s" "u" "span" "a"; };

/// Classes the style sheet knows.
const CLASSES: &[&str] = &[
    "menclose-updiagonalstrike",
    "menclose-downdiagonalstrike",
    "menclose-horizontalstrike",
    "math-core-sans-serif-font",
    "math-core-serif-font",
];

/// Writes `mathml` if all of it may be written.
pub(super) fn write(mathml: &str) -> Option<Html> {
    let mut writer = Writer { rest: mathml, out: Html::new(), open: Vec::new() };
    writer.element()?;
    while !writer.open.is_empty() {
        writer.text()?;
        writer.element()?;
    }
    writer.rest.is_empty().then_some(writer.out)
}

struct Writer<'m> {
    rest: &'m str,
    out: Html,
    open: Vec<Element>,
}

impl<'m> Writer<'m> {
    /// Text up to the next tag.
    fn text(&mut self) -> Option<()> {
        let at = self.rest.find('<')?;
        let (text, rest) = self.rest.split_at(at);
        self.rest = rest;
        match self.open.last()?.content {
            Content::Text | Content::Styled => self.out.text(&decode(text)?),
            Content::Elements | Content::Nothing if text.trim_ascii().is_empty() => {}
            Content::Elements | Content::Nothing => return None,
        }
        Some(())
    }

    /// One tag.
    fn element(&mut self) -> Option<()> {
        if self.take("</") {
            let element = self.open.pop()?;
            if !(self.take(element.name) && self.take(">")) {
                return None;
            }
            if element.name != "a" {
                self.out.tag(element.end);
            }
            return Some(());
        }
        if !self.take("<") {
            return None;
        }
        let name = self.name();
        let element = *match self.open.last().map(|parent| parent.content) {
            None => ELEMENTS.iter().find(|element| element.name == name && name == "math"),
            Some(Content::Elements) => ELEMENTS.iter().find(|element| element.name == name && name != "math"),
            Some(Content::Styled) => STYLES.iter().find(|element| element.name == name),
            Some(Content::Text | Content::Nothing) => None,
        }?;
        self.start(element)
    }

    fn start(&mut self, element: Element) -> Option<()> {
        let shown = element.name != "a";
        if shown {
            self.out.tag(element.start);
        }
        while self.take(" ") {
            let name = self.name();
            if name.is_empty() {
                continue;
            }
            if !self.take("=\"") {
                return None;
            }
            let (value, rest) = self.rest.split_once('"')?;
            self.rest = rest;
            // Places to jump to, and jumps: several formulas of a page could have the same.
            if name == "id" || !shown && name == "href" {
                continue;
            }
            let (name, allowed) = attribute(name)?;
            if !allowed(value) {
                return None;
            }
            self.out.attribute(name, value);
        }
        if self.take("/>") {
            self.out.tag(if element.content == Content::Nothing { "/>" } else { return None });
            return Some(());
        }
        if !self.take(">") || self.open.len() >= DEEPEST {
            return None;
        }
        if shown {
            self.out.tag(">");
        }
        self.open.push(element);
        Some(())
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn name(&mut self) -> &'m str {
        let len = self.rest.bytes().take_while(u8::is_ascii_lowercase).count();
        let (name, rest) = self.rest.split_at(len);
        self.rest = rest;
        name
    }
}

/// The five entities that are written; none: there is another `&`.
fn decode(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "#39" => '\'',
            _ => return None,
        });
        out.push_str(rest);
    }
    Some(out)
}

type Allowed = fn(&str) -> bool;

/// An attribute that may be written, and what it may be.
fn attribute(name: &str) -> Option<(&'static str, Allowed)> {
    const WORDS: &[(&str, Allowed)] = &[
        ("display", |value| value == "block"),
        ("mathvariant", |value| value == "normal"),
        ("form", |value| matches!(value, "prefix" | "infix" | "postfix")),
        ("scriptlevel", |value| matches!(value, "0" | "1" | "2" | "3")),
        ("stretchy", truth),
        ("symmetric", truth),
        ("largeop", truth),
        ("movablelimits", truth),
        ("accent", truth),
        ("accentunder", truth),
        ("displaystyle", truth),
        ("lspace", is_length),
        ("rspace", is_length),
        ("minsize", is_length),
        ("maxsize", is_length),
        ("width", is_length),
        ("height", is_length),
        ("linethickness", is_length),
        ("class", |value| CLASSES.contains(&value)),
        ("notation", |value| {
            value
                .split(' ')
                .all(|word| matches!(word, "updiagonalstrike" | "downdiagonalstrike" | "horizontalstrike"))
        }),
        ("style", |value| value.split(';').all(|declaration| is_declaration(declaration.trim_ascii()))),
    ];
    WORDS.iter().find(|known| known.0 == name).copied()
}

fn truth(value: &str) -> bool {
    matches!(value, "true" | "false")
}

fn is_declaration(declaration: &str) -> bool {
    if declaration.is_empty() {
        return true;
    }
    let Some((property, value)) = declaration.split_once(':') else { return false };
    let value = value.trim_ascii();
    match property {
        "color" => value
            .strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit())),
        "math-shift" => value == "compact",
        "font-variant-caps" => value == "small-caps",
        "text-align" => matches!(value, "left" | "right"),
        "justify-items" => matches!(value, "start" | "end"),
        "font-size" | "width" | "margin-left" | "padding-left" | "padding-right" | "padding-top"
        | "padding-bottom" => is_length(value),
        "border-left" | "border-right" | "border-top" => {
            matches!(value, "0.05em solid currentcolor" | "0.05em dashed currentcolor")
        }
        _ => false,
    }
}

/// A length that stays near its place: no formula may cover the page around it.
fn is_length(value: &str) -> bool {
    const UNITS: &[(&str, f32)] =
        &[("rem", 40.0), ("em", 40.0), ("ex", 80.0), ("px", 640.0), ("pt", 480.0), ("%", 250.0), ("", 0.0)];
    UNITS.iter().any(|&(unit, most)| {
        value.strip_suffix(unit).is_some_and(|number| {
            number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
                && number.parse::<f32>().is_ok_and(|number| (-most / 4.0..=most).contains(&number))
        })
    })
}
