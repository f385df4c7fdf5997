//! Counters in Redis 6.2 or newer (or Valkey), for several nodes. Each change is one command or one script, which the
//! server runs whole and alone.

use std::time::Duration;

use async_trait::async_trait;
use fred::{
    clients::Client,
    interfaces::{ClientLike as _, KeysInterface as _, LuaInterface as _},
    types::{
        Builder, Expiration, SetOptions,
        config::{Config, ReconnectPolicy},
    },
};
use vertice_domain::{Error, ErrorKind, Result, Timestamp};
use vertice_ports::{Counters, quota::Admission};

/// How long a connection may take, its handshake included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a command may take; also how long it waits while the connection is made anew.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);
/// The first and the longest wait before the connection is made anew, in milliseconds.
const RECONNECT_MS: (u32, u32) = (100, 5_000);
/// Commands that may wait for the connection; the next one fails at once.
const MAX_WAITING: usize = 10_000;
/// Others may use the same server.
const PREFIX: &str = "vertice:";
/// Scripts count in doubles, which are exact up to here: 2^53.
const MAX: u64 = 1 << 53;

/// Missing, full, admitted.
const ADMIT: &str = "\
    local value = redis.call('GET', KEYS[1]) \
    if not value then return 0 end \
    if tonumber(value) >= tonumber(ARGV[2]) then return 1 end \
    redis.call('INCRBY', KEYS[1], ARGV[1]) \
    return 2";

/// `INCRBY` keeps the time at which the counter ends.
const ADD: &str = "\
    local value = redis.call('GET', KEYS[1]) \
    if not value then return 0 end \
    if tonumber(value) + tonumber(ARGV[1]) < 0 then \
        redis.call('DECRBY', KEYS[1], value) \
    else \
        redis.call('INCRBY', KEYS[1], ARGV[1]) \
    end \
    return 1";

/// Why Redis cannot be used. It never shows the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("Redis cannot be used: {0}")]
pub struct RedisError(#[from] fred::error::Error);

type FredResult<T> = std::result::Result<T, fred::error::Error>;

#[derive(Clone)]
pub struct RedisCounters {
    client: Client,
}

impl RedisCounters {
    /// Connects. Later on a lost connection is made anew by itself, and commands fail as unavailable meanwhile.
    pub async fn connect(url: &str) -> std::result::Result<Self, RedisError> {
        let mut config = Config::from_url(url)?;
        // The first connection fails at once, so that the start says what is wrong.
        config.fail_fast = true;
        let mut builder = Builder::from_config(config);
        builder
            .with_connection_config(|connection| {
                connection.connection_timeout = CONNECT_TIMEOUT;
                connection.internal_command_timeout = CONNECT_TIMEOUT;
                connection.max_command_buffer_len = MAX_WAITING;
                // A script whose answer was lost may have run: a second time it would count twice.
                connection.max_command_attempts = 1;
            })
            .with_performance_config(|performance| performance.default_command_timeout = COMMAND_TIMEOUT)
            .set_policy(ReconnectPolicy::new_exponential(0, RECONNECT_MS.0, RECONNECT_MS.1, 2));
        let client = builder.build()?;
        client.init().await?;
        Ok(Self { client })
    }

    /// Lets go of the connection.
    pub async fn close(&self) {
        // It fails only where there is no connection any more.
        let _ = self.client.quit().await;
    }
}

fn unavailable(error: &fred::error::Error) -> Error {
    tracing::warn!(%error, "Redis cannot be used right now");
    let message =
        "The counters of the quotas cannot be reached right now. Nothing was sent; try again in a moment.";
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}

fn name(key: &str) -> String {
    format!("{PREFIX}{key}")
}

#[async_trait]
impl Counters for RedisCounters {
    async fn admit(&self, key: &str, amount: u64, limit: u64) -> Result<Admission> {
        let arguments = vec![amount.min(MAX).to_string(), limit.min(MAX).to_string()];
        let answer: FredResult<i64> = self.client.eval(ADMIT, vec![name(key)], arguments).await;
        match answer.map_err(|error| unavailable(&error))? {
            0 => Ok(Admission::Missing),
            1 => Ok(Admission::Full),
            _ => Ok(Admission::Admitted),
        }
    }

    async fn value(&self, key: &str) -> Result<Option<u64>> {
        let value: FredResult<Option<u64>> = self.client.get(name(key)).await;
        value.map_err(|error| unavailable(&error))
    }

    async fn seed(&self, key: &str, value: u64, expires_at: Timestamp) -> Result<()> {
        let ends = Some(Expiration::PXAT(expires_at.as_millis()));
        let value = value.min(MAX).to_string();
        let set: FredResult<()> = self.client.set(name(key), value, ends, Some(SetOptions::NX), false).await;
        set.map_err(|error| unavailable(&error))
    }

    async fn add(&self, key: &str, delta: i64) -> Result<()> {
        let answer: FredResult<i64> = self.client.eval(ADD, vec![name(key)], vec![delta.to_string()]).await;
        answer.map(drop).map_err(|error| unavailable(&error))
    }

    async fn ping(&self) -> Result<()> {
        let answer: FredResult<()> = self.client.ping(None).await;
        answer.map_err(|error| unavailable(&error))
    }
}
