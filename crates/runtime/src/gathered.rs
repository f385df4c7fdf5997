//! The timer of busy streams: what comes close together goes on as one.

use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

/// `items` in batches: after the first one of a batch, whatever comes within `pause` belongs to it. The end waits for nothing.
pub fn gathered<T: Send + 'static>(
    items: BoxStream<'static, T>,
    pause: Duration,
) -> BoxStream<'static, Vec<T>> {
    futures::stream::unfold(items.fuse(), move |mut items| async move {
        let mut batch = vec![items.next().await?];
        let end = Instant::now() + pause;
        while let Ok(Some(item)) = timeout_at(end, items.next()).await {
            batch.push(item);
        }
        Some((batch, items))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, stream};

    use super::*;

    const PAUSE: Duration = Duration::from_millis(50);

    #[tokio::test(start_paused = true)]
    async fn what_comes_close_together_is_one_batch() {
        let spoken = stream::iter([0, 20, 20, 200, 0]).enumerate().then(|(item, wait)| async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            item
        });
        let heard: Vec<_> = gathered(spoken.boxed(), PAUSE).collect().await;
        assert_eq!(heard, [vec![0, 1, 2], vec![3, 4]]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_is_not_waited_for() {
        let heard: Option<Vec<_>> = gathered(stream::iter([1, 2]).boxed(), PAUSE).collect().now_or_never();
        assert_eq!(heard, Some(vec![vec![1, 2]]));
    }
}
