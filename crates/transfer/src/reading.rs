//! Files read to their ends, one conversation after the other. It blocks, and so runs aside.

use std::{
    fs::File,
    io::{Read, Seek as _, SeekFrom},
};

use vertice_domain::import::{SkipCode, Skipped};
use vertice_ports::imports::ImportFile;

use crate::{
    count::{Count, Counted},
    element::{self, Item},
    found::Refusal,
    scan::{Broken, Element, MAX_PIECES, MAX_VALUE, Scanner},
    stop::Stop,
    unpack::{Archive, Entry, MAX_UNPACKED, shown},
};

/// How archives begin; the second one is an empty one.
const ARCHIVES: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The most characters of a title that are told.
const MOST_TOLD: usize = 80;
/// The most values without a conversation that are told one by one.
const MOST_UNKNOWN: usize = 1_000;

/// What is told of a file.
pub(crate) enum Told {
    Conversation {
        what: String,
        item: Item,
    },
    Skipped(Skipped),
    /// Nothing more can be read of something.
    Broken {
        what: String,
        why: String,
    },
}

/// Nobody listens any more.
struct Unheard;

type Tell<'a> = &'a mut dyn FnMut(Told) -> bool;

/// Reads them, until nobody listens any more.
pub(crate) fn read(files: Vec<ImportFile>, count: &Count, stop: &Stop, tell: Tell<'_>) {
    let (is_one, mut unpackable) = (files.len() == 1, MAX_UNPACKED);
    for ImportFile { name, file, place, .. } in files {
        let name = if is_one { String::new() } else { shown(&name) };
        let heard = one(file, &name, count, &mut unpackable, stop, tell);
        // The file is gone now, and so is what it took.
        drop(place);
        if heard.is_err() {
            return;
        }
    }
}

fn one(
    mut file: File,
    name: &str,
    count: &Count,
    unpackable: &mut u64,
    stop: &Stop,
    tell: Tell<'_>,
) -> Result<(), Unheard> {
    let broken = |why: &str| Told::Broken { what: named(name), why: format!("{why}.") };
    let mut first = [0; 4];
    let begin = file.seek(SeekFrom::Start(0)).and_then(|_| file.read(&mut first));
    let begin = begin.and_then(|read| file.seek(SeekFrom::Start(0)).map(|_| read));
    let Ok(read) = begin else { return said(tell, broken("the file cannot be read")) };
    let file = Counted::new(file, Count::clone(count));
    if !ARCHIVES.contains(&&first[..read]) {
        return text(file, name, stop, tell);
    }
    match Archive::open(file) {
        Some(archive) => unpack(archive, name, unpackable, stop, tell),
        None => said(tell, broken("it is no zip archive that can be read")),
    }
}

fn unpack(
    mut archive: Archive,
    name: &str,
    unpackable: &mut u64,
    stop: &Stop,
    tell: Tell<'_>,
) -> Result<(), Unheard> {
    let mut others = 0;
    for index in 0..archive.len() {
        if stop.is_asked() {
            return Err(Unheard);
        }
        match archive.entry(index, unpackable) {
            Entry::Json { name, text: inside } => text(inside, &name, stop, tell)?,
            Entry::Other => others += 1,
            Entry::Bad { name, why } => skip(tell, name, format!("It {why}."), Entry::BAD)?,
        }
    }
    if others > 0 {
        let what = match name {
            "" => format!("{others} other entries of the archive"),
            name => format!("{others} other entries of {name}"),
        };
        skip(tell, what, "They are no JSON: pictures, pages, folders.".to_owned(), SkipCode::NoConversation)?;
    }
    Ok(())
}

fn text(text: impl Read, name: &str, stop: &Stop, tell: Tell<'_>) -> Result<(), Unheard> {
    let mut scanner = Scanner::new(text, stop.clone());
    let (mut number, mut found, mut unknown) = (0_u64, 0_u64, Vec::new());
    loop {
        number += 1;
        let what = |title: Option<&str>| place(name, number, title);
        match scanner.next() {
            Ok(None) => break,
            Ok(Some(Element::TooLarge)) => {
                found += 1;
                skip(tell, what(None), too_large(), SkipCode::TooLarge)?;
            }
            Ok(Some(Element::Value(bytes))) => match element::read(&bytes) {
                Ok(reads) if reads.is_empty() => {
                    if unknown.len() < MOST_UNKNOWN {
                        unknown.push(number);
                    }
                }
                Ok(reads) => {
                    drop(bytes);
                    for read in reads {
                        found += 1;
                        match read {
                            Ok(item) => said(tell, Told::Conversation { what: what(item.title()), item })?,
                            Err(Refusal { why, code }) => skip(tell, what(None), why, code)?,
                        }
                    }
                }
                Err(why) => {
                    found += 1;
                    skip(tell, what(None), why, SkipCode::Unreadable)?;
                }
            },
            Err(Broken::Stopped) => return Err(Unheard),
            Err(Broken::Junk(_)) if number == 1 => {
                let why = "it is neither JSON nor a zip archive.".to_owned();
                said(tell, Told::Broken { what: named(name), why })?;
                found += 1;
                break;
            }
            Err(broken) => {
                said(tell, Told::Broken { what: what(None), why: format!("{broken}.") })?;
                found += 1;
                break;
            }
        }
    }
    if found == 0 {
        let why = "It holds no conversation in a form that is known.".to_owned();
        return skip(tell, named(name), why, SkipCode::NoConversation);
    }
    for number in unknown {
        let why = "It is no conversation in a form that is known.".to_owned();
        skip(tell, place(name, number, None), why, SkipCode::Unreadable)?;
    }
    Ok(())
}

fn too_large() -> String {
    let (bytes, pieces) = (MAX_VALUE / (1024 * 1024), MAX_PIECES / 1_000);
    format!("It is larger than {bytes} MB, or made of more than {pieces},000 pieces.")
}

fn named(name: &str) -> String {
    if name.is_empty() { "the file".to_owned() } else { name.to_owned() }
}

/// Which conversation of which file.
fn place(name: &str, number: u64, title: Option<&str>) -> String {
    let file = if name.is_empty() { String::new() } else { format!("{name}, ") };
    let title: String = title.map(shown).unwrap_or_default().chars().take(MOST_TOLD).collect();
    let title = if title.trim().is_empty() { String::new() } else { format!(" (“{}”)", title.trim()) };
    format!("{file}conversation {number}{title}")
}

fn skip(tell: Tell<'_>, what: String, why: String, code: SkipCode) -> Result<(), Unheard> {
    said(tell, Told::Skipped(Skipped { what, why, code }))
}

fn said(tell: Tell<'_>, told: Told) -> Result<(), Unheard> {
    if tell(told) { Ok(()) } else { Err(Unheard) }
}

#[cfg(test)]
mod tests;
