//! Every route and every server function, walked with an issuer's tokens: they may do what their users may.

use http::StatusCode;
use serde_json::json;
use vertice_domain::{Actor, Role, Timestamp, UserId, account::Credential};

use super::Hosted;
use crate::{
    harness::request,
    permissions::{answer, api, call, filled, functions},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_an_issuers_tokens_as_the_table_says() {
    let hosted = Hosted::start().await;
    for role in [Role::User, Role::Premium, Role::Admin] {
        let token = hosted.token(&json!({"sub": role.as_str(), "role": role.as_str()}));
        let credential = Credential::Issuer { expires_at: Timestamp::from_millis(0) };
        let actor = Actor { user: UserId::new(uuid::Uuid::nil()), role, credential };
        for (method, path, action, body) in api() {
            let (status, refusal) =
                answer(&hosted.server, request(method, &token, &filled(path), body)).await;
            let wanted = action.and_then(|action| actor.may(action).err()).map(|error| error.code);
            assert_eq!(refusal, wanted, "{method} {path} of {role:?}: {status}");
        }
        for (function, _, input) in functions() {
            let (status, refusal) = answer(&hosted.server, call(function, &input, "", Some(&token))).await;
            let refused = (status, refusal.as_deref());
            assert_eq!(refused, (StatusCode::FORBIDDEN, Some("session_required")), "{function} of {role:?}");
        }
    }
}
