//! What is wrong with the settings, said so that it can be mended: the variable, its fault, and an example.

use std::fmt;

/// A variable whose value cannot be used. The value itself is not shown: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The variable.
    pub name: String,
    pub fault: String,
    /// A value that would be right.
    pub example: String,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingErrors(pub Vec<SettingError>);

impl fmt::Display for SettingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = if self.0.len() == 1 { "a setting" } else { "some settings" };
        write!(f, "The server was not started, because {settings} cannot be used:")?;
        for SettingError { name, fault, example } in &self.0 {
            write!(f, "\n  {name}: {fault}")?;
            if !example.is_empty() {
                write!(f, "\n    for example: {name}={example}")?;
            }
        }
        Ok(())
    }
}
