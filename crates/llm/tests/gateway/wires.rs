//! Each provider is asked at its own place, in its own format, with its own header.

use std::{io::Write as _, sync::Arc};

use tokio_util::sync::CancellationToken;
use vertice_domain::{FinishReason, ModelChoice, TurnId};
use vertice_llm::{Gateway, GatewayConfig, ProviderConfig, Secret};
use vertice_ports::{
    Models as _, Prompt,
    model::{CallContext, ModelCall, ModelEvent},
};
use vertice_testkit::{Figures, RecordingLedger, Script, Upstream};

use crate::common::{self, Events, actor, texts};

/// All providers behind one server, which is OpenAI's own address as far as the catalogue knows.
pub(crate) struct Four {
    pub(crate) upstream: Upstream,
    gateway: Gateway,
}

impl Four {
    pub(crate) async fn new() -> Self {
        let upstream = Upstream::start().await;
        let (root, openai) = (upstream.url(), format!("{}/v1", upstream.url()));
        let mut catalog = tempfile::NamedTempFile::new().unwrap();
        let variables = "key_variable = \"OPENAI_API_KEY\"\nbase_variable = \"OPENAI_BASE_URL\"";
        writeln!(catalog, "[[provider]]\nid = \"openai\"\nbase_url = \"{openai}\"\n{variables}").unwrap();
        let at = |base: &str| {
            Some(ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: Some(base.to_owned()) })
        };
        let config = GatewayConfig {
            anthropic: at(&root),
            openai: at(&openai),
            gemini: at(&root),
            groq: at(&root),
            catalog_override: Some(catalog.path().to_owned()),
            ..common::keyless()
        };
        let gateway = common::try_gateway(&config, &Arc::new(RecordingLedger::new()));
        Self { upstream, gateway: gateway.unwrap_or_else(|error| panic!("{error}")) }
    }

    pub(crate) async fn events(&self, model: &str, prompt: Prompt) -> Events {
        let choice = ModelChoice::from(model.to_owned());
        let planned = self.gateway.route(&actor(), &choice, &prompt).await.unwrap();
        let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
        let call = ModelCall::new(planned, prompt, context);
        common::rest(self.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap()).await
    }
}

#[tokio::test]
async fn each_provider_is_asked_in_its_own_way() {
    let four = Four::new().await;
    let ways = [
        ("claude-opus-5-5", "/v1/messages", "x-api-key", "sk-test"),
        ("gpt-6.1-sol", "/v1/responses", "authorization", "Bearer sk-test"),
        (
            "gemini-4-argon",
            "/v1beta/models/gemini-4-argon:streamGenerateContent",
            "x-goog-api-key",
            "sk-test",
        ),
        ("openai/gpt-oss-120b", "/openai/v1/chat/completions", "authorization", "Bearer sk-test"),
    ];
    for (index, (model, path, header, key)) in ways.into_iter().enumerate() {
        let figures = Figures { input: 1_000, output: Some(200), cache_read: 600, ..Figures::default() };
        four.upstream.script(Script::text("Olá, 𝄞.").thinking("Hm.").usage(figures));
        let events = four.events(model, common::prompt("Hello.")).await;
        assert_eq!(texts(&events), ("Olá, 𝄞.".into(), "Hm.".into()), "{model}");
        let [.., Ok(ModelEvent::Usage(bill)), Ok(ModelEvent::Stop(FinishReason::Stop))] = events.as_slice()
        else {
            panic!("{model}: {events:?}")
        };
        let usage = &bill.usage;
        let counts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.estimated);
        assert_eq!(counts, (1_000, 200, 600, false), "{model}");
        let asked = four.upstream.requests().swap_remove(index);
        assert_eq!((asked.path.as_str(), asked.headers[header].to_str().unwrap()), (path, key));
    }
}

#[tokio::test]
async fn an_answer_ends_at_a_text_that_its_provider_cannot_be_told() {
    let four = Four::new().await;
    for (model, stop) in [("gpt-6.1-sol", "END"), ("claude-opus-5-5", "\n")] {
        four.upstream.script(Script::text(&format!("one two {stop}three four")));
        let mut prompt = common::prompt("Count.");
        prompt.stop = vec![stop.to_owned()];
        let events = four.events(model, prompt).await;
        assert_eq!(texts(&events).0, "one two ", "{model}");
        assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))), "{model}");
        let body = four.upstream.requests().pop().unwrap().body;
        assert!(body.get("stop").is_none() && body.get("stop_sequences").is_none(), "{body}");
    }
}
