//! The codec of streaming server functions: frames of `domain::frame`, one JSON value a line.

use std::{mem, pin::Pin, time::Duration};

use futures::{
    FutureExt as _, Stream, StreamExt as _,
    future::{BoxFuture, Either, select},
    stream::{BoxStream, unfold},
};
use http::Method;
use leptos::server_fn::{
    Bytes, ContentType,
    codec::{Encoding, FromRes, IntoRes},
    response::{ClientRes, TryRes},
};
use serde::{Serialize, de::DeserializeOwned};
use vertice_domain::frame::{self, Decoder, Frame};

use super::ApiError;
use crate::ui::browser;

/// The longest time without a byte on a connection that stands: three heartbeats of the server.
const SILENCE: Duration = Duration::from_secs(45);

/// A body as it comes.
type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Bytes>> + Send>>;

/// The encoding's name: newline-delimited JSON.
pub struct Frames;

impl ContentType for Frames {
    const CONTENT_TYPE: &'static str = "application/x-ndjson";
}

impl Encoding for Frames {
    const METHOD: Method = Method::POST;
}

/// Frames in batches: what was there at once comes as one batch. An empty batch is a heartbeat.
pub struct FrameStream<T> {
    batches: BoxStream<'static, Vec<Frame<T>>>,
    /// Ends when it is time to see whether anything has come: one timer at a time, however fast batches come.
    watch: Option<BoxFuture<'static, ()>>,
    /// Whether anything has come since the last look.
    heard: bool,
}

impl<T: Send + 'static> FrameStream<T> {
    /// Wraps batches of frames.
    pub fn new(batches: BoxStream<'static, Vec<Frame<T>>>) -> Self {
        Self { batches, watch: None, heard: false }
    }

    /// The next batch; none: the stream has ended, the connection broke, or nothing came for so long that it must have.
    pub async fn next(&mut self) -> Option<Vec<Frame<T>>> {
        loop {
            let watch = self.watch.get_or_insert_with(|| browser::sleep(SILENCE).boxed());
            match select(self.batches.next(), watch).await {
                Either::Left((batch, _)) => {
                    self.heard = true;
                    return batch;
                }
                Either::Right(_) => {
                    self.watch = None;
                    if !mem::take(&mut self.heard) {
                        return None;
                    }
                }
            }
        }
    }
}

impl<T, R> IntoRes<Frames, R, ApiError> for FrameStream<T>
where
    T: Serialize + Send + 'static,
    R: TryRes<ApiError>,
{
    async fn into_res(self) -> Result<R, ApiError> {
        let lines = self.batches.map(|batch| {
            if batch.is_empty() {
                return Ok(frame::HEARTBEAT.to_vec().into());
            }
            let bytes: Vec<u8> = batch.iter().flat_map(frame::encode).collect();
            Ok(bytes.into())
        });
        R::try_from_stream(Frames::CONTENT_TYPE, lines)
    }
}

impl<T, R> FromRes<Frames, R, ApiError> for FrameStream<T>
where
    T: DeserializeOwned + Send + 'static,
    R: ClientRes<ApiError> + Send,
{
    async fn from_res(response: R) -> Result<Self, ApiError> {
        let chunks: Chunks = Box::pin(response.try_into_stream()?);
        Ok(Self::new(lines(chunks).map(|lines| frame::decode(&lines)).boxed()))
    }
}

/// The lines of a body, whatever stands in them: apart from the frames, so that the page has it once and not once a type.
fn lines(chunks: Chunks) -> BoxStream<'static, Vec<Vec<u8>>> {
    let batches = unfold((chunks, Decoder::default()), |(mut chunks, mut decoder)| async move {
        // A broken connection ends the stream; the reader sees that its last event is missing and resumes.
        let chunk = chunks.next().await?.ok()?;
        let lines = decoder.lines(&chunk);
        Some((lines, (chunks, decoder)))
    });
    batches.boxed()
}
