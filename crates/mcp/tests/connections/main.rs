//! Connections against a server that does what no decent server does: as a program, and at an address. What a filtered run
//! needs beside this: `cargo test … --test connections --bins --examples`.

mod bounds;
mod calls;
mod changes;
mod ends;
mod eras;
mod failures;
mod http;
mod support;
