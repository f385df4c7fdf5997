//! Every text of the interface, in every language. A text is a field of [`Strings`], a language is one file that says all
//! of them, and a line in [`language`]; what it leaves out does not compile. The server knows all languages. The browser is
//! given one, as a file beside the page ([`file`]), since the texts of all of them would weigh on everybody.
//!
//! No view holds a text of its own: `cargo xtask tidy` looks for them.

mod language;
mod texts;

#[cfg(feature = "ssr")]
mod drawn;
#[cfg(feature = "ssr")]
mod en;
#[cfg(feature = "ssr")]
mod file;
#[cfg(feature = "ssr")]
mod pt_br;
#[cfg(feature = "ssr")]
pub(crate) mod said;
#[cfg(not(feature = "ssr"))]
mod wake;

#[cfg(feature = "ssr")]
pub(crate) use drawn::Drawn;
#[cfg(feature = "ssr")]
pub(crate) use file::palette_address;
#[cfg(feature = "ssr")]
pub use file::{address, file};
pub use language::Language;
pub(crate) use texts::Strings;
#[cfg(not(feature = "ssr"))]
pub use wake::wake;

/// The texts of the page's language: on the server the visitor's, in the browser those that came with the page.
#[cfg(feature = "ssr")]
pub(crate) fn t() -> &'static Strings {
    leptos::prelude::use_context::<Language>().unwrap_or_default().strings()
}

/// The texts of the page's language: on the server the visitor's, in the browser those that came with the page.
#[cfg(not(feature = "ssr"))]
pub(crate) fn t() -> &'static Strings {
    wake::strings()
}

/// The texts that only the server draws, in the visitor's language.
#[cfg(feature = "ssr")]
pub(crate) fn drawn() -> &'static Drawn {
    leptos::prelude::use_context::<Language>().unwrap_or_default().drawn()
}

/// A template with values in the places of their names: `{name}`.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text that depends on a number, which stands in it as `{count}`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plural {
    /// For one, and for whatever else the language treats like it.
    pub(crate) one: &'static str,
    /// For all other numbers.
    pub(crate) other: &'static str,
}

impl Plural {
    /// The text for that number.
    pub(crate) fn count(self, count: u64) -> String {
        let form = if Language::of_tag(t().about.tag).is_one(count) { self.one } else { self.other };
        fill(form, &[("count", &count.to_string())])
    }
}

/// The texts of a language in the order of their list, as the browser is given them.
#[cfg(any(test, not(feature = "ssr")))]
type Lines = std::str::Split<'static, char>;

/// Something that is made of texts in a fixed order.
trait Piece: Sized {
    /// Takes its texts off the beginning.
    #[cfg(any(test, not(feature = "ssr")))]
    fn read(lines: &mut Lines) -> Self;
    /// Adds its texts to the end.
    #[cfg(feature = "ssr")]
    fn list(&self, out: &mut Vec<&'static str>);
}

/// A group whose texts a script knows by their names.
#[cfg(feature = "ssr")]
trait Named {
    /// In the order of the texts.
    const NAMES: &'static [&'static str];
}

impl Piece for &'static str {
    #[cfg(any(test, not(feature = "ssr")))]
    #[inline(never)]
    fn read(lines: &mut Lines) -> Self {
        lines.next().unwrap_or_default()
    }

    #[cfg(feature = "ssr")]
    fn list(&self, out: &mut Vec<&'static str>) {
        out.push(self);
    }
}

impl Piece for Plural {
    #[cfg(any(test, not(feature = "ssr")))]
    fn read(lines: &mut Lines) -> Self {
        Self { one: Piece::read(lines), other: Piece::read(lines) }
    }

    #[cfg(feature = "ssr")]
    fn list(&self, out: &mut Vec<&'static str>) {
        out.extend([self.one, self.other]);
    }
}

macro_rules! kind {
    () => { &'static str };
    ($kind:ident) => { $kind };
}

/// Defines a list of texts, group by group.
macro_rules! list_of_texts {
    (
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$group_meta:meta])* $group:ident: $Group:ident { $($field:ident $(: $kind:ident)?),* $(,)? } )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $name { $( pub(crate) $group: $Group, )* }

        impl Piece for $name {
            #[cfg(any(test, not(feature = "ssr")))]
            fn read(lines: &mut crate::strings::Lines) -> Self {
                Self { $( $group: Piece::read(lines), )* }
            }

            #[cfg(feature = "ssr")]
            fn list(&self, out: &mut Vec<&'static str>) {
                $( self.$group.list(out); )*
            }
        }

        $(
            $(#[$group_meta])*
            #[derive(Debug)]
            pub(crate) struct $Group { $( pub(crate) $field: kind!($($kind)?), )* }

            impl Piece for $Group {
                #[cfg(any(test, not(feature = "ssr")))]
                fn read(lines: &mut crate::strings::Lines) -> Self {
                    Self { $( $field: Piece::read(lines), )* }
                }

                #[cfg(feature = "ssr")]
                fn list(&self, out: &mut Vec<&'static str>) {
                    $( self.$field.list(out); )*
                }
            }

            #[cfg(feature = "ssr")]
            impl crate::strings::Named for $Group {
                const NAMES: &'static [&'static str] = &[$( stringify!($field) ),*];
            }
        )*
    };
}

use {kind, list_of_texts};

#[cfg(all(test, feature = "ssr"))]
mod tests;
