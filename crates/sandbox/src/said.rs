//! What a run says: all of it for the report, up to a limit, and as it comes for who listens. A listener never holds the run up, and
//! what waits for them is never more than the report may hold.

use std::{future::poll_fn, mem, str};

use futures::future::pending;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    sync::Notify,
};
use vertice_ports::sandbox::{Listener, Output, Said};

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;

/// Reads what is said, up to so many bytes, and whether there was more.
pub(crate) async fn heard(
    mut from: impl AsyncRead + Unpin,
    most: usize,
    too_much: &Notify,
    mut ear: Ear,
) -> (String, bool) {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; CHUNK];
    let mut is_cut = false;
    loop {
        let count = tokio::select! {
            read = from.read(&mut chunk) => match read {
                Ok(count @ 1..) => count,
                _ => break,
            },
            () = ear.tell() => continue,
        };
        let new = &chunk[..count.min(most - bytes.len())];
        bytes.extend_from_slice(new);
        ear.hear(new);
        if new.len() < count {
            is_cut = true;
            too_much.notify_one();
            break;
        }
    }
    ear.end();
    (String::from_utf8_lossy(&bytes).into_owned(), is_cut)
}

/// Keeps what the listener has not taken yet.
pub(crate) struct Ear {
    output: Output,
    listener: Option<Listener>,
    text: String,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl Ear {
    pub(crate) fn new(output: Output, listener: Option<Listener>) -> Self {
        Self { output, listener, text: String::new(), begun: Vec::new() }
    }

    fn hear(&mut self, new: &[u8]) {
        if self.listener.is_none() {
            return;
        }
        self.begun.extend_from_slice(new);
        let mut rest = self.begun.as_slice();
        loop {
            let fault = match str::from_utf8(rest) {
                Ok(text) => {
                    self.text.push_str(text);
                    rest = &[];
                    break;
                }
                Err(fault) => fault,
            };
            let (whole, after) = rest.split_at(fault.valid_up_to());
            self.text.push_str(str::from_utf8(whole).unwrap_or_default());
            rest = after;
            let Some(wrong) = fault.error_len() else { break };
            self.text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[wrong..];
        }
        self.begun = rest.to_vec();
    }

    /// Waits until the listener has room, and tells them what there is; never ends while there is nothing.
    async fn tell(&mut self) {
        let Some(listener) = self.listener.as_mut().filter(|_| !self.text.is_empty()) else {
            return pending().await;
        };
        if poll_fn(|context| listener.poll_ready(context)).await.is_err() {
            self.listener = None;
            return;
        }
        self.offer();
    }

    /// Tells what is left, if there is room.
    fn end(&mut self) {
        if !self.begun.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        if !self.text.is_empty() {
            self.offer();
        }
    }

    fn offer(&mut self) {
        let said = Said { output: self.output, text: mem::take(&mut self.text) };
        if let Some(listener) = &mut self.listener {
            let _late = listener.try_send(said);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, channel::mpsc};
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    const MOST: usize = 64 * 1024;

    async fn hears(room: usize, pieces: Vec<Vec<u8>>, takes: bool) -> (Vec<String>, (String, bool)) {
        let (listener, said) = mpsc::channel(room);
        let (mut writes, reads) = tokio::io::duplex(8);
        let writing = async {
            for piece in pieces {
                if writes.write_all(&piece).await.is_err() {
                    break;
                }
            }
            drop(writes);
        };
        let ear = Ear::new(Output::Stderr, Some(listener));
        let reading = async {
            let too_much = Notify::new();
            heard(reads, MOST, &too_much, ear).await
        };
        if takes {
            let (told, whole, ()) = tokio::join!(said.collect::<Vec<_>>(), reading, writing);
            assert!(told.iter().all(|said| said.output == Output::Stderr));
            return (told.into_iter().map(|said| said.text).collect(), whole);
        }
        let (whole, ()) = tokio::join!(reading, writing);
        (said.collect::<Vec<_>>().await.into_iter().map(|said| said.text).collect(), whole)
    }

    #[tokio::test]
    async fn what_is_told_live_is_what_the_report_tells_wherever_it_is_cut() {
        // Characters of every length, what is none, and one whose end never comes.
        let said = [
            "aé€🦀\u{0}".as_bytes(),
            b"\xff\xf0\x9f\x28\xed\xa0\x80 \xe2\x82",
            "🦀".as_bytes(),
            b"\xf0\x9f\xa6",
        ]
        .concat();
        for size in 1..=said.len() {
            let pieces = said.chunks(size).map(<[u8]>::to_vec).collect();
            let (told, (whole, is_cut)) = hears(1_000, pieces, true).await;
            assert_eq!(
                (told.concat(), is_cut),
                (String::from_utf8_lossy(&said).into_owned(), false),
                "{size}"
            );
            assert_eq!(whole, told.concat());
        }
    }

    #[tokio::test]
    async fn who_never_listens_holds_nothing_up_and_is_told_the_beginning() {
        let pieces: Vec<_> = (0..2_000).map(|line| format!("{line}\n").into_bytes()).collect();
        let (told, (whole, is_cut)) = hears(1, pieces, false).await;
        assert_eq!((whole.lines().count(), is_cut), (2_000, false));
        assert!(told.len() <= 3 && whole.starts_with(&told.concat()), "{told:?}");
    }

    #[tokio::test]
    async fn who_listens_slowly_is_told_more_at_once_and_nothing_twice() {
        let pieces: Vec<_> = (0..2_000).map(|line| format!("{line}\n").into_bytes()).collect();
        let (told, (whole, _)) = hears(0, pieces, true).await;
        assert!(whole.starts_with(&told.concat()) && !told.is_empty());
    }

    #[tokio::test]
    async fn too_much_is_cut_and_said() {
        let (told, (whole, is_cut)) = hears(1_000_000, vec![vec![b'x'; MOST + 1]], true).await;
        assert_eq!((whole.len(), told.concat().len(), is_cut), (MOST, MOST, true));
    }

    #[tokio::test]
    async fn who_goes_away_is_told_nothing_and_the_report_is_whole() {
        let (listener, said) = mpsc::channel(1);
        drop(said);
        let too_much = Notify::new();
        let (whole, _) =
            heard(&b"all of it"[..], MOST, &too_much, Ear::new(Output::Stdout, Some(listener))).await;
        assert_eq!(whole, "all of it");
    }
}
