//! What a stream has ready, at once: tokens come one by one, and each look into a stream of streams costs more than the
//! token does.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt as _, stream::BoxStream};

/// The most items of a chunk.
const MAX_CHUNK: usize = 64;

/// A stream in chunks. It is to be polled by one task only, and each time that one is woken.
pub(super) struct Chunks<T> {
    stream: BoxStream<'static, T>,
    /// Nothing more was there when the last chunk was made: the task is woken when that changes, and until then there is
    /// nothing to look for.
    is_drained: bool,
    has_ended: bool,
}

impl<T> Chunks<T> {
    pub(super) fn new(stream: BoxStream<'static, T>) -> Self {
        Self { stream, is_drained: false, has_ended: false }
    }
}

impl<T> Stream for Chunks<T> {
    type Item = Vec<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Vec<T>>> {
        if mem::take(&mut self.is_drained) {
            return Poll::Pending;
        }
        let mut chunk = Vec::new();
        while chunk.len() < MAX_CHUNK && !self.has_ended {
            match self.stream.poll_next_unpin(context) {
                Poll::Ready(Some(item)) => chunk.push(item),
                Poll::Ready(None) => self.has_ended = true,
                Poll::Pending if chunk.is_empty() => return Poll::Pending,
                Poll::Pending => {
                    self.is_drained = true;
                    break;
                }
            }
        }
        Poll::Ready((!chunk.is_empty()).then_some(chunk))
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, channel::mpsc, stream};

    use super::*;

    #[tokio::test]
    async fn nothing_is_lost_whenever_it_comes() {
        let (sender, receiver) = mpsc::unbounded();
        let mut chunks = Chunks::new(receiver.boxed());
        assert_eq!(chunks.next().now_or_never(), None);
        for item in [1, 2] {
            sender.unbounded_send(item).unwrap();
        }
        assert_eq!(chunks.next().await, Some(vec![1, 2]));
        // What comes between two looks wakes the task, even where the first look does not look.
        sender.unbounded_send(3).unwrap();
        assert_eq!(chunks.next().await, Some(vec![3]));
        let late = async {
            tokio::task::yield_now().await;
            sender.unbounded_send(4).unwrap();
            drop(sender);
        };
        let (chunk, ()) = futures::join!(chunks.next(), late);
        assert_eq!(chunk, Some(vec![4]));
        assert_eq!(chunks.next().await, None);
        assert_eq!(chunks.next().await, None);
    }

    #[tokio::test]
    async fn chunks_have_a_greatest_size_and_the_last_one_is_whole() {
        let chunks: Vec<_> =
            Chunks::new(stream::iter(0..150).boxed()).map(|chunk| chunk.len()).collect().await;
        assert_eq!(chunks, [64, 64, 22]);
    }
}
