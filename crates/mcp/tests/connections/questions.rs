//! Servers ask the person in the midst of a call, in both eras.

use std::{pin::pin, time::Duration};

use futures::{Stream, StreamExt as _, channel::mpsc, stream};
use serde_json::{Value, json};
use vertice_domain::{
    ConversationId, TurnId, UserId,
    elicitation::{Answer, Wanted},
};
use vertice_mcp::connection::{Call, CallResult, ConnectionFault, Connections as _, Limits, Person};
use vertice_ports::{Ids as _, tools::Question};
use vertice_runtime::SystemIds;

use crate::support::{World, call, quick};

const ERAS: [&str; 2] = ["legacy", "stateless"];

/// Who makes a call, and where.
#[derive(Clone, Copy)]
struct Place {
    user: UserId,
    conversation: Option<ConversationId>,
    turn: TurnId,
}

impl Place {
    fn new() -> Self {
        let [user, conversation, turn] = std::array::from_fn(|_| SystemIds.uuid());
        let conversation = Some(ConversationId::new(conversation));
        Self { user: UserId::new(user), conversation, turn: TurnId::new(turn) }
    }

    /// The person is asked, by the call that may ask them.
    fn asking(self, tool: &str, arguments: Value) -> (Call, mpsc::Receiver<Question>) {
        let Self { user, conversation, turn } = self;
        let (questions, put) = mpsc::channel(1);
        let person = Person { user, conversation, turn, server: "scripted".into(), questions };
        (Call { person: Some(person), ..call(tool, arguments) }, put)
    }
}

/// A person who is asked, and the call that may ask them.
fn asking(tool: &str, arguments: Value) -> (Call, mpsc::Receiver<Question>) {
    Place::new().asking(tool, arguments)
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

/// Whether a person's call that asks has a question put, by itself or by another call of theirs; the answer that they give,
/// if it has, is that they cancel.
async fn is_asked_through(world: &World, place: Place, theirs: impl Stream<Item = Question> + Unpin) -> bool {
    let (call, put) = place.asking("ask_form", json!({}));
    let mut put = stream::select(put, theirs);
    let mut result = pin!(made(world, call));
    let mut is_asked = false;
    let result = loop {
        tokio::select! {
            result = &mut result => break result,
            Some(question) = put.next() => {
                is_asked = true;
                question.answer.send(Answer::Cancel).expect("the call waits");
            }
        }
    };
    let told = if is_asked { r#"{"action":"cancel"}"# } else { r#"{"action":"decline"}"# };
    assert_eq!(result.expect("an answer").content, told);
    is_asked
}

async fn is_asked(world: &World, place: Place) -> bool {
    is_asked_through(world, place, stream::empty()).await
}

/// Whether one of the two is asked while both have a call that runs.
async fn is_asked_beside(world: &World, other: Place, place: Place) -> bool {
    let (hanging, put) = other.asking("hang", json!({}));
    let cancel = hanging.cancel.clone();
    let asked = async {
        world.logged("hanging").await;
        let is_asked = is_asked_through(world, place, put).await;
        cancel.cancel();
        is_asked
    };
    tokio::join!(made(world, hanging), asked).1
}

#[tokio::test]
async fn where_several_people_s_calls_run_nobody_is_asked_by_mistake() {
    let world = World::with(&["--speaks", "legacy"], quick());
    assert!(!is_asked_beside(&world, Place::new(), Place::new()).await);
    world.logged("declined: calls of several people or conversations run").await;
}

#[tokio::test]
async fn calls_of_one_turn_outside_of_conversations_are_one_person_s() {
    let turn = Place { conversation: None, ..Place::new() };
    let another = Place { turn: Place::new().turn, ..turn };
    for (other, expected) in [(turn, true), (another, false)] {
        let world = World::with(&["--speaks", "legacy"], quick());
        assert_eq!(is_asked_beside(&world, other, turn).await, expected);
    }
}

/// A call that the server works at still, after nobody waits for it any more.
async fn given_up(world: &World, call: Call, is_cancelled: bool) {
    let cancel = call.cancel.clone();
    let stopped = async {
        world.logged("hanging").await;
        if is_cancelled {
            cancel.cancel();
        }
    };
    let (result, ()) = tokio::join!(made(world, call), stopped);
    let fault = if is_cancelled { ConnectionFault::Cancelled } else { ConnectionFault::TooSlow(2) };
    assert_eq!(result, Err(fault));
}

#[tokio::test]
async fn a_call_that_was_given_up_may_still_ask_and_nobody_else_is_asked_its_question() {
    let hers = Place::new();
    let elsewhere = Place { conversation: Place::new().conversation, ..hers };
    let later = Place { turn: Place::new().turn, ..hers };
    let (limits, hurried) = (quick(), Limits { quiet: Duration::from_secs(2), ..quick() });
    for (limits, is_cancelled) in [(limits, true), (hurried, false)] {
        let world = World::with(&["--speaks", "legacy"], limits);
        given_up(&world, hers.asking("hang", json!({})).0, is_cancelled).await;
        assert!(!is_asked(&world, Place::new()).await, "another person");
        assert!(!is_asked(&world, elsewhere).await, "another conversation");
        assert!(is_asked(&world, later).await, "the next turn of the same conversation");
        world
            .logged("declined: it may belong to a call of another person or conversation that was given up")
            .await;
    }
    let world = World::with(&["--speaks", "legacy"], quick());
    given_up(&world, call("hang", json!({})), true).await;
    assert!(!is_asked(&world, hers).await, "the call had nobody to be asked");
}
