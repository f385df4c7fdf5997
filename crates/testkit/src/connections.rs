//! Counts sockets and answers, so that a test can prove that a call was really closed.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sockets: watch::Sender<usize>,
    /// Answers that the client left before they were whole.
    pub(crate) left: watch::Sender<usize>,
}

/// An answer that is being sent.
#[derive(Debug)]
pub(crate) struct OpenAnswer {
    counts: Arc<Counts>,
    whole: bool,
}

impl OpenAnswer {
    pub(crate) fn new(counts: Arc<Counts>) -> Self {
        Self { counts, whole: false }
    }

    /// All of it was sent, or the script cut it itself.
    pub(crate) fn whole(&mut self) {
        self.whole = true;
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        if !self.whole {
            self.counts.left.send_modify(|left| *left += 1);
        }
    }
}

/// A listener that counts its sockets.
#[derive(Debug)]
pub(crate) struct CountingListener {
    pub(crate) inner: TcpListener,
    pub(crate) counts: Arc<Counts>,
}

impl Listener for CountingListener {
    type Io = CountedSocket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (inner, address) = Listener::accept(&mut self.inner).await;
        // Without this, small frames would wait for the client's acknowledgement.
        let _ = inner.set_nodelay(true);
        self.counts.sockets.send_modify(|open| *open += 1);
        (CountedSocket { inner, counts: Arc::clone(&self.counts) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A socket that is counted while it is open.
#[derive(Debug)]
pub(crate) struct CountedSocket {
    inner: TcpStream,
    counts: Arc<Counts>,
}

impl Drop for CountedSocket {
    fn drop(&mut self) {
        self.counts.sockets.send_modify(|open| *open -= 1);
    }
}

impl AsyncRead for CountedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for CountedSocket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
