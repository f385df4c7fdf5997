//! A body on its way to the disk: nobody sends it too slowly, or without an end, while others wait for the place.

use std::time::Duration;

use bytes::Bytes;
use futures::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::time::Instant;
use vertice_domain::{Error, ErrorKind, Result};

/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a sender may take beside what the slowest rate allows.
const GRACE: Duration = Duration::from_secs(60);
/// The slowest rate over all, in bytes a second: that of an old mobile phone.
const SLOWEST: u64 = 32 * 1024;

/// The pieces of a body. After an error nothing comes.
pub type Incoming = BoxStream<'static, Result<Bytes>>;

/// `most`: how long it may be; `too_long`: what is said beyond.
pub(super) fn watched<E: 'static>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    most: u64,
    too_long: Error,
) -> Incoming {
    let sender = Sender { body, began: Instant::now(), sent: 0, most, too_long };
    let next = |sender: Option<Sender<_>>| async move {
        let mut sender = sender?;
        // Whoever takes all that is there at once, as readers of forms do, gets one piece at a time all the same.
        tokio::task::yield_now().await;
        match sender.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(sender))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    };
    stream::unfold(Some(sender), next).boxed()
}

struct Sender<B> {
    body: B,
    began: Instant,
    sent: u64,
    most: u64,
    too_long: Error,
}

impl<E, B: Stream<Item = Result<Bytes, E>> + Unpin> Sender<B> {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let allowed = GRACE + Duration::from_secs(self.sent / SLOWEST);
        let left = allowed.saturating_sub(self.began.elapsed());
        let piece = match tokio::time::timeout(SILENCE.min(left), self.body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(broken()),
            Err(_) if left < SILENCE => return Err(too_slow()),
            Err(_) => return Err(silent()),
        };
        self.sent += piece.len() as u64;
        if self.sent > self.most { Err(self.too_long.clone()) } else { Ok(Some(piece)) }
    }
}

/// It did not arrive to its end, or not as what it says it is.
pub fn broken() -> Error {
    let message = "The file did not arrive to its end. Nothing was taken; send it again.";
    Error::new(ErrorKind::Malformed, "malformed_body", message)
}

fn silent() -> Error {
    let message = "Nothing more of the file arrived for half a minute. Nothing was taken; send it again.";
    Error::new(ErrorKind::Malformed, "body_timeout", message)
}

fn too_slow() -> Error {
    let message = "The file arrived too slowly. Nothing was taken; send it again over a faster connection.";
    Error::new(ErrorKind::Malformed, "body_timeout", message)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    async fn end(mut body: Incoming) -> std::result::Result<u64, String> {
        let mut all = 0;
        while let Some(piece) = body.next().await {
            all += piece.map_err(|error| error.message)?.len() as u64;
        }
        Ok(all)
    }

    /// A piece of so many bytes every so many seconds.
    fn every(seconds: u64, bytes: usize, pieces: usize) -> Incoming {
        let piece = move |at: usize| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            (at < pieces).then(|| (Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes])), at + 1))
        };
        let body = stream::unfold(0, piece).boxed();
        watched(body, 10_000_000, Error::invalid_field("body", "is too long"))
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_keeps_a_place_by_sending_slowly() {
        assert_eq!(end(every(1, 40_000, 200)).await, Ok(8_000_000));
        assert!(end(every(31, 40_000, 1)).await.is_err_and(|why| why.contains("half a minute")));
        // A byte now and then is no silence.
        assert!(end(every(20, 1, 1_000)).await.is_err_and(|why| why.contains("too slowly")));
        assert!(end(every(0, 1_000_000, 11)).await.is_err_and(|why| why.contains("too long")));
    }
}
