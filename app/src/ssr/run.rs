//! A run as the page is told of it: what the code says while it runs, and its card, drawn in the reader's language.

use std::time::Duration;

use futures::{StreamExt as _, channel::mpsc, stream};
use leptos::prelude::*;
use tokio_util::sync::CancellationToken;
use vertice_domain::{ConversationId, sandbox::ExecuteRequest};
use vertice_ports::sandbox::{Output, Said};
use vertice_runtime::gathered;

use super::{caller, frame_stream, language};
use crate::{
    api::{ApiError, FrameStream, runs::RunNews},
    run_card::{self, Block, Cleaner},
};

/// What may wait to be told; more than that comes at once later.
const WAITING: usize = 16;
/// How long what is said is gathered before it is told.
const GATHERED: Duration = Duration::from_millis(60);

/// Begins a run. It ends with the stream.
pub(crate) fn run(
    what: &str,
    code: String,
    conversation: ConversationId,
) -> Result<FrameStream<RunNews>, ApiError> {
    let (services, actor) = caller()?;
    let (kind, name) = what.split_once(' ').unwrap_or((what, ""));
    let block = Block { kind: kind.to_owned(), name: name.to_owned() };
    let request = ExecuteRequest {
        language: kind.to_owned(),
        code,
        stdin: None,
        timeout_s: None,
        files: Vec::new(),
        conversation_id: Some(conversation.to_string()),
    };
    // Streams go on when their request is over.
    let language = language();
    let drawn = move |draw: &dyn Fn() -> String| {
        Owner::new().with(|| {
            provide_context(language);
            draw()
        })
    };
    let tier = services.sandbox.tier();
    let runtime = tier.as_ref().and_then(|tier| tier.runtime);
    let hosts = tier.map(|tier| tier.hosts).unwrap_or_default();
    let begun = RunNews::Begun(drawn(&|| run_card::running(&block, runtime, &hosts)));
    let (listener, said) = mpsc::channel(WAITING);
    let (mut out, mut err) = (Cleaner::live(), Cleaner::live());
    let said = said.map(move |said: Said| match said.output {
        Output::Stdout => RunNews::Out(out.clean(&said.text)),
        Output::Stderr => RunNews::Err(err.clean(&said.text)),
    });
    let ran = async move {
        let cancel = CancellationToken::new();
        let outcome =
            async { services.sandbox.execute(&actor, request.validate()?, Some(listener), cancel).await };
        let outcome = outcome.await;
        RunNews::Over(drawn(&|| match &outcome {
            Ok(report) => run_card::over(&block, report, &hosts),
            Err(error) => run_card::not_run(&block, error.clone()),
        }))
    };
    let news = stream::iter([begun]).chain(stream::select(said, stream::once(ran)));
    let batches = gathered(news.boxed(), GATHERED).map(|batch| joined(batch).into_iter().map(Ok).collect());
    Ok(frame_stream(batches.boxed()))
}

/// The same with what is said in one piece for each output; the end is the end.
fn joined(batch: Vec<RunNews>) -> Vec<RunNews> {
    let (mut begun, mut out, mut err, mut over) = (None, String::new(), String::new(), None);
    for news in batch {
        match news {
            RunNews::Begun(_) => begun = Some(news),
            RunNews::Out(text) => out.push_str(&text),
            RunNews::Err(text) => err.push_str(&text),
            RunNews::Over(_) => over = Some(news),
        }
    }
    let out = Some(RunNews::Out(out)).filter(|_| over.is_none());
    let err = Some(RunNews::Err(err)).filter(|_| over.is_none());
    let said = out
        .into_iter()
        .chain(err)
        .filter(|news| !matches!(news, RunNews::Out(text) | RunNews::Err(text) if text.is_empty()));
    begun.into_iter().chain(said).chain(over).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_at_once_is_one_piece_and_nothing_comes_after_the_end() {
        let (out, err) = (|text: &str| RunNews::Out(text.into()), |text: &str| RunNews::Err(text.into()));
        let told = joined(vec![RunNews::Begun("<b>".into()), out("a"), err("e"), out("b"), out("")]);
        assert_eq!(told, [RunNews::Begun("<b>".into()), out("ab"), err("e")]);
        assert_eq!(joined(vec![out("")]), []);
        let told = joined(vec![out("a"), RunNews::Over("<b>".into()), out("b")]);
        assert_eq!(told, [RunNews::Over("<b>".into())]);
    }
}
