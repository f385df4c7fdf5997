//! An independent judge of our HTML: reads it as a browser does, and knows what may be on a page.

use html5ever::{ParseOpts, QualName, local_name, ns, parse_fragment, tendril::TendrilSink as _};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

const HTML: &[&str] = &[
    "p",
    "em",
    "strong",
    "del",
    "code",
    "pre",
    "figure",
    "figcaption",
    "span",
    "button",
    "b",
    "a",
    "ul",
    "ol",
    "li",
    "input",
    "blockquote",
    "h2",
    "h3",
    "h4",
    "hr",
    "br",
    "sup",
    "sub",
    "kbd",
    "details",
    "summary",
    "section",
    "div",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];
/// Inside of `mtext`.
const STYLES: &[&str] = &["b", "i", "em", "code", "s", "u", "span"];
const MATHML: &[&str] = &[
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mfrac",
    "msqrt",
    "mroot",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "menclose",
];
const MATHML_ATTRIBUTES: &[&str] = &[
    "display",
    "mathvariant",
    "form",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "largeop",
    "movablelimits",
    "accent",
    "accentunder",
    "displaystyle",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "width",
    "height",
    "linethickness",
    "notation",
    "style",
    "class",
];
const CLASSES: &[&str] = &[
    "codeblock",
    "codeblock-head",
    "grow",
    "btn btn-ghost btn-sm",
    "math-error",
    "math-block",
    "md-image",
    "table-wrap",
    "footnotes",
    "task",
    "r",
    "c",
    "t-k",
    "t-t",
    "t-s",
    "t-n",
    "t-f",
    "t-c",
    "t-p",
    "menclose-updiagonalstrike",
    "menclose-downdiagonalstrike",
    "menclose-horizontalstrike",
    "math-core-sans-serif-font",
    "math-core-serif-font",
];
/// Deepest element below the text's own.
const DEEPEST: usize = 120;

/// What is wrong with the HTML, if anything is.
pub(crate) fn complaint(html: &str) -> Option<String> {
    let whole = format!("<div id=\"inside\">{html}</div><div id=\"after\"></div>");
    let context = QualName::new(None, ns!(html), local_name!("body"));
    let dom = parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false).one(whole);
    let root = dom.document.children.borrow().first()?.clone();
    let top = root.children.borrow();
    let names: Vec<_> = top.iter().map(|node| attribute(node, "id")).collect();
    if names != [Some("inside".to_owned()), Some("after".to_owned())] {
        return Some(format!("it is not balanced: {names:?}"));
    }
    let mut open: Vec<(Handle, usize, bool)> = below(&top[0], 1, false);
    while let Some((node, depth, in_text)) = open.pop() {
        if depth > DEEPEST {
            return Some(format!("it is deeper than {DEEPEST}"));
        }
        match &node.data {
            NodeData::Text { .. } => {}
            NodeData::Element { name, .. } => {
                let local = &*name.local;
                let known = match (&name.ns, in_text) {
                    (&ns!(html), false) => HTML.contains(&local),
                    (&ns!(html), true) => STYLES.contains(&local),
                    (&ns!(mathml), _) => MATHML.contains(&local),
                    _ => false,
                };
                if !known {
                    return Some(format!("<{local}> may not be on a page"));
                }
                let mathml = name.ns == ns!(mathml);
                if let Some(wrong) = wrong_attribute(&node, local, mathml || in_text) {
                    return Some(format!("{wrong} may not be on <{local}>"));
                }
                open.extend(below(&node, depth + 1, in_text || mathml && local == "mtext"));
            }
            other => return Some(format!("{other:?} is neither text nor an element")),
        }
    }
    None
}

fn below(node: &Handle, depth: usize, in_text: bool) -> Vec<(Handle, usize, bool)> {
    node.children.borrow().iter().map(|child| (child.clone(), depth, in_text)).collect()
}

fn attribute(node: &Handle, name: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|attr| &*attr.name.local == name).map(|attr| attr.value.to_string())
}

fn wrong_attribute(node: &Handle, element: &str, formula: bool) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find_map(|attr| {
        let (name, value) = (&*attr.name.local, &*attr.value);
        let fine = match (element, name) {
            (_, "class") => CLASSES.contains(&value),
            (_, "style") if formula => is_formula_style(value),
            (_, name) if formula => MATHML_ATTRIBUTES.contains(&name) && is_harmless(value),
            (
                "p" | "h2" | "h3" | "h4" | "ul" | "ol" | "li" | "blockquote" | "div" | "th" | "td"
                | "details" | "summary",
                "dir",
            ) => {
                matches!(value, "auto" | "rtl")
            }
            ("details", "open") => value.is_empty(),
            ("a", "href") => is_address(value),
            ("a", "target") => value == "_blank",
            ("a", "rel") => value == "noopener noreferrer nofollow",
            ("a", "title") | ("button", "data-alt") => true,
            ("a", "aria-label") => value.starts_with("Footnote "),
            ("button", "type") => value == "button",
            ("button", "data-copy") => value.is_empty(),
            ("button", "data-run") => {
                ["python", "javascript", "bash"].contains(&value.split(' ').next().unwrap_or_default())
            }
            // A language, as the answer calls it; the server makes a path of it.
            ("button", "data-artifact-of") => true,
            ("button", "aria-label") => matches!(value, "Copy code" | "Run code" | "Open as artifact"),
            ("button", "data-src") => value.to_ascii_lowercase().starts_with("https://"),
            ("ol", "start") => value.parse::<u64>().is_ok(),
            ("ol", "style") => {
                value.strip_prefix("counter-reset:n ").is_some_and(|number| number.parse::<i128>().is_ok())
            }
            ("li", "id") => value.starts_with("fn-") && is_harmless(value),
            ("input", "type") => value == "checkbox",
            ("input", "disabled" | "checked") => value.is_empty(),
            ("input", "aria-label") => matches!(value, "Done" | "To do"),
            ("div" | "pre", "tabindex") => value == "0",
            ("div", "role") => value == "region",
            ("div", "aria-label") => value == "Table",
            ("section", "aria-label") => value == "Footnotes",
            _ => false,
        };
        (!fine).then(|| format!("{name}={value:?}"))
    })
}

fn is_address(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["http://", "https://", "mailto:", "#"].iter().any(|scheme| lower.starts_with(scheme))
}

fn is_harmless(value: &str) -> bool {
    value.len() < 80 && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '%' | ' '))
}

fn is_formula_style(value: &str) -> bool {
    const PROPERTIES: &[&str] = &[
        "color",
        "math-shift",
        "font-variant-caps",
        "font-size",
        "text-align",
        "justify-items",
        "width",
        "margin-left",
        "padding-left",
        "padding-right",
        "padding-top",
        "padding-bottom",
        "border-left",
        "border-right",
        "border-top",
    ];
    value.split(';').filter(|part| !part.trim().is_empty()).all(|part| {
        part.split_once(':').is_some_and(|(property, value)| {
            PROPERTIES.contains(&property.trim()) && is_harmless(&value.replace('#', ""))
        })
    })
}
