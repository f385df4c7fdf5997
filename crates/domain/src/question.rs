//! What a model asks the person it works for: a tool of ours that runs nothing, and waits for an answer as a call waits for
//! approval.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{Error, FieldError, Result, ToolCall, elicitation::Answers};

/// The tool's name. It has no server.
pub const TOOL: &str = "ask_person";
/// What models are told of it.
pub const DESCRIPTION: &str = "Asks the person you work for, and waits for the answer. Use it when you cannot go on without a decision that \
                               is theirs, not to report or to be polite. Ask everything at once.";

/// More questions at once are a form.
const MOST_QUESTIONS: usize = 4;
const MOST_OPTIONS: usize = 8;
const MOST_CHARS: usize = 500;
/// The longest answer, in characters.
const MOST_ANSWER_CHARS: usize = 8_000;

/// A question to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    #[schema(example = "q1")]
    pub id: String,
    pub text: String,
    /// Answers to choose from; none: there is nothing to choose from.
    pub options: Vec<String>,
    /// Whether another answer may be written.
    pub free_text: bool,
}

/// The questions as the model writes them.
#[derive(Deserialize)]
struct Asked {
    questions: Vec<AskedOne>,
}

#[derive(Deserialize)]
struct AskedOne {
    question: String,
    #[serde(default)]
    options: Vec<String>,
    free_text: Option<bool>,
}

/// The JSON Schema of the tool's arguments.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"questions": {
            "type": "array", "minItems": 1, "maxItems": MOST_QUESTIONS,
            "items": {
                "type": "object",
                "properties": {
                    "question": {"type": "string"},
                    "options": {"type": "array", "maxItems": MOST_OPTIONS, "items": {"type": "string"}},
                    "free_text": {"type": "boolean", "description": "Whether another answer than the options may be given. Default: true."},
                },
                "required": ["question"],
            },
        }},
        "required": ["questions"],
    })
}

/// The questions of these arguments; else what is wrong with them, for the model.
pub fn read(arguments: &Value) -> Result<Vec<Question>, String> {
    let asked =
        Asked::deserialize(arguments).map_err(|error| format!("The questions cannot be read: {error}."))?;
    if asked.questions.is_empty() || asked.questions.len() > MOST_QUESTIONS {
        return Err(format!("Ask one to {MOST_QUESTIONS} questions at once."));
    }
    (1..).zip(asked.questions).map(|(number, asked)| question(number, asked)).collect()
}

fn question(number: usize, asked: AskedOne) -> Result<Question, String> {
    let AskedOne { question, options, free_text } = asked;
    let texts = std::iter::once(&question).chain(&options);
    let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= MOST_CHARS;
    if !texts.into_iter().all(fits) {
        return Err(format!("Question {number}: each text must have 1 to {MOST_CHARS} characters."));
    }
    if options.len() > MOST_OPTIONS {
        return Err(format!("Question {number}: give at most {MOST_OPTIONS} options."));
    }
    let free_text = options.is_empty() || free_text.unwrap_or(true);
    Ok(Question { id: format!("q{number}"), text: question, options, free_text })
}

/// What the model is told that the person answered. An answer to no question, or one that was not to be chosen, is an error;
/// a question without an answer was passed over.
pub fn answered(questions: &[Question], answers: &Answers) -> Result<String> {
    let mut errors = Vec::new();
    let answer_to = |id: &str| answers.get(id).and_then(Value::as_str).unwrap_or_default().trim();
    for (id, answer) in answers {
        let Some(answer) = answer.as_str() else {
            errors.push(FieldError::new(format!("answers.{id}"), "must be a text"));
            continue;
        };
        let fault = match questions.iter().find(|question| question.id == *id) {
            None => "there is no question of that id",
            Some(_) if answer.chars().count() > MOST_ANSWER_CHARS => "is longer than 8,000 characters",
            Some(asked) if !asked.free_text && !asked.options.iter().any(|option| option == answer) => {
                "must be one of the options"
            }
            Some(_) => continue,
        };
        errors.push(FieldError::new(format!("answers.{id}"), fault));
    }
    if answers.keys().all(|id| answer_to(id).is_empty()) {
        errors.push(FieldError::new(
            "answers",
            "must hold an answer; to pass over the questions, deny the call",
        ));
    }
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    let lines = questions.iter().map(|question| {
        let answer = Some(answer_to(&question.id)).filter(|answer| !answer.is_empty());
        format!("{}\n{}", question.text, answer.unwrap_or("(not answered)"))
    });
    Ok(lines.collect::<Vec<_>>().join("\n\n"))
}

impl ToolCall {
    /// Whether it asks the person something.
    pub fn is_question(&self) -> bool {
        self.server.is_empty() && self.name == TOOL
    }

    /// What it asks the person, if it does and can be read.
    pub fn questions(&self) -> Option<Vec<Question>> {
        let arguments = self.is_question().then(|| serde_json::from_str(&self.arguments).ok())??;
        read(&arguments).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<Question> {
        let asked = json!({"questions": [
            {"question": "Which one?", "options": ["red", "blue"], "free_text": false},
            {"question": "Why?"},
        ]});
        read(&asked).unwrap()
    }

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        pairs.iter().map(|(id, answer)| ((*id).to_owned(), Value::from(*answer))).collect()
    }

    #[test]
    fn questions_are_numbered_and_a_question_without_options_takes_any_answer() {
        let [first, second] = two().try_into().unwrap();
        assert_eq!((first.id.as_str(), first.free_text), ("q1", false));
        assert_eq!((second.id.as_str(), second.free_text, second.options.len()), ("q2", true, 0));
        let long = "x".repeat(501);
        for bad in [
            json!({}),
            json!({"questions": []}),
            json!({"questions": [{"question": " "}]}),
            json!({"questions": [{"question": long}]}),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_are_told_with_their_questions() {
        let told = answered(&two(), &answers(&[("q1", "red")])).unwrap();
        assert_eq!(told, "Which one?\nred\n\nWhy?\n(not answered)");
        let fields = |given: &[(&str, &str)]| {
            let error = answered(&two(), &answers(given)).unwrap_err();
            error.fields.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&[("q1", "green")]), ["answers.q1"]);
        assert_eq!(fields(&[("q9", "x")]), ["answers.q9"]);
        assert_eq!(fields(&[]), ["answers"]);
        assert_eq!(fields(&[("q2", "  ")]), ["answers"]);
    }
}
