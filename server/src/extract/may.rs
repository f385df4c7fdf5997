//! Callers who may do what the handler does. It is asked before the body is read: what is wrong with a body is the business of
//! those who may send it. The port behind the handler asks all the same.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use vertice_domain::{Action, Actor};

use crate::error::Failure;

/// What a handler does.
pub trait Deed {
    const ACTION: Action;
}

/// A caller who may do `D`.
pub struct May<D>(pub Actor, pub PhantomData<D>);

impl<S: Send + Sync, D: Deed> FromRequestParts<S> for May<D> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let actor = super::actor(parts)?;
        actor.may(D::ACTION)?;
        Ok(Self(actor.clone(), PhantomData))
    }
}

macro_rules! deeds {
    ($($name:ident),+ $(,)?) => {
        $(pub enum $name {}

        impl Deed for $name {
            const ACTION: Action = Action::$name;
        })+
    };
}

/// What handlers with a body, or with a query that must be there, do.
pub mod deed {
    use super::{Action, Deed};

    deeds!(
        Chat,
        RunCode,
        ReadConversations,
        WriteConversations,
        WriteFiles,
        WriteAccount,
        WriteProviderKeys,
        WriteTools,
        ManageTokens,
        Administer
    );
}
