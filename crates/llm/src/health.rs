//! How the places where models are asked have been answering. Fed by the meter; read by the router and the settings.

pub mod circuit;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use vertice_domain::{HealthState, Provider, Timestamp};

use crate::{
    fault::{Fault, FaultKind},
    http::Endpoint,
};
use circuit::{Admission, Circuit, CircuitState, Verdict};

/// How a provider is doing, over all places where it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderHealth {
    /// The worst of its places.
    pub state: HealthState,
    /// Since when it has not been healthy.
    pub since: Option<Timestamp>,
    /// Half of its last calls said their first word sooner than this, in milliseconds.
    pub median_first_token_ms: Option<u64>,
}

/// All circuits. Cheap to clone. Places are few: they come from the catalogue and from this machine's ports.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<HashMap<CircuitKey, Circuit>>>);

/// Who is asked, what people call it, and where: users' own keys may go elsewhere than the server's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CircuitKey(Provider, String, String);

impl CircuitKey {
    fn of(endpoint: &Endpoint) -> Self {
        Self(endpoint.provider, endpoint.label.clone(), endpoint.address())
    }
}

impl Health {
    /// Whether a call may be made there now.
    pub fn admit(&self, endpoint: &Endpoint, now: Timestamp) -> bool {
        let key = CircuitKey::of(endpoint);
        let mut circuits = self.circuits();
        let Some(circuit) = circuits.get_mut(&key) else { return true };
        let admission = circuit.admit(now);
        tell(&key, circuit.state());
        admission != Admission::Refused
    }

    /// How that place is doing.
    pub fn of(&self, endpoint: &Endpoint, now: Timestamp) -> HealthState {
        self.circuits()
            .get(&CircuitKey::of(endpoint))
            .map_or(HealthState::Healthy, |circuit| circuit.health(now))
    }

    /// Whether nobody is let through there for now.
    pub fn is_open(&self, endpoint: &Endpoint, now: Timestamp) -> bool {
        self.circuits().get(&CircuitKey::of(endpoint)).is_some_and(|circuit| circuit.is_open(now))
    }

    /// Whether that place has just refused to work at all.
    pub fn is_resting(&self, endpoint: &Endpoint, now: Timestamp) -> bool {
        self.circuits().get(&CircuitKey::of(endpoint)).is_some_and(|circuit| circuit.is_resting(now))
    }

    /// How long that place takes to its first word, in milliseconds; none: not measured yet.
    pub fn first_token_ms(&self, endpoint: &Endpoint) -> Option<u64> {
        self.circuits().get(&CircuitKey::of(endpoint)).and_then(Circuit::median_first_token_ms)
    }

    /// How a provider is doing.
    pub fn of_provider(&self, provider: Provider, now: Timestamp) -> ProviderHealth {
        let circuits = self.circuits();
        let own = circuits.iter().filter(|(key, _)| key.0 == provider).map(|(_, circuit)| circuit);
        let worst = own.max_by_key(|circuit| match circuit.health(now) {
            HealthState::Healthy => 0,
            HealthState::Degraded => 1,
            HealthState::Down => 2,
        });
        ProviderHealth {
            state: worst.map_or(HealthState::Healthy, |circuit| circuit.health(now)),
            since: worst.and_then(|circuit| circuit.unwell_since(now)),
            median_first_token_ms: worst.and_then(Circuit::median_first_token_ms),
        }
    }

    /// What a call there is told to. `own_key`: it is made with the user's own key.
    pub fn pulse(&self, endpoint: &Endpoint, own_key: bool) -> Pulse {
        Pulse { health: self.clone(), key: CircuitKey::of(endpoint), own_key }
    }

    fn circuits(&self) -> MutexGuard<'_, HashMap<CircuitKey, Circuit>> {
        // Nothing panics while it is held; poisoned figures would still be figures.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one call tells how it went.
#[derive(Debug, Clone)]
pub struct Pulse {
    health: Health,
    key: CircuitKey,
    own_key: bool,
}

impl Pulse {
    /// The first token came after so many milliseconds.
    pub fn first_token(&self, now: Timestamp, millis: u64) {
        self.update(|circuit| circuit.first_token(now, millis));
    }

    /// It answered to its end.
    pub fn answered(&self, now: Timestamp) {
        self.update(|circuit| circuit.ended(now, Verdict::Answered));
    }

    pub fn failed(&self, now: Timestamp, fault: &Fault) {
        let verdict = match fault.kind {
            // What one user's account or key may not do is not the provider's trouble.
            FaultKind::RateLimited if self.own_key => Verdict::Nothing,
            kind if kind.is_refusal() && self.own_key => Verdict::Nothing,
            kind if kind.is_refusal() => Verdict::Refused,
            kind if counts(kind) => Verdict::Failed,
            _ => Verdict::Nothing,
        };
        self.update(|circuit| circuit.ended(now, verdict));
    }

    pub fn stopped(&self, now: Timestamp) {
        self.update(|circuit| circuit.ended(now, Verdict::Nothing));
    }

    fn update(&self, change: impl FnOnce(&mut Circuit)) {
        let mut circuits = self.health.circuits();
        let circuit = circuits.entry(self.key.clone()).or_default();
        let before = circuit.state();
        change(circuit);
        let after = circuit.state();
        tell(&self.key, after);
        drop(circuits);
        if matches!(after, CircuitState::Open(_)) && before == CircuitState::Closed {
            tracing::warn!(place = self.key.1, "a provider's calls fail: it is not asked for a moment");
        }
    }
}

/// Failures that say something about the provider: 429, 529, 5xx, nobody there, nothing in time.
const fn counts(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::RateLimited
            | FaultKind::Overloaded
            | FaultKind::Unavailable
            | FaultKind::Connect
            | FaultKind::Timeout
    )
}

/// `vertice_provider_circuit`: 0 closed, 1 half open, 2 open.
fn tell(key: &CircuitKey, state: CircuitState) {
    let value = match state {
        CircuitState::Closed => 0.0,
        CircuitState::HalfOpen(_) => 1.0,
        CircuitState::Open(_) => 2.0,
    };
    let labels =
        [("provider", key.0.as_str().to_owned()), ("place", key.1.clone()), ("address", key.2.clone())];
    metrics::gauge!("vertice_provider_circuit", &labels).set(value);
}
