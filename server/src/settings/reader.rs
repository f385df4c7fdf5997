//! Reads variables into types and gathers every fault on the way.

use super::{SettingError, SettingErrors, VARIABLES, Variables};

/// Reads one value: the value, or what is wrong with it.
pub(super) type Form<T> = fn(&str) -> Result<T, String>;

/// Variables, and the faults found so far.
pub(super) struct Reader<'a> {
    variables: &'a Variables,
    faults: Vec<SettingError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(variables: &'a Variables) -> Self {
        Self { variables, faults: Vec::new() }
    }

    /// Whether the variable is set, to whatever.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.variables.get(name).map_or(true, |value| value.is_some())
    }

    /// The value, if the variable is set and good.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        form: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = match self.variables.get(name) {
            Ok(value) => value?,
            Err(()) => return self.refuse(name, "is not valid UTF-8".to_owned()),
        };
        match form(value) {
            Ok(value) => Some(value),
            Err(fault) => self.refuse(name, fault),
        }
    }

    /// The value, or the default where the variable is not set (or bad: then `finish` fails).
    pub(super) fn or<T>(
        &mut self,
        name: &'static str,
        default: T,
        form: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(name, form).unwrap_or(default)
    }

    /// The settings, unless there were faults.
    pub(super) fn finish<T>(self, settings: T) -> Result<T, SettingErrors> {
        if self.faults.is_empty() { Ok(settings) } else { Err(SettingErrors(self.faults)) }
    }

    /// Notes a fault.
    pub(super) fn refuse<T>(&mut self, name: &'static str, fault: String) -> Option<T> {
        let example = VARIABLES.iter().find(|variable| variable.name == name).map_or("", |v| v.example);
        self.faults.push(SettingError { name: name.to_owned(), fault, example: example.to_owned() });
        None
    }
}
