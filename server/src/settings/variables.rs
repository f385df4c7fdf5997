//! The raw variables: the environment, and under it the file `.env` of the working directory.

use std::{collections::BTreeMap, ffi::OsString};

use super::{SettingError, SettingErrors};

/// Names and values as they were found.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, OsString>);

impl Variables {
    /// The process's environment, and what `.env` adds to it.
    pub fn load() -> Result<Self, SettingErrors> {
        let mut all = BTreeMap::new();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|error| unreadable(&error))?;
                    all.insert(name, value.into());
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(unreadable(&error)),
        }
        all.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))));
        Ok(Self(all))
    }

    /// These variables and no others.
    pub fn of<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A variable's value without the spaces around it; none: it is not set, or empty. `Err`: it is not UTF-8.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, ()> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let value = value.to_str().ok_or(())?.trim();
        Ok((!value.is_empty()).then_some(value))
    }
}

fn unreadable(error: &dotenvy::Error) -> SettingErrors {
    // The parser's message would show the line, and with it perhaps a secret.
    let fault = match error {
        dotenvy::Error::LineParse(_, at) => format!("a line cannot be read (at character {at} of the line)"),
        other => format!("the file cannot be read ({other})"),
    };
    SettingErrors(vec![SettingError { name: ".env".to_owned(), fault, example: String::new() }])
}
