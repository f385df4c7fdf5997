//! Sentences of the server are known again, and the templates are what it says.

use std::path::Path;

use vertice_domain::{ErrorKind, FieldError, Outcome, ToolResult, event::CallUsage, part::Trouble};

use super::*;

fn in_portuguese(text: &str) -> String {
    let mut text = text.to_owned();
    say(Language::Portuguese, &mut text);
    text
}

#[test]
fn sentences_are_said_with_what_they_tell() {
    let pairs = [
        ("You chose this model.", "Você escolheu este modelo."),
        ("There is no such conversation.", "Não foi possível encontrar a conversa."),
        (
            "Least expensive fast model that fits; Anthropic is having trouble.",
            "O modelo rápido mais barato que serve; Anthropic está com problemas.",
        ),
        (
            "Anthropic failed while Claude Opus 5.5 was asked. It said: overloaded. Really. Try again in 7 s, or choose \
             another model.",
            "Anthropic falhou ao chamar Claude Opus 5.5. A mensagem foi: overloaded. Really. Tente de novo em 7 s ou \
             escolha outro modelo.",
        ),
        (
            "Anthropic failed while Claude Opus 5.5 was asked. Try again in a moment, or choose another model. GPT-6 was \
             tried in its place and failed too.",
            "Anthropic falhou ao chamar Claude Opus 5.5. Tente de novo em instantes ou escolha outro modelo. GPT-6 foi \
             tentado no lugar e também falhou.",
        ),
        (
            "The program ended with status 3. It wrote: no such database",
            "O programa terminou com o código 3. Ele escreveu: no such database",
        ),
        (
            "Signing in at the server did not work: it does not say how to sign in.",
            "A entrada no servidor não funcionou: ele não diz como entrar.",
        ),
        (
            "This server has no node. Whoever runs it can install it.",
            "Este servidor não tem node. Quem o administra pode instalar.",
        ),
        (
            "Too many wrong passwords from here. Try again in 1 second.",
            "Senhas erradas demais a partir daqui. Tente de novo em 1 segundo.",
        ),
    ];
    for (english, own) in pairs {
        assert_eq!(in_portuguese(english), own);
        let mut text = english.to_owned();
        say(Language::English, &mut text);
        assert_eq!(text, english);
    }
}

#[test]
fn what_became_of_an_import_is_said() {
    for (english, own) in [
        ("conversation 3 (“A, b”)", "conversa 3 (“A, b”)"),
        ("x: y.json, conversation 12", "x: y.json, conversa 12"),
        ("7 other entries of the archive", "7 outras entradas do arquivo zip"),
        ("It is encrypted; pack it without a password.", "Está cifrado; empacote-o sem senha."),
        ("It cannot be unpacked: it is damaged.", "Não pode ser extraído: está danificado."),
        (
            "a:b.json, conversation 3: the file ends too early: it was cut off on its way. What came before it is here.",
            "a:b.json, conversa 3: O arquivo termina cedo demais: foi cortado no caminho. O que veio antes está aqui.",
        ),
        (
            "the file: the file cannot be read any further: the archives unpack to more than 4 GB. What came before it is here.",
            "o arquivo: Não é possível ler mais do arquivo: os arquivos zip têm mais de 4 GB descompactados. O que veio antes está aqui.",
        ),
        (
            "It is larger than 64 MB, or made of more than 250,000 pieces.",
            "É maior do que 64 MB ou tem mais de 250,000 partes.",
        ),
    ] {
        assert_eq!(in_portuguese(english), own);
    }
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    for text in [
        "",
        "A sentence of tomorrow.",
        "You chose this model",
        "Anthropic failed while x was asked. Hm, or choose another model.",
    ] {
        assert_eq!(in_portuguese(text), text);
    }
    // Looking for sentences in sentences ends, whatever is looked at.
    let words = "was tried in its place and failed too. ".repeat(80);
    assert_eq!(in_portuguese(&words), words);
    let endless = "There is no such conversation.".repeat(1_000);
    assert_eq!(in_portuguese(&endless), endless);
}

#[test]
fn faults_of_fields_become_sentences() {
    let told = error(Language::Portuguese, Error::invalid_field("title", "must not be empty"));
    assert_eq!(
        (told.message.as_str(), told.fields[0].message.as_str()),
        ("Preencha este campo.", "Preencha este campo.")
    );
    assert_eq!((told.kind, told.code.as_str()), (ErrorKind::Invalid, "invalid_request"));
    let two = Error::invalid(vec![
        FieldError::new("email", "is not an e-mail address; it looks like name@example.com"),
        FieldError::new("name", "must be at most 100 characters"),
    ]);
    let told = error(Language::Portuguese, two.clone());
    assert_eq!(told.message, "Alguns campos não são válidos. Veja o erro de cada um.");
    assert_eq!(told.fields[1].message, "Use no máximo 100 caracteres.");
    assert_eq!(error(Language::English, two.clone()), two);
}

#[test]
fn refusals_of_rest_are_said_with_the_names_of_files() {
    let told = |message: &str, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(field, fault)| FieldError::new(*field, *fault)).collect();
        refusal(Language::Portuguese, message.to_owned(), fields)
    };
    assert_eq!(
        told("x", &[("src/a b.txt", "is no text in UTF-8"), ("archive", "holds no file")]),
        "src/a b.txt: Não é texto em UTF-8.\nNão há arquivos no arquivo zip."
    );
    assert_eq!(told("x", &[("archive", "is a sentence of tomorrow")]), "archive: is a sentence of tomorrow");
    assert_eq!(
        told(
            "notes.md: The content of this artifact is missing on the server. Its administrator can restore the folder of blobs \
             from a backup. Delete it, or write it anew, and the others can be exported.",
            &[]
        ),
        "notes.md: O conteúdo deste artefato não está mais no servidor. O administrador pode restaurar a pasta de blobs a \
         partir de uma cópia de segurança. Exclua-o ou escreva-o de novo, e os outros poderão ser exportados."
    );
    assert_eq!(
        told(
            "Somebody has changed this artifact meanwhile to version 3. Nothing was saved: read it again, and write what both \
             have changed.",
            &[]
        ),
        "Alguém mudou este artefato nesse meio-tempo para a versão 3. Nada foi salvo: leia-o de novo e escreva o que os \
         dois mudaram."
    );
    assert_eq!(told("There is no such artifact.", &[]), "Não foi possível encontrar o artefato.");
    let english = vec![FieldError::new("archive", "holds no file")];
    assert_eq!(refusal(Language::English, "x".into(), english), "archive: holds no file");
}

#[test]
fn events_of_a_turn_are_said() {
    let usage = CallUsage {
        model: "m".into(),
        usage: Default::default(),
        cache_miss: Some("Caching was switched off for this message.".into()),
    };
    let mut usage = TurnEvent::Usage(Box::new(usage));
    event(Language::Portuguese, &mut usage);
    let TurnEvent::Usage(usage) = usage else { panic!("it was one") };
    assert_eq!(usage.cache_miss.as_deref(), Some("O cache estava desligado para esta mensagem."));
}

#[test]
fn what_stands_between_a_call_and_its_server_is_said_and_what_tools_say_stays() {
    let content = "The server wants you to sign in. Open Settings, MCP servers, and sign in.";
    for (trouble, said) in [(Some(Trouble::NeedsSignIn), "O servidor quer"), (None, "The server wants")] {
        let result = ToolResult {
            call: "c".into(),
            outcome: Outcome::Failed,
            content: content.into(),
            images: Vec::new(),
            duration_ms: 0,
            trouble,
            artifact: None,
        };
        let part = Part { position: 0, step: 1, kind: PartKind::ToolResult(result) };
        let mut told = TurnEvent::PartStarted(Box::new(part));
        event(Language::Portuguese, &mut told);
        let TurnEvent::PartStarted(told) = told else { panic!("it was one") };
        let PartKind::ToolResult(told) = told.kind else { panic!("it was one") };
        assert!(told.content.starts_with(said), "{}", told.content);
    }
    let mut asks = TurnEvent::ToolState {
        call: "c".into(),
        state: ToolState::Waiting {
            reason: "It may change or destroy something.".into(),
            fingerprint: "f".into(),
        },
    };
    event(Language::Portuguese, &mut asks);
    let TurnEvent::ToolState { state: ToolState::Waiting { reason, .. }, .. } = asks else {
        panic!("it was one")
    };
    assert_eq!(reason, "Ela pode alterar ou destruir algo.");
}

/// The server's sentences change where they are composed; the templates have to follow.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may wait for the disk")]
fn templates_stand_in_the_source() {
    fn read(folder: &Path, source: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, source);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                source.push_str(&std::fs::read_to_string(path).expect("a text"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    let mut source = String::new();
    for room in [
        "agent",
        "artifacts",
        "auth",
        "domain",
        "egress",
        "ledger",
        "llm",
        "mcp",
        "sandbox",
        "storage",
        "transfer",
    ] {
        read(&root.join("crates").join(room).join("src"), &mut source);
    }
    read(&root.join("server/src"), &mut source);
    // A literal that goes on in the next line goes on at its first letter.
    let mut lines = source.split("\\\n");
    let mut joined = lines.next().unwrap_or_default().to_owned();
    lines.for_each(|line| joined.push_str(line.trim_start()));
    let mut english = Vec::new();
    Language::English.said().list(&mut english);
    for template in english {
        let fixed = template
            .split(['{', '}'])
            .step_by(2)
            .flat_map(|piece| piece.split([';', ',']))
            .map(|piece| piece.trim().trim_end_matches('.'));
        for piece in fixed.filter(|piece| piece.len() > 7) {
            let quoted = piece.replace('"', "\\\"");
            assert!(
                joined.contains(piece) || joined.contains(&quoted),
                "nobody says {piece:?} of {template:?}"
            );
        }
    }
}
