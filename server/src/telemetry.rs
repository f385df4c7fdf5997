//! The log and the figures. Neither ever holds a prompt, an answer, a password, a key or a cookie.

use std::{
    io::{self, IsTerminal as _},
    sync::OnceLock,
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::{LogFormat, Settings};

/// Bounds of all histograms of seconds: from a local answer to a long turn.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Starts the log. A second call in one process changes nothing.
pub fn start_log(settings: &Settings) {
    let registry = tracing_subscriber::registry().with(filter(&settings.log_filter));
    // The log goes to standard error, so that commands own standard output.
    let layer =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let outcome = match settings.log_format {
        LogFormat::Pretty => registry.with(layer).try_init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    };
    if outcome.is_err() {
        tracing::debug!("the log was started before");
    }
}

/// What is logged. Of what the MCP SDK says, nothing whatever is asked for: it tells whole messages, and addresses with all that
/// is in them.
fn filter(text: &str) -> EnvFilter {
    EnvFilter::new(text).add_directive("rmcp=off".parse().expect("it is a directive"))
}

/// The process's figures; made once, however many applications it runs.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .expect("the list of bounds is not empty")
                .build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another recorder of metrics was there before; /metrics stays empty");
            }
            handle
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_mcp_servers_are_never_logged() {
        for text in ["info", "trace", "debug,rmcp=trace", "rmcp=info"] {
            let filter = filter(text).to_string();
            assert!(
                filter.contains("rmcp=off")
                    && !filter.contains("rmcp=trace")
                    && !filter.contains("rmcp=info"),
                "{filter}"
            );
        }
    }
}
