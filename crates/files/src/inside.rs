//! The process in which files are taken apart: a hidden command of the program that holds this crate. It reads a file from its
//! standard input to the end, and says what it found on its standard output: a line of JSON ([`Found`]), then bytes. It must
//! never open a file, a connection or a setting.

mod pdf;
mod picture;

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use serde::{Deserialize, Serialize};

pub(crate) use self::picture::SIDE;

/// The hidden command, and what it is to do.
pub(crate) const COMMAND: &str = "read-file";
/// Takes the text out of a PDF.
pub(crate) const PDF: &str = "pdf";
/// Makes a picture smaller.
pub(crate) const PICTURE: &str = "picture";

/// What was found; the bytes after it are the text, or the smaller picture.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    Text {
        pages: u32,
    },
    Picture {
        media_type: String,
    },
    /// Nothing, for a reason that follows the word "file".
    Nothing {
        why: String,
    },
}

/// Does its work if the command line asks for it. To be called before anything else.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()?.to_str()? != COMMAND {
        return None;
    }
    let taken = match words.next()?.to_str()? {
        PDF => run(pdf::text_of),
        PICTURE => run(picture::smaller),
        _ => return None,
    };
    Some(if taken.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(take_apart: impl FnOnce(&[u8]) -> (Found, Vec<u8>)) -> io::Result<()> {
    let mut file = Vec::new();
    io::stdin().lock().read_to_end(&mut file)?;
    let (found, bytes) = take_apart(&file);
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &found)?;
    output.write_all(b"\n")?;
    output.write_all(&bytes)?;
    output.flush()
}

fn nothing(why: impl Into<String>) -> (Found, Vec<u8>) {
    (Found::Nothing { why: why.into() }, Vec::new())
}
