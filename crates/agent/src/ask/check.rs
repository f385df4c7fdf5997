//! What is wrong with a request, by field, before anything is asked or stored.

use vertice_domain::{
    Author, Error, FieldError, Result,
    chat::{StatelessCall, ToolChoice, check_content},
};
use vertice_ports::tools::Tool;

/// Refuses a request that has these faults, if it has any.
pub(crate) fn refuse(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

pub(super) fn check_names(names: &[String], offered: &[Tool]) -> Result<()> {
    let unknown = |(index, name): (usize, &String)| {
        let known = offered.iter().any(|tool| tool.name == *name || tool.spec.name == *name);
        let message = format!("there is no tool named {name:?}; GET /api/v1/tools lists them");
        (!known).then(|| FieldError::new(format!("tools[{index}]"), message))
    };
    let errors: Vec<_> = names.iter().enumerate().filter_map(unknown).collect();
    refuse(errors)
}

pub(super) fn check_call(call: &StatelessCall) -> Result<()> {
    if let ToolChoice::Named(names) = &call.tools {
        // A stateless call is offered none.
        check_names(names, &[])?;
    }
    let mut errors = Vec::new();
    for (index, (_, content)) in call.messages.iter().enumerate() {
        check_content(content, &format!("messages[{index}].content"), &mut errors);
    }
    if !matches!(call.messages.last(), Some((Author::User, _))) {
        errors.push(FieldError::new("messages", "the last message must be the user's"));
    }
    refuse(errors)
}
