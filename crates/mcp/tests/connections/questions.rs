//! Servers ask the person in the midst of a call, in both eras.

use std::time::Duration;

use futures::{StreamExt as _, channel::mpsc};
use serde_json::{Value, json};
use vertice_domain::{
    ConversationId, UserId,
    elicitation::{Answer, Wanted},
};
use vertice_mcp::connection::{Call, CallResult, ConnectionFault, Connections as _, Limits, Person};
use vertice_ports::{Ids as _, tools::Question};
use vertice_runtime::SystemIds;

use crate::support::{World, call, quick};

const ERAS: [&str; 2] = ["legacy", "stateless"];

/// A person who is asked, and the call that may ask them.
fn asking(tool: &str, arguments: Value) -> (Call, mpsc::Receiver<Question>) {
    let (questions, put) = mpsc::channel(1);
    let (user, conversation) = (UserId::new(SystemIds.uuid()), ConversationId::new(SystemIds.uuid()));
    let person = Person { user, conversation: Some(conversation), server: "scripted".into(), questions };
    (Call { person: Some(person), ..call(tool, arguments) }, put)
}

async fn made(world: &World, call: Call) -> Result<CallResult, ConnectionFault> {
    world.it().call(world.target.clone(), call).await
}

/// What the server is told when the person answers so.
async fn told(world: &World, arguments: Value, answer: Answer) -> (Value, String, Wanted) {
    let (call, mut put) = asking("ask_form", arguments);
    let answered = async {
        let question = put.next().await.expect("a question");
        question.answer.send(answer).expect("the call waits");
        (question.message, question.wanted)
    };
    let (result, (message, wanted)) = tokio::join!(made(world, call), answered);
    (serde_json::from_str(&result.expect("an answer").content).expect("JSON"), message, wanted)
}

#[tokio::test]
async fn a_form_is_read_cleaned_and_answered() {
    for era in ERAS {
        let world = World::with(&["--speaks", era], quick());
        let values = serde_json::from_value(json!({"name": "Ann", "class": "2"})).unwrap();
        let (heard, message, wanted) = told(&world, json!({}), Answer::Accept { values }).await;
        assert_eq!(heard["action"], "accept", "{era}");
        assert_eq!(heard["content"], json!({"name": "Ann", "class": "2"}), "{era}");
        assert_eq!(message, "Where to? Now");
        let Wanted::Form { fields } = wanted else { panic!("{wanted:?}") };
        let names: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.required)).collect();
        let expected = [
            ("bags", false),
            ("class", true),
            ("day", false),
            ("mail", false),
            ("meals", false),
            ("name", true),
            ("window", false),
        ];
        assert_eq!(names, expected, "{era}");
        for (answer, action) in [(Answer::Decline, "decline"), (Answer::Cancel, "cancel")] {
            let (heard, ..) = told(&world, json!({}), answer).await;
            assert_eq!(heard, json!({"action": action}), "{era}");
        }
    }
}

#[tokio::test]
async fn an_address_is_asked_about_and_one_that_leads_nowhere_good_is_declined() {
    for era in ERAS {
        let world = World::with(&["--speaks", era], quick());
        let url = "https://pay.example/x?y=1";
        let accept = Answer::Accept { values: Default::default() };
        let (heard, message, wanted) = told(&world, json!({ "url": url }), accept).await;
        assert_eq!((heard, message.as_str()), (json!({"action": "accept"}), "Pay here"), "{era}");
        assert_eq!(wanted, Wanted::Url { url: url.into() });
        let (call, _put) = asking("ask_form", json!({"url": "javascript:alert(1)"}));
        assert_eq!(made(&world, call).await.unwrap().content, r#"{"action":"decline"}"#, "{era}");
        world.logged("declined: its address does not begin with https://").await;
    }
}

#[tokio::test]
async fn the_call_s_time_stands_still_while_a_person_is_asked_and_their_time_is_bounded() {
    for era in ERAS {
        let limits = Limits {
            call: Duration::from_secs(5),
            quiet: Duration::from_secs(2),
            person: Duration::from_secs(20),
            ..quick()
        };
        let world = World::with(&["--speaks", era], limits);
        world.text("echo", json!({"text": "warm"})).await;
        let (call, mut put) = asking("ask_form", json!({}));
        let answered = async {
            let question = put.next().await.expect("a question");
            // Longer than a call may be silent.
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            question.answer.send(Answer::Decline).expect("the call waits");
        };
        let (result, ()) = tokio::join!(made(&world, call), answered);
        assert_eq!(result.unwrap().content, r#"{"action":"decline"}"#, "{era}");

        let limits = Limits { person: Duration::from_millis(50), ..quick() };
        let world = World::with(&["--speaks", era], limits);
        let (call, mut put) = asking("ask_form", json!({}));
        let (result, mut question) =
            tokio::join!(made(&world, call), async { put.next().await.expect("a question") });
        assert_eq!(result.unwrap().content, r#"{"action":"cancel"}"#, "{era}");
        question.answer.cancellation().await;
    }
}

#[tokio::test]
async fn a_call_that_is_stopped_withdraws_its_question() {
    for era in ERAS {
        let world = World::with(&["--speaks", era], quick());
        let (call, mut put) = asking("ask_form", json!({}));
        let cancel = call.cancel.clone();
        let stopped = async {
            let question = put.next().await.expect("a question");
            cancel.cancel();
            question
        };
        let (result, mut question) = tokio::join!(made(&world, call), stopped);
        assert_eq!(result, Err(ConnectionFault::Cancelled), "{era}");
        question.answer.cancellation().await;
    }
}

#[tokio::test]
async fn where_several_people_s_calls_run_nobody_is_asked_by_mistake() {
    let world = World::with(&["--speaks", "legacy"], quick());
    let (hanging, _hers) = asking("hang", json!({}));
    let cancel = hanging.cancel.clone();
    let (call, mut put) = asking("ask_form", json!({}));
    let asked = async {
        world.logged("hanging").await;
        let result = made(&world, call).await.unwrap();
        cancel.cancel();
        result.content
    };
    let (_, told) = tokio::join!(made(&world, hanging), asked);
    assert_eq!(told, r#"{"action":"decline"}"#);
    assert!(put.next().await.is_none());
    world.logged("declined: calls of several people or conversations run").await;
}
