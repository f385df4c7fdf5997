//! The pages before the app: sign-in, set-up, registration. The server alone draws them, and they are whole without any
//! script; one small script makes them kinder ([`script`]). A form goes to the page's own address: what it comes to is
//! another page, or this one again with what was wrong.

mod drawing;
mod fields;
mod forms;
mod frame;
mod script;

use vertice_domain::{Error, ErrorKind, account::Site};

use crate::{
    api::sentence,
    next::{Next, REGISTER, SETUP, SIGN_IN},
    ssr,
    strings::{drawn, fill, t},
};
pub(crate) use frame::Drawn;

/// A page before the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    SignIn,
    /// The first visit: makes the first account, which becomes the admin's.
    Setup,
    /// Visitors make an account, where the admin lets them.
    Register,
}

impl Door {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Setup, Self::Register];

    /// Where it is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIn => SIGN_IN,
            Self::Setup => SETUP,
            Self::Register => REGISTER,
        }
    }

    /// The page of that path.
    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.path() == path)
    }

    /// Where a visitor belongs instead, if not here.
    pub fn elsewhere(self, site: &Site, next: &Next) -> Option<String> {
        match (self, &site.profile, site.first_run) {
            (_, Some(_), _) => Some(next.as_str().to_owned()),
            (Self::Setup, None, true) | (Self::SignIn | Self::Register, None, false) => None,
            (Self::SignIn | Self::Register, None, true) => Some(next.behind(SETUP)),
            (Self::Setup, None, false) => Some(next.behind(SIGN_IN)),
        }
    }
}

/// What stands in a form that comes again. Never the password.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub name: String,
    pub email: String,
    pub setup_token: String,
}

/// A door as somebody stands before it.
#[derive(Debug, Clone)]
pub struct Standing {
    pub door: Door,
    /// What kind of site this is, if that could be read.
    pub site: Result<Site, Error>,
    /// Where to go from here.
    pub next: Next,
    pub typed: Typed,
    /// The name of the issuer at which one can sign in as well.
    pub issuer: Option<String>,
    /// Why the form comes again.
    pub error: Option<Error>,
}

impl Standing {
    /// The document's title.
    pub(crate) fn title(&self) -> String {
        let page = match self.door {
            Door::SignIn => t().common.sign_in,
            Door::Setup => drawn().doors.setup,
            Door::Register => drawn().doors.create_account,
        };
        fill(t().common.page_title, &[("page", page)])
    }

    /// What was wrong, in the visitor's language.
    fn fault(&self) -> Option<Fault> {
        self.error.clone().map(|error| Fault(ssr::said(error)))
    }
}

/// Why a form comes again.
#[derive(Debug, Clone)]
struct Fault(Error);

impl Fault {
    /// What is wrong with a field. A wrong pair of address and password stands at the password, where it is mended.
    fn at(&self, field: &str) -> Option<String> {
        if field == "password" && self.0.kind == ErrorKind::Unauthenticated {
            return Some(self.0.message.clone());
        }
        self.0.fields.iter().find(|fault| fault.field == field).map(sentence)
    }

    /// The first of these fields in which something is wrong.
    fn first_of(&self, fields: &[&'static str]) -> Option<&'static str> {
        fields.iter().copied().find(|field| self.at(field).is_some())
    }
}

#[cfg(test)]
mod tests;
