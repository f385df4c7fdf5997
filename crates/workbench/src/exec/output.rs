//! What came of a run, for a model: as short as it can be said.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use vertice_domain::sandbox::{Encoding, RunFault, RunFile, RunReport};
use vertice_ports::toolbox::Told;

use crate::files::picture;

/// The most bytes of each of its two outputs that are told, and how many of them are of its end.
const MOST: usize = 16 * 1024;
const END: usize = 12 * 1024;
/// Files that are named, and pictures that are shown.
const FILES: usize = 20;
const PICTURES: usize = 4;

/// What a run said, how it ended, and what it has left.
pub(crate) fn of_run(report: &RunReport) -> Told {
    let mut said = cut(&report.stdout);
    if !report.stderr.trim().is_empty() {
        said = joined(said, &format!("[stderr]\n{}", cut(&report.stderr)));
    }
    said = joined(said, &format!("[{}]", ending(report)));
    said = joined(said, &denied(report));
    // What git keeps for itself nobody needs to hear of.
    let is_told = |file: &&RunFile| !file.path.split('/').any(|name| name == ".git");
    let files: Vec<&RunFile> = report.files.iter().filter(is_told).collect();
    if !files.is_empty() {
        said = joined(said, &format!("[made or changed: {}]", named(&files)));
    }
    let images = report.files.iter().filter_map(shown).take(PICTURES).collect();
    Told { is_error: failed(report), content: said, images }
}

/// What a command said; `silence`: what is told where it said nothing and all went well.
pub(crate) fn of_command(report: &RunReport, silence: &str) -> Told {
    if failed(report) {
        let said = joined(cut(&report.stdout), &cut(&report.stderr));
        let mut said = joined(said, &denied(report));
        said = joined(said, &format!("[{}]", ending(report)));
        return Told::error(said);
    }
    let said = if report.stdout.trim().is_empty() { &report.stderr } else { &report.stdout };
    Told::text(if said.trim().is_empty() { silence.to_owned() } else { cut(said) })
}

fn failed(report: &RunReport) -> bool {
    report.error.is_some() || report.exit_code != 0
}

/// What it was not let to reach: whoever reads only "403" would try again.
fn denied(report: &RunReport) -> String {
    let hosts: Vec<String> =
        report.denied.iter().map(|denied| format!("{}:{}", denied.host, denied.port)).collect();
    if hosts.is_empty() { String::new() } else { format!("[not let to reach: {}]", hosts.join(", ")) }
}

/// How it ended.
fn ending(report: &RunReport) -> String {
    let limits = report.limits;
    let how = match report.error {
        None => format!("exit {}", report.exit_code),
        Some(RunFault::Timeout) => format!("stopped: its {} s were over", limits.timeout_s),
        Some(RunFault::Memory) => format!("killed: it took more than {} MB of memory", limits.memory_mb),
        Some(RunFault::Output) => format!("stopped: it said more than {} bytes", limits.output_bytes),
        Some(RunFault::Disk) => "its workspace is full".to_owned(),
        Some(RunFault::Cancelled) => "stopped by the person".to_owned(),
    };
    format!("{how}, {:.1} s", report.execution_time)
}

fn named(files: &[&RunFile]) -> String {
    let named: Vec<String> =
        files.iter().take(FILES).map(|file| format!("{} ({} bytes)", file.path, file.size)).collect();
    let more = files.len().saturating_sub(FILES);
    named.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

fn shown(file: &RunFile) -> Option<(vertice_domain::ImageType, Bytes)> {
    let content = file.content.as_ref().filter(|_| file.encoding == Encoding::Base64)?;
    let bytes = BASE64_STANDARD.decode(content).ok()?;
    Some((picture(&bytes)?, Bytes::from(bytes)))
}

/// Its beginning and its end.
fn cut(text: &str) -> String {
    let text = text.trim_end();
    if text.len() <= MOST {
        return text.to_owned();
    }
    let (first, last) = (text.floor_char_boundary(MOST - END), text.ceil_char_boundary(text.len() - END));
    format!(
        "{}\n[… {} bytes are left out here; to see them, write to a file and read that …]\n{}",
        &text[..first],
        last - first,
        &text[last..]
    )
}

fn joined(above: String, below: &str) -> String {
    match (above.is_empty(), below.is_empty()) {
        (true, _) => below.to_owned(),
        (_, true) => above,
        _ => format!("{above}\n{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_loses_its_middle() {
        let told = cut(&format!("begin{}end", "é".repeat(MOST)));
        assert!(
            told.starts_with("begin") && told.ends_with("end") && told.len() < MOST + 200,
            "{}",
            told.len()
        );
        assert_eq!(cut("short\n"), "short");
    }
}
