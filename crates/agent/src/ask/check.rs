//! What is wrong with a request, by field, before anything is asked or stored.

use vertice_domain::{Error, FieldError, Result, chat::ToolChoice};
use vertice_ports::tools::Tool;

/// Refuses a request that has these faults, if it has any.
pub(crate) fn refuse(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// Refuses names that mean no tool.
pub(super) fn check_names(names: &[String], offered: &[Tool]) -> Result<()> {
    let unknown = |(index, name): (usize, &String)| {
        let known = offered.iter().any(|tool| is_meant(name, tool));
        let message = format!("there is no tool named {name:?}; GET /api/v1/tools lists them");
        (!known).then(|| FieldError::new(format!("tools[{index}]"), message))
    };
    let errors: Vec<_> = names.iter().enumerate().filter_map(unknown).collect();
    refuse(errors)
}

/// Whether a caller's name means the tool.
pub(super) fn is_meant(name: &str, tool: &Tool) -> bool {
    ToolChoice::means(name, &tool.server, &tool.name, &tool.spec.name)
}
