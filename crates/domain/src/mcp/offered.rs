//! What MCP servers offer beside tools: prompts that fill the composer, and resources that are quoted in a message.

use serde::{Deserialize, Serialize};

use super::ServerName;

/// A prompt, in its server's words, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpPrompt {
    pub server: ServerName,
    pub name: String,
    /// What it is called; its name, if its server says nothing else.
    pub title: String,
    pub description: String,
    pub arguments: Vec<McpPromptArgument>,
}

/// What a prompt wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpPromptArgument {
    pub name: String,
    pub title: String,
    pub description: String,
    pub required: bool,
}

/// A resource, in its server's words, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpResource {
    pub server: ServerName,
    pub uri: String,
    pub title: String,
    pub description: String,
}

/// What all servers of a person offer. What does not answer in time offers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpOffers {
    pub prompts: Vec<McpPrompt>,
    pub resources: Vec<McpResource>,
}

/// A resource that goes with a message: it is read when that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub server: ServerName,
    pub uri: String,
    pub title: String,
}
