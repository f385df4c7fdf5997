//! What the bundles hold, as the doors ask for it.

use vertice_bundles::{HASH, file, shell};

#[test]
fn the_doors_find_what_browsers_ask_for() {
    let needed = [
        "host.js",
        "frame.js",
        "react.js",
        "lucide-react.js",
        "recharts.js",
        "tailwind.js",
        "compile.js",
        "shoot.js",
        "mermaid.js",
        "editor.js",
        "editor.css",
        "licences.txt",
        "editor.worker.js",
        "json.worker.js",
        "codicon.ttf",
    ];
    for path in needed {
        let found = file(path).unwrap_or_else(|| panic!("{path} is missing"));
        assert!(!found.bytes.is_empty(), "{path}");
        assert_eq!(found.brotli.is_some(), !path.ends_with(".ttf"), "{path}");
    }
    assert_eq!(file("host.js").unwrap().kind, "text/javascript; charset=utf-8");
    assert_eq!(file("editor.css").unwrap().kind, "text/css; charset=utf-8");
    assert_eq!(file("codicon.ttf").unwrap().kind, "font/ttf");
    for absent in ["", "host", "../shell.html", "nothing.js"] {
        assert!(file(absent).is_none(), "{absent}");
    }
}

#[test]
fn everybody_whose_work_is_in_it_is_named() {
    let document = include_str!("../../../docs/THIRD_PARTY.md");
    let texts = std::str::from_utf8(file("licences.txt").unwrap().bytes).unwrap();
    let packages = include_str!(concat!(env!("OUT_DIR"), "/bundles/packages.txt"));
    assert!(packages.contains("\nreact 19"), "{packages}");
    for package in packages.lines() {
        let (name, licence) = package.rsplit_once(" (").unwrap();
        let row = format!("| {} | {} |", name.replace(' ', " | "), licence.trim_end_matches(')'));
        assert!(document.lines().any(|line| line == row), "docs/THIRD_PARTY.md lacks: {row}");
        assert!(texts.contains(package), "{package} is not told with its licence");
    }
    assert_eq!(
        document.matches("\n| ").count(),
        packages.lines().count() + 2,
        "somebody is named who is not in it"
    );
}

#[test]
fn the_shell_names_this_build_and_nobodys_text() {
    assert!(HASH.len() == 16 && HASH.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(shell().contains(&format!(r#"src="/rt/{HASH}/frame.js""#)));
    let prelude = shell().find("RTCPeerConnection").unwrap();
    assert!(prelude < shell().find("<script src").unwrap(), "the prelude runs first");
}
