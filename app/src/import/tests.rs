//! What of a file stands on the page, and how large the script is.

use vertice_domain::{
    Error,
    import::{Imported, Loss, SkipCode, Skipped},
};

use super::*;

/// The longest that the script may be, in bytes.
const MOST: usize = 2_048;

#[test]
fn the_script_is_small_and_ends_nowhere_but_at_its_end() {
    assert!(SCRIPT.len() < MOST, "{}", SCRIPT.len());
    assert!(!SCRIPT.contains("</script"));
}

#[test]
fn what_comes_from_a_file_is_text_on_the_page() {
    let mut imported = Imported::default();
    let what = "<b>x</b>.json".to_owned();
    imported.report.skip(Skipped { what, why: "<i>".into(), code: SkipCode::Unreadable });
    imported.report.lose(Loss::Picture, 3);
    imported.report.taken = 1;
    let html = report(Language::default(), Ok(&imported));
    assert!(
        html.contains("&lt;b&gt;x&lt;/b&gt;.json") && html.contains("&lt;i&gt;") && !html.contains("<b>"),
        "{html}"
    );
    let error = Error::invalid_field("<b>", "is odd");
    let html = report(Language::default(), Err(&error));
    assert!(html.contains("role=\"alert\"") && !html.contains("<b>"), "{html}");
}
