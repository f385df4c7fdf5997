//! Answers with thinking in their text, in pieces of all sizes.

use proptest::prelude::*;

use super::*;

/// The text and the thinking of an answer in these pieces.
fn read(pieces: &[&str], opening: &Opening, stop: FinishReason) -> (String, String) {
    let (mut tags, mut out) = (Tags::new(opening.clone()), Queue::new());
    for piece in pieces {
        tags.text((*piece).to_owned(), &mut out);
    }
    tags.end(stop == FinishReason::Stop, &mut out);
    let (mut text, mut thinking) = (String::new(), String::new());
    for item in out {
        match item {
            Ok(Decoded::Text(piece)) => text.push_str(&piece),
            Ok(Decoded::Thinking(piece)) => thinking.push_str(&piece),
            other => panic!("{other:?}"),
        }
    }
    (text, thinking)
}

fn characters(text: &str) -> Vec<&str> {
    text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect()
}

/// Whole and character by character, of a model that nothing is known of.
#[track_caller]
fn told(text: &str) -> (String, String) {
    let read_in = |pieces: &[&str]| read(pieces, &Opening::of_model("house"), FinishReason::Stop);
    let whole = read_in(&[text]);
    assert_eq!(read_in(&characters(text)), whole, "character by character: {text:?}");
    whole
}

#[track_caller]
fn is_text(text: &str) {
    assert_eq!(told(text), (text.to_owned(), String::new()));
}

fn pair(text: &str, thinking: &str) -> (String, String) {
    (text.to_owned(), thinking.to_owned())
}

#[test]
fn every_kind_of_tag_at_the_beginning() {
    for Pair { open, close, .. } in PAIRS {
        assert_eq!(
            told(&format!("{open}\nHm, 1 < 2.\n{close}\n\nYes.")),
            pair("Yes.", "Hm, 1 < 2."),
            "{open}"
        );
        assert_eq!(told(&format!(" \n{open}Hm.{close}Yes.")), pair("Yes.", "Hm."), "{open}");
    }
    assert_eq!(told("<Thought>Hm.</Thought> Yes."), pair("Yes.", "Hm."));
    assert_eq!(told("[THINK]Hm.[/THINK]Yes."), pair("Yes.", "Hm."));
    assert_eq!(told("<think>\n\n</think>\n\nYes."), pair("Yes.", ""));
    assert_eq!(told("<think>a\n\nb</think><think>c</think>Yes."), pair("Yes.", "a\n\nbc"));
    assert_eq!(told("<think>never ends"), pair("", "never ends"));
}

#[test]
fn a_models_own_mark_opens_a_later_line_too() {
    assert_eq!(told("One.\n<think>Hm.</think>\nTwo."), pair("One.\nTwo.", "Hm."));
    let mention = "It begins so:\n<think>\nand goes on.";
    assert_eq!(told(mention), pair(mention, "and goes on."), "what never ends was none");
    assert_eq!(told("<think>a</think>One.\n  <think>b</think>Two."), pair("One.\n  Two.", "ab"));
}

#[test]
fn tags_in_the_text_stay_there() {
    is_text("Models write <think> and </think> around it.");
    is_text("Use `<think>`:\n\n```xml\n<think>\nHm.\n</think>\n```\nDone.");
    is_text("~~~~\n<think>\n~~~\n<think>\n~~~~\n");
    is_text("Like so:\n\n    <think>Hm.</think>\n");
    is_text("<result>\n<reason>too long</reason>\n</result>");
    is_text("`</think>`\nends it, [link](a), a < b, ◁");
    is_text("<thin");
    is_text("\n\n  text \n");
    is_text("It ends with ``");
}

#[test]
fn a_closing_tag_in_code_ends_no_thinking_unless_it_was_the_only_one() {
    let text = "<think>Print `</think>` or\n```\n</think>\n```\nwell.</think>Yes.";
    assert_eq!(told(text), pair("Yes.", "Print `</think>` or\n```\n</think>\n```\nwell."));
    let (text, thinking) = told("<think>A fence:\n```\nthat never ends\n</think>\n\nYes.");
    assert_eq!((text.as_str(), thinking.starts_with("A fence:")), ("Yes.", true));
}

#[test]
fn a_template_that_opens_the_tag_is_known_by_the_models_name() {
    for id in
        ["deepseek-r1:8b", "Qwen/QwQ-32B", "qwen3-30b-a3b-thinking-2507", "DeepSeek-R1-Distill-Llama-8B"]
    {
        let opening = Opening::of_model(id);
        let read = |text: &str| read(&characters(text), &opening, FinishReason::Stop);
        assert_eq!(read("\nHm.\n</think>\n\nYes."), pair("Yes.", "Hm."), "{id}");
        assert_eq!(read("<think>Hm.</think>Yes."), pair("Yes.", "Hm."), "{id}");
        assert_eq!(read("</think>Yes."), pair("Yes.", ""), "{id}");
    }
}

#[test]
fn what_was_taken_for_thinking_and_never_ends_is_the_answer() {
    let opening = Opening::of_model("qwq");
    assert_eq!(read(&["Just ", "so."], &opening, FinishReason::Stop), pair("Just so.", "Just so."));
    assert_eq!(read(&["Just so."], &opening, FinishReason::Stop), pair("Just so.", ""), "and it is learned");
    let opening = Opening::of_model("qwq");
    let text = "So:\n```\n</think>\n```\nDone.";
    assert_eq!(read(&[text], &opening, FinishReason::Stop).0, text, "all of it");
    let opening = Opening::of_model("qwq");
    assert_eq!(read(&["Hm, "], &opening, FinishReason::MaxTokens), pair("", "Hm,"), "it may have been cut");
}

#[test]
fn another_model_whose_template_opens_the_tag_is_known_after_one_answer() {
    for text in ["Hm.\n</think>\n\nYes.", "Hm.</think>\nYes.", "Hm.</think>Yes."] {
        let opening = Opening::of_model("house");
        let first = read(&characters(text), &opening, FinishReason::Stop);
        assert!(
            first.0.starts_with("Hm.") && first.0.ends_with("Yes.") && !first.0.contains("think"),
            "{first:?}"
        );
        assert_eq!(read(&characters(text), &opening, FinishReason::Stop), pair("Yes.", "Hm."));
    }
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter_and_nothing_is_lost(
        words in proptest::collection::vec("(<think>|</think>|</thinking>|<thinking>|<reason>|```|`|~~~|\n|  | |é|◁|<|\\[|x)", 0..14),
        cuts in proptest::collection::vec(1_usize..5, 1..6),
        presumed in any::<bool>(),
    ) {
        let text = words.concat();
        let model = if presumed { "qwq" } else { "house" };
        let whole = read(&[&text], &Opening::of_model(model), FinishReason::Stop);
        let mut pieces = Vec::new();
        let (mut rest, mut cuts) = (text.as_str(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(rest.ceil_char_boundary((*cuts.next().unwrap()).min(rest.len())));
            pieces.push(piece);
            rest = tail;
        }
        prop_assert_eq!(&read(&pieces, &Opening::of_model(model), FinishReason::Stop), &whole);
        let letters = |text: &str| text.matches(['x', 'é']).count();
        prop_assert!(letters(&whole.0) + letters(&whole.1) >= letters(&text), "{:?} of {:?}", whole, text);
    }
}
