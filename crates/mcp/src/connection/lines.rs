//! Messages with a program: one a line. Whatever comes, a message is bounded, and what is none does no harm: a line that
//! cannot be understood answers the call that it names, or is noted and passed over.

use std::{
    future::Future,
    io,
    sync::{Arc, OnceLock},
};

use rmcp::{
    RoleClient,
    model::{ErrorData, RequestId, ServerJsonRpcMessage},
    service::TxJsonRpcMessage,
    transport::Transport,
};
use serde::{Deserialize, de::IgnoredAny};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdin, ChildStdout},
    sync::Mutex,
};
use tokio_util::sync::CancellationToken;

use super::{
    fault::{UNREADABLE, size},
    log::{LINE, Log},
};

/// Why a program's messages came to an end, where that is not simply that it ended.
pub(super) type Fault = Arc<OnceLock<String>>;

/// A program's standard input and output.
pub(super) struct Lines {
    input: Arc<Mutex<Option<ChildStdin>>>,
    closing: CancellationToken,
    output: BufReader<ChildStdout>,
    /// What has come of a line. Kept here: a receive that is dropped goes on later.
    line: Vec<u8>,
    most: usize,
    log: Arc<Log>,
    fault: Fault,
}

impl Lines {
    pub(super) fn new(
        input: ChildStdin,
        output: ChildStdout,
        most: usize,
        log: Arc<Log>,
        fault: Fault,
    ) -> Self {
        Self {
            input: Arc::new(Mutex::new(Some(input))),
            closing: CancellationToken::new(),
            output: BufReader::new(output),
            line: Vec::new(),
            most,
            log,
            fault,
        }
    }

    /// Reads on until a line is whole.
    async fn read(&mut self) -> Option<()> {
        loop {
            let read = match self.output.fill_buf().await {
                Ok([]) => return None,
                Ok(read) => read,
                Err(error) => return self.end(format!("it could not be read from: {error}")),
            };
            let end = read.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            self.line.extend_from_slice(&read[..taken]);
            self.output.consume(taken);
            if self.line.len() > self.most {
                return self.end(format!("it sent a message of more than {}", size(self.most)));
            }
            if end.is_some() {
                return Some(());
            }
        }
    }

    fn end(&mut self, why: String) -> Option<()> {
        self.line = Vec::new();
        let _first = self.fault.set(why);
        None
    }
}

impl Transport<RoleClient> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (input, closing) = (Arc::clone(&self.input), self.closing.clone());
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut input = input.lock().await;
            let input = input.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            // A program that does not read must not hold up the end.
            tokio::select! {
                biased;
                () = closing.cancelled() => Err(io::ErrorKind::NotConnected.into()),
                written = input.write_all(&line) => written,
            }
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            self.read().await?;
            let read = read(&self.line);
            if self.line.capacity() > 1024 * 1024 {
                self.line = Vec::new();
            }
            self.line.clear();
            match read {
                Read::Message(message) => return Some(*message),
                Read::Junk(text) => self.log.note(&format!("Not a message: {text}")),
                Read::Nothing => {}
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.closing.cancel();
        self.input.lock().await.take();
        Ok(())
    }
}

enum Read {
    Message(Box<ServerJsonRpcMessage>),
    /// What a program writes there by mistake: worth telling whoever sets it up.
    Junk(String),
    Nothing,
}

/// What can be read of a message that cannot be read.
#[derive(Deserialize)]
struct Envelope {
    id: Option<RequestId>,
    method: Option<IgnoredAny>,
}

fn read(line: &[u8]) -> Read {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Read::Nothing;
    }
    if let Ok(message) = serde_json::from_slice(line) {
        return Read::Message(Box::new(message));
    }
    let text = String::from_utf8_lossy(line);
    match serde_json::from_str(&text) {
        Ok(Envelope { id: Some(id), method: None }) => {
            let fault = ErrorData::new(UNREADABLE, "", None);
            Read::Message(Box::new(ServerJsonRpcMessage::error(fault, Some(id))))
        }
        // A notice or a request of a kind that nobody knows.
        Ok(Envelope { method: Some(_), .. }) => Read::Nothing,
        Ok(_) | Err(_) => Read::Junk(text[..text.floor_char_boundary(LINE)].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &[u8]) -> Option<ServerJsonRpcMessage> {
        match read(line) {
            Read::Message(message) => Some(*message),
            Read::Junk(_) | Read::Nothing => None,
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_an_error_of_its_call() {
        let deep =
            format!(r#"{{"jsonrpc":"2.0","id":7,"result":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        for line in [
            &b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\xff\xfe\"}]}}"[..],
            br#"{"jsonrpc":"1.0","id":7,"result":{}}"#,
            br#"{"id":7,"error":"no"}"#,
            br#"{"result":{"a":1},"id":7}"#,
            deep.as_bytes(),
        ] {
            let shown = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
            let Some(ServerJsonRpcMessage::Error(error)) = message(line) else { panic!("{shown}") };
            assert_eq!(error.id, Some(RequestId::Number(7)), "{shown}");
        }
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        for line in
            [&b"Server running on stdio"[..], b"\xff\xfe\xfd", b"{", b"[]", b"null", b"{\"id\":{}}", b"\n"]
        {
            assert!(message(line).is_none(), "{}", String::from_utf8_lossy(line));
        }
        assert!(matches!(read(br#"{"jsonrpc":"2.0","method":7}"#), Read::Nothing));
    }

    #[test]
    fn messages_are_messages() {
        let answer = message(b" {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[]}}\r\n");
        assert!(matches!(answer, Some(ServerJsonRpcMessage::Response(_))));
        let notice = message(br#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
        assert!(matches!(notice, Some(ServerJsonRpcMessage::Notification(_))));
    }
}
