//! From nothing to a connection whose tools are known, in whichever era the server lives.

use std::sync::Arc;

use rmcp::{
    RoleClient,
    model::ProtocolVersion,
    service::{
        ClientCacheConfig, ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, Peer,
        RunningService,
    },
};
use tokio::time::{Instant, timeout};
use vertice_domain::mcp::Transport;

use super::{
    Era, Greeting, ListedTool, Target,
    clean::clean_to,
    fault::{self, Failure},
    handler::Handler,
    http,
    lines::{Fault, Lines},
    live::Shared,
    program::{Program, Start},
    slot::Slot,
    tools,
};

/// How long a program that stopped talking may take to be gone, so that the end can be told instead of the silence.
const GONE: std::time::Duration = std::time::Duration::from_secs(1);

/// A connection that was made.
pub(super) struct Opened {
    pub(super) service: RunningService<RoleClient, Handler>,
    pub(super) handler: Handler,
    pub(super) greeting: Greeting,
    pub(super) tools: Vec<ListedTool>,
    pub(super) fault: Fault,
}

/// Ways to begin with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Ask for its era, and take the answer.
    Probe,
    Known(Era),
}

/// What is tried, one after the other, each with a fresh transport: servers leave, or lose their way, at a question that they
/// do not know.
fn ways(known: Option<Era>) -> &'static [Way] {
    match known {
        None => &[Way::Probe, Way::Known(Era::Handshake)],
        Some(Era::Handshake) => &[Way::Known(Era::Handshake), Way::Probe],
        Some(Era::Stateless) => &[Way::Known(Era::Stateless), Way::Probe, Way::Known(Era::Handshake)],
    }
}

/// Connects. The program that was started last is left in `program`, whatever comes of it.
pub(super) async fn open(
    shared: &Shared,
    slot: &Slot,
    target: &Target,
    program: &mut Option<Program>,
) -> Result<Opened, Failure> {
    let known = slot.era().or(target.era);
    let mut last = fault::closed();
    for &way in ways(known) {
        if let Some(former) = program {
            former.end().await;
        }
        *program = None;
        match attempt(shared, slot, target, way, program).await {
            Ok(opened) => {
                if known != Some(opened.greeting.era) {
                    shared.era_found(slot, Some(opened.greeting.era)).await;
                }
                return Ok(opened);
            }
            Err(Failure::Strange(why)) => {
                if known.is_some_and(|era| way == Way::Known(era)) {
                    shared.era_found(slot, None).await;
                }
                last = Failure::Strange(why);
            }
            Err(final_one) => return Err(final_one),
        }
    }
    Err(last)
}

async fn attempt(
    shared: &Shared,
    slot: &Slot,
    target: &Target,
    way: Way,
    program: &mut Option<Program>,
) -> Result<Opened, Failure> {
    let (began, handler, fault) = (Instant::now(), handler(shared, slot), Fault::default());
    let patience = if way == Way::Probe { shared.limits.probe } else { shared.limits.connect };
    let service = match &target.transport {
        Transport::Stdio { command, args, env } => {
            let start = Start { server: target.key.server, command, args, env, grace: shared.limits.grace };
            let started = shared.programs.start(start, &slot.log, &shared.tasks).await;
            let (started, input, output) = started.map_err(|error| {
                Failure::Unreachable(format!("The program could not be started: {error}."))
            })?;
            *program = Some(started);
            let lines =
                Lines::new(input, output, shared.limits.message, Arc::clone(&slot.log), Arc::clone(&fault));
            timeout(patience, handler.clone().serve_with_lifecycle(lines, mode(way))).await
        }
        Transport::Http { url, headers } => {
            let transport = http::transport(shared, target, url, headers).await?;
            timeout(patience, handler.clone().serve_with_lifecycle(transport, mode(way))).await
        }
    };
    let service = match service {
        Ok(Ok(service)) => service,
        Ok(Err(error)) => return Err(not_started(error, &fault, program).await),
        Err(_elapsed) => return Err(fault::too_slow(patience)),
    };
    // What a server answers is asked for each time: what is kept here may belong to somebody else tomorrow.
    service.peer().set_response_cache_config(ClientCacheConfig::disabled()).await;
    let tools = match tools::list(service.peer(), &slot.log).await {
        Ok(tools) => tools,
        Err(error) => return Err(no_tools(error, &fault, program).await),
    };
    let greeting = greeting(service.peer(), began);
    Ok(Opened { service, handler, greeting, tools, fault })
}

fn handler(shared: &Shared, slot: &Slot) -> Handler {
    Handler::new(Arc::clone(&slot.log), shared.limits.person)
}

fn mode(way: Way) -> ClientLifecycleMode {
    let preferred_versions = vec![ProtocolVersion::LATEST];
    match way {
        Way::Known(Era::Handshake) => ClientLifecycleMode::Initialize,
        Way::Known(Era::Stateless) => ClientLifecycleMode::Discover { preferred_versions },
        Way::Probe => ClientLifecycleMode::Auto {
            preferred_versions,
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        },
    }
}

async fn not_started(error: ClientInitializeError, why: &Fault, program: &mut Option<Program>) -> Failure {
    let failure = fault::of_start(error);
    if failure == fault::closed() { how_it_ended(why, program).await } else { failure }
}

async fn no_tools(error: rmcp::ServiceError, why: &Fault, program: &mut Option<Program>) -> Failure {
    match fault::of_request(error) {
        Ok(fault) => Failure::Strange(fault.to_string()),
        Err(failure) if failure == fault::closed() => how_it_ended(why, program).await,
        Err(failure) => failure,
    }
}

/// Tells the end of a connection that nobody asked for.
pub(super) async fn how_it_ended(why: &Fault, program: &mut Option<Program>) -> Failure {
    if let Some(why) = why.get() {
        return Failure::Strange(format!("The program was ended because {why}."));
    }
    let Some(program) = program else { return fault::closed() };
    match timeout(GONE, program.wait()).await {
        Ok(Ok(status)) => fault::ended(status, &program.last_words()),
        Ok(Err(_)) | Err(_) => fault::closed(),
    }
}

fn greeting(peer: &Peer<RoleClient>, began: Instant) -> Greeting {
    let info = peer.peer_info();
    let version = info.as_ref().map(|info| info.protocol_version.clone()).unwrap_or_default();
    let name = info.as_ref().and_then(|info| info.server_info.as_ref());
    Greeting {
        era: if version.has_initialize() { Era::Handshake } else { Era::Stateless },
        protocol_version: clean_to(version.as_str(), 40),
        calls_itself: name.map(|name| clean_to(&format!("{} {}", name.name, name.version), 200)),
        took: began.elapsed(),
    }
}
