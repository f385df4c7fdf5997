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
fn the_shell_names_this_build_and_nobodys_text() {
    assert!(HASH.len() == 16 && HASH.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(shell().contains(&format!(r#"src="/rt/{HASH}/frame.js""#)));
    let prelude = shell().find("RTCPeerConnection").unwrap();
    assert!(prelude < shell().find("<script src").unwrap(), "the prelude runs first");
}
