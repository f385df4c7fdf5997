//! The table of languages. Words are one text a language, with blanks between: it is the smallest form in WASM.

/// What is special about a language.
#[derive(Clone, Copy)]
pub(super) struct Flags(u16);

impl Flags {
    /// Keywords in any case.
    pub(super) const ANY_CASE: u16 = 1;
    /// `'a` and raw strings, as in Rust.
    pub(super) const LIFETIMES: u16 = 2;
    /// `@name`.
    pub(super) const AT: u16 = 4;
    /// `#name`.
    pub(super) const HASH: u16 = 8;
    /// `$name` and `${name}`.
    pub(super) const DOLLAR: u16 = 16;
    /// `<name`.
    pub(super) const TAGS: u16 = 32;
    /// No tag directly behind a name: `Vec<T>`.
    pub(super) const JSX: u16 = 64;
    /// Names may hold `-`.
    pub(super) const DASHES: u16 = 128;
    /// `name:` and `name =` are keys.
    pub(super) const KEYS: u16 = 256;
    /// A comment only behind white space.
    pub(super) const SPACED_COMMENT: u16 = 512;
    /// Strings span lines.
    pub(super) const LONG_STRINGS: u16 = 1024;
    /// A backslash in a string is itself.
    pub(super) const NO_ESCAPES: u16 = 2048;
    /// Read by [`super::lines`].
    pub(super) const LINES: u16 = 4096;
    /// Capitals mean nothing.
    pub(super) const TAGS_ONLY: u16 = 8192;

    pub(super) fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }
}

/// One row of the table.
pub(super) struct Language {
    /// The name, then its aliases.
    pub(super) names: &'static [&'static str],
    keywords: &'static str,
    types: &'static str,
    /// Start of a comment to the end of the line.
    pub(super) comments: &'static [&'static str],
    /// Start and end of block comments.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// String delimiters, longer ones first.
    pub(super) quotes: &'static [&'static str],
    pub(super) flags: Flags,
}

impl Language {
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        contains(self.keywords, word, self.flags)
    }

    pub(super) fn is_type(&self, word: &str) -> bool {
        contains(self.types, word, self.flags)
    }
}

fn contains(words: &str, word: &str, flags: Flags) -> bool {
    let any_case = flags.has(Flags::ANY_CASE);
    // No keyword of the table is longer.
    word.len() <= 20
        && words
            .split(' ')
            .any(|w| w.len() == word.len() && (w == word || any_case && w.eq_ignore_ascii_case(word)))
}

/// The language of a name or alias, in any case.
pub(super) fn find(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.names.iter().any(|n| n.eq_ignore_ascii_case(name)))
}

type Words = &'static [&'static str];
type Pairs = &'static [(&'static str, &'static str)];

const C_BLOCK: Pairs = &[("/*", "*/")];
const C_LINE: Words = &["//"];
const QUOTES: Words = &["\"", "'"];

macro_rules! row {
    ($names:expr, $keywords:expr, $types:expr, $comments:expr, $blocks:expr, $quotes:expr, $flags:expr $(,)?) => {
        Language {
            names: $names,
            keywords: $keywords,
            types: $types,
            comments: $comments,
            blocks: $blocks,
            quotes: $quotes,
            flags: Flags($flags),
        }
    };
}

const JS: &str = "as async await break case catch class const continue debugger default delete do else export extends false finally for from function get if import in instanceof let new null of return set static super switch this throw true try typeof undefined var void while with yield";
const TS: &str = "abstract as asserts async await break case catch class const constructor continue declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace new null of private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while yield";
const TS_TYPES: &str = "any bigint boolean never number object string symbol unknown";
const C: &str = "auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct switch typedef union volatile while NULL true false";
const C_TYPES: &str = "bool char double float int int8_t int16_t int32_t int64_t long short signed size_t ssize_t uint8_t uint16_t uint32_t uint64_t unsigned void";

static LANGUAGES: &[Language] = &[
    row!(
        &["rust", "rs"],
        "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self static struct super trait true type union unsafe use where while",
        "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize Self",
        C_LINE,
        C_BLOCK,
        &["\""],
        Flags::LIFETIMES | Flags::LONG_STRINGS,
    ),
    row!(
        &["python", "py", "python3", "pyi"],
        "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield self",
        "bool bytes dict float int list object set str tuple",
        &["#"],
        &[],
        &["\"\"\"", "'''", "\"", "'"],
        Flags::AT,
    ),
    row!(&["javascript", "js", "mjs", "cjs", "node"], JS, "", C_LINE, C_BLOCK, &["\"", "'", "`"], Flags::AT),
    row!(&["typescript", "ts", "mts"], TS, TS_TYPES, C_LINE, C_BLOCK, &["\"", "'", "`"], Flags::AT),
    row!(
        &["tsx", "jsx", "react"],
        TS,
        TS_TYPES,
        C_LINE,
        C_BLOCK,
        &["\"", "'", "`"],
        Flags::TAGS | Flags::JSX
    ),
    row!(&["json", "jsonc", "json5", "ndjson"], "true false null", "", C_LINE, C_BLOCK, QUOTES, Flags::KEYS),
    row!(
        &["html", "xml", "svg", "vue", "svelte", "xhtml", "plist"],
        "",
        "",
        &[],
        &[("<!--", "-->")],
        &["\""],
        Flags::TAGS
            | Flags::DASHES
            | Flags::KEYS
            | Flags::LONG_STRINGS
            | Flags::NO_ESCAPES
            | Flags::TAGS_ONLY,
    ),
    row!(
        &["css", "scss", "less", "sass"],
        "important and not only from to",
        "",
        &["// "],
        C_BLOCK,
        QUOTES,
        Flags::AT | Flags::HASH | Flags::DOLLAR | Flags::DASHES | Flags::KEYS,
    ),
    row!(
        &["bash", "sh", "shell", "zsh", "console", "shell-session", "fish"],
        "alias break case cd continue do done echo elif else esac eval exec exit export fi for function if in local readonly return select set shift source sudo then time trap true false unset until while",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::DOLLAR | Flags::DASHES | Flags::SPACED_COMMENT | Flags::LONG_STRINGS | Flags::TAGS_ONLY,
    ),
    row!(
        &["powershell", "ps1", "pwsh"],
        "begin break catch class continue do else elseif end exit filter finally for foreach function if in param process return switch throw try until while",
        "",
        &["#"],
        &[("<#", "#>")],
        QUOTES,
        Flags::ANY_CASE | Flags::DOLLAR | Flags::DASHES | Flags::NO_ESCAPES,
    ),
    row!(
        &["sql", "postgres", "postgresql", "mysql", "sqlite", "plsql"],
        "add all alter and as asc begin between by cascade case check column commit conflict constraint create cross cte database default delete desc distinct do drop else end except exists explain false foreign from full function grant group having if in index inner insert intersect into is join key left like limit not null offset on or order outer over partition primary recursive references returning right rollback select set table then transaction trigger true truncate union unique update using values view when where window with",
        "bigint blob boolean char date decimal double float int integer interval json jsonb numeric real serial smallint text time timestamp timestamptz uuid varchar",
        &["--"],
        C_BLOCK,
        QUOTES,
        Flags::ANY_CASE | Flags::LONG_STRINGS | Flags::NO_ESCAPES,
    ),
    row!(
        &["go", "golang"],
        "break case chan const continue default defer else fallthrough false for func go goto if import interface iota map nil package range return select struct switch true type var",
        "any bool byte complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
        C_LINE,
        C_BLOCK,
        &["\"", "'", "`"],
        0,
    ),
    row!(
        &["java"],
        "abstract assert break case catch class const continue default do else enum extends false final finally for if implements import instanceof interface native new null package permits private protected public record return sealed static super switch synchronized this throw throws transient true try var volatile while yield",
        "boolean byte char double float int long short void",
        C_LINE,
        C_BLOCK,
        &["\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["kotlin", "kt", "kts"],
        "abstract as break by class companion const constructor continue data do else enum false final finally for fun if import in infix init inline interface internal is lateinit null object open operator override package private protected public return sealed super suspend this throw true try typealias val var vararg when where while",
        "",
        C_LINE,
        C_BLOCK,
        &["\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["swift"],
        "actor any as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough false fileprivate final for func guard if import in init inout internal is lazy let mutating nil open operator override private protocol public repeat rethrows return self some static struct subscript super switch throw throws true try typealias unowned var weak where while",
        "",
        C_LINE,
        C_BLOCK,
        &["\"\"\"", "\""],
        Flags::AT | Flags::HASH,
    ),
    row!(&["c", "h"], C, C_TYPES, C_LINE, C_BLOCK, QUOTES, Flags::HASH),
    row!(
        &["cpp", "c++", "cc", "cxx", "hpp", "cuda", "arduino", "ino"],
        "alignas auto break case catch class co_await co_return co_yield concept const consteval constexpr constinit continue decltype default delete do else enum explicit export extern false final for friend goto if inline mutable namespace new noexcept nullptr operator override private protected public requires return sizeof static static_cast struct switch template this throw true try typedef typename union using virtual volatile while",
        C_TYPES,
        C_LINE,
        C_BLOCK,
        QUOTES,
        Flags::HASH,
    ),
    row!(
        &["csharp", "cs", "c#"],
        "abstract as async await base break case catch class const continue default delegate do else enum event explicit extern false finally fixed for foreach get if implicit in init interface internal is lock namespace new null operator out override params partial private protected public readonly record ref required return sealed set sizeof static struct switch this throw true try typeof unsafe using var virtual void volatile when where while with yield",
        "bool byte char decimal double dynamic float int long object sbyte short string uint ulong ushort",
        C_LINE,
        C_BLOCK,
        &["\"\"\"", "\"", "'"],
        Flags::HASH,
    ),
    row!(
        &["php"],
        "abstract and array as break case catch class clone const continue declare default do echo else elseif empty enum extends false final finally fn for foreach function global if implements include instanceof interface isset list match namespace new null or print private protected public readonly require require_once return static switch this throw trait true try unset use var while yield",
        "bool float int mixed string void",
        &["//", "#"],
        C_BLOCK,
        QUOTES,
        Flags::DOLLAR | Flags::LONG_STRINGS,
    ),
    row!(
        &["ruby", "rb"],
        "alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or private protected public redo rescue retry return self super then true undef unless until when while yield require attr_accessor attr_reader",
        "",
        &["#"],
        &[("=begin", "=end")],
        QUOTES,
        Flags::AT | Flags::DOLLAR,
    ),
    row!(
        &["yaml", "yml"],
        "true false null yes no on off",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::KEYS | Flags::DASHES | Flags::SPACED_COMMENT | Flags::TAGS_ONLY,
    ),
    row!(
        &["toml"],
        "true false inf nan",
        "",
        &["#"],
        &[],
        &["\"\"\"", "'''", "\"", "'"],
        Flags::KEYS | Flags::DASHES | Flags::TAGS_ONLY,
    ),
    row!(
        &["ini", "conf", "cfg", "properties", "env", "dotenv", "editorconfig"],
        "",
        "",
        &[],
        &[],
        &[],
        Flags::LINES,
    ),
    row!(&["markdown", "md", "mdx"], "", "", &[], &[], &[], Flags::LINES),
    row!(&["diff", "patch", "udiff"], "", "", &[], &[], &[], Flags::LINES),
    row!(
        &["dockerfile", "docker", "containerfile"],
        "add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::ANY_CASE | Flags::DOLLAR | Flags::DASHES | Flags::SPACED_COMMENT,
    ),
    row!(
        &["makefile", "make", "mk"],
        "define else endef endif export ifdef ifeq ifndef ifneq include override unexport vpath",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::DOLLAR | Flags::KEYS | Flags::DASHES | Flags::SPACED_COMMENT | Flags::TAGS_ONLY,
    ),
    row!(
        &["cmake"],
        "add_executable add_library else elseif endforeach endfunction endif foreach function if include project set target_link_libraries",
        "",
        &["#"],
        &[],
        &["\""],
        Flags::ANY_CASE | Flags::DOLLAR,
    ),
    row!(
        &["lua", "luau"],
        "and break do else elseif end false for function goto if in local nil not or repeat return then true until while self",
        "",
        &["--"],
        &[("--[[", "]]"), ("[[", "]]")],
        QUOTES,
        0,
    ),
    row!(
        &["r"],
        "break else FALSE for function if in Inf NA NaN next NULL repeat return TRUE while library",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::TAGS_ONLY,
    ),
    row!(
        &["julia", "jl"],
        "abstract baremodule begin break catch const continue do else elseif end export false finally for function global if import in let local macro module mutable nothing quote return struct true try using where while",
        "",
        &["#"],
        &[("#=", "=#")],
        &["\"\"\"", "\""],
        Flags::AT,
    ),
    row!(
        &["scala", "sc"],
        "abstract case catch class def derives do else enum export extends extension false final finally for given if implicit import lazy match new null object override package private protected return sealed super then this throw trait true try type using val var while with yield",
        "",
        C_LINE,
        C_BLOCK,
        &["\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["dart", "flutter"],
        "abstract as async await break case catch class const continue default do dynamic else enum export extends extension factory false final finally for get if implements import in is late library mixin new null on part required rethrow return sealed set static super switch this throw true try typedef var void while with yield",
        "bool double int num",
        C_LINE,
        C_BLOCK,
        &["'''", "\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["groovy", "gradle", "jenkinsfile"],
        "as assert break case catch class continue def default do else enum extends false final finally for if implements import in instanceof interface new null package private protected public return static super switch this throw throws trait true try void while",
        "boolean int long",
        C_LINE,
        C_BLOCK,
        &["'''", "\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["haskell", "hs"],
        "as case class data default deriving do else family forall foreign if import in infix infixl infixr instance let module newtype of qualified then type where",
        "",
        &["--"],
        &[("{-", "-}")],
        &["\""],
        0,
    ),
    row!(
        &["elm", "purescript"],
        "alias as case else exposing if import in let module of port then type where",
        "",
        &["--"],
        &[("{-", "-}")],
        &["\"\"\"", "\""],
        0,
    ),
    row!(
        &["ocaml", "ml", "fsharp", "fs", "f#"],
        "and as begin class do done else end exception external false for fun function functor if in include let match member module mutable namespace new object of open rec sig struct then to true try type use val when while with yield",
        "bool char float int list option string unit",
        C_LINE,
        &[("(*", "*)")],
        &["\""],
        0,
    ),
    row!(
        &["elixir", "ex", "exs"],
        "after alias and case catch cond def defmacro defmodule defp defstruct do else end false fn for if import in nil not or quote raise receive require rescue true try unless unquote use when with",
        "",
        &["#"],
        &[],
        &["\"\"\"", "\"", "'"],
        Flags::AT,
    ),
    row!(
        &["erlang", "erl"],
        "after and andalso begin case catch end fun if not of or orelse receive try when",
        "",
        &["%"],
        &[],
        &["\"", "'"],
        0,
    ),
    row!(
        &["clojure", "clj", "lisp", "scheme", "elisp", "racket"],
        "cond def defmacro defmethod defn defun defvar define do false fn if lambda let let* loop nil ns quote recur require setq true when",
        "",
        &[";"],
        &[],
        &["\""],
        Flags::DASHES | Flags::LONG_STRINGS,
    ),
    row!(
        &["zig"],
        "addrspace align allowzero and anyframe asm async await break catch comptime const continue defer else enum errdefer error export extern false fn for if inline noalias null or orelse packed pub resume return struct suspend switch test threadlocal true try undefined union unreachable usingnamespace var volatile while",
        "anyerror anytype bool f32 f64 i8 i16 i32 i64 isize noreturn type u8 u16 u32 u64 usize void",
        C_LINE,
        &[],
        QUOTES,
        Flags::AT,
    ),
    row!(
        &["graphql", "gql"],
        "directive enum extend false fragment implements input interface mutation null on query scalar schema subscription true type union",
        "",
        &["#"],
        &[],
        &["\"\"\"", "\""],
        Flags::AT | Flags::DOLLAR,
    ),
    row!(
        &["protobuf", "proto"],
        "enum extend false import map message oneof option optional package public repeated required reserved returns rpc service stream syntax true",
        "bool bytes double float int32 int64 string uint32 uint64",
        C_LINE,
        C_BLOCK,
        QUOTES,
        0,
    ),
    row!(
        &["hcl", "terraform", "tf"],
        "data dynamic false for for_each in locals module null output provider resource terraform true variable",
        "any bool list map number object set string",
        &["#", "//"],
        C_BLOCK,
        &["\""],
        Flags::DASHES,
    ),
    row!(
        &["nix"],
        "assert else false if import in inherit let null or rec then true with",
        "",
        &["#"],
        C_BLOCK,
        &["''", "\""],
        Flags::DASHES | Flags::LONG_STRINGS,
    ),
    row!(
        &["perl", "pl"],
        "die else elsif for foreach if last local my next our package print return sub unless until use while",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::AT | Flags::DOLLAR,
    ),
    row!(
        &["solidity", "sol"],
        "abstract as break constant constructor continue contract do else emit enum error event external false for function if immutable import indexed interface internal is library mapping memory modifier new payable pragma private public pure require return returns revert storage struct this true try using view virtual override while",
        "address bool bytes bytes32 int int256 string uint uint8 uint256",
        C_LINE,
        C_BLOCK,
        QUOTES,
        0,
    ),
    row!(
        &["nginx"],
        "events http listen location proxy_pass return root rewrite server server_name upstream",
        "",
        &["#"],
        &[],
        QUOTES,
        Flags::DOLLAR | Flags::TAGS_ONLY,
    ),
    row!(&["tex", "latex"], "", "", &["%"], &[], &[], Flags::TAGS_ONLY),
    row!(
        &["wasm", "wat"],
        "block br br_if call data else elem end export func global i32 i64 f32 f64 if import local loop memory module param result return start table then type",
        "",
        &[";;"],
        &[("(;", ";)")],
        &["\""],
        0,
    ),
    row!(
        &["mermaid"],
        "class classDef classDiagram end erDiagram flowchart gantt gitGraph graph mindmap participant pie sequenceDiagram state stateDiagram stateDiagram-v2 style subgraph title",
        "",
        &["%%"],
        &[],
        &["\""],
        Flags::DASHES,
    ),
];
