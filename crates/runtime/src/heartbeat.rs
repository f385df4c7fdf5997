//! Quiet streams: something goes out in time even when nothing is said.

use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};

/// `batches` with an empty one wherever nothing came for `every`, so that proxies keep a quiet connection open.
pub fn with_heartbeat<T: Send + 'static>(
    batches: BoxStream<'static, Vec<T>>,
    every: Duration,
) -> BoxStream<'static, Vec<T>> {
    futures::stream::unfold(batches, move |mut batches| async move {
        match tokio::time::timeout(every, batches.next()).await {
            Ok(Some(batch)) => Some((batch, batches)),
            Ok(None) => None,
            Err(_quiet) => Some((Vec::new(), batches)),
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, stream};

    use super::*;

    const EVERY: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn an_empty_batch_stands_for_every_silence() {
        let spoken = stream::once(async {
            tokio::time::sleep(EVERY * 5 / 2).await;
            vec!["word"]
        });
        let heard: Vec<_> = with_heartbeat(spoken.boxed(), EVERY).collect().await;
        assert_eq!(heard, [vec![], vec![], vec!["word"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_speaks_is_not_interrupted() {
        let spoken = stream::iter([vec![1], vec![2, 3]]);
        let heard: Option<Vec<_>> = with_heartbeat(spoken.boxed(), EVERY).collect().now_or_never();
        assert_eq!(heard, Some(vec![vec![1], vec![2, 3]]));
    }
}
