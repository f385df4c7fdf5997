//! The few words that the renderer itself puts into a page, in the page's language. They are the program's, never a text's:
//! they are written as they are.

/// The words. None may hold markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// On the button that copies code.
    pub copy: &'static str,
    /// What that button does, for those who hear it.
    pub copy_code: &'static str,
    /// On the button that runs code.
    pub run: &'static str,
    /// What that button does, for those who hear it.
    pub run_code: &'static str,
    /// On the button that makes an artifact of code.
    pub open: &'static str,
    /// What that button does, for those who hear it.
    pub open_code: &'static str,
    /// Before the host of a picture that lies elsewhere.
    pub show_image_from: &'static str,
    /// Before the number of a footnote.
    pub footnote: &'static str,
    /// What the footnotes are called.
    pub footnotes: &'static str,
    /// What a table is called.
    pub table: &'static str,
    /// A task that is done.
    pub done: &'static str,
    /// A task that is not.
    pub to_do: &'static str,
}

impl Words {
    /// In English.
    pub const ENGLISH: Self = Self {
        copy: "Copy",
        copy_code: "Copy code",
        run: "Run",
        run_code: "Run code",
        open: "Open",
        open_code: "Open as artifact",
        show_image_from: "Show image from",
        footnote: "Footnote",
        footnotes: "Footnotes",
        table: "Table",
        done: "Done",
        to_do: "To do",
    };
}

impl Default for Words {
    fn default() -> Self {
        Self::ENGLISH
    }
}
