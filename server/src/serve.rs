//! Listening, and stopping: no new connections, running turns ended as interrupted, open streams let out, at most ten
//! seconds in all.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::{Router, serve::ListenerExt as _};
use tokio::net::TcpListener;
use vertice_runtime::Tasks;

/// How long stopping may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until `stop` comes, then lets running work end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tasks: &Tasks,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // Tokens are small; waiting to fill a packet would only hold them back.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let stopping = tasks.shutdown_token();
    let until = stopping.clone();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = std::pin::pin!(
        axum::serve(listener, service)
            .with_graceful_shutdown(async move { until.cancelled().await })
            .into_future()
    );
    tokio::select! {
        outcome = &mut server => return outcome,
        () = stop => {}
    }
    tracing::info!("stopping: no new connections are taken");
    let end = async { tokio::join!(tasks.shut_down(), server).1 };
    match tokio::time::timeout(PATIENCE, end).await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!("some connections were still open after {} s and were cut", PATIENCE.as_secs());
            Ok(())
        }
    }
}

/// Comes when the process is asked to stop: Ctrl-C, or what service managers send.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be listened for");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminated => {}
        () = interrupted => {}
    }
}
