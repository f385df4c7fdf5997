//! PDFs and pictures written by hand: good ones, and hostile ones.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// Why nothing fails that is written into memory.
const MEMORY: &str = "there is room in memory";

/// A PDF whose pages say these texts in Helvetica; a text without letters makes a page without any.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let contents = pages.iter().map(|text| {
        let shown = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        let content =
            if text.is_empty() { String::new() } else { format!("BT /F1 12 Tf 72 720 Td ({shown}) Tj ET") };
        stream("", content.as_bytes())
    });
    document(contents.collect(), "")
}

/// A PDF of one page, of a few kilobytes, whose content unpacks to that many bytes.
pub fn bomb(unpacked: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; 1024 * 1024];
    for _ in 0..unpacked / blanks.len() {
        packed.write_all(&blanks).expect(MEMORY);
    }
    document(vec![stream("/Filter /FlateDecode", &packed.finish().expect(MEMORY))], "")
}

/// A PDF that says it is encrypted, in a way that needs a password.
pub fn encrypted() -> Vec<u8> {
    let secret = "00".repeat(32);
    let entry = format!(
        "/ID [<{id}> <{id}>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{secret}> /U <{secret}> >>",
        id = "11".repeat(16)
    );
    document(vec![stream("", b"BT /F1 12 Tf (secret) Tj ET")], &entry)
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<< /Length {} {entries} >>\nstream\n", bytes.len()).into_bytes();
    object.extend_from_slice(bytes);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A catalogue, a tree of pages, a font; then each page and its content.
fn document(contents: Vec<Vec<u8>>, trailer: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..contents.len()).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", contents.len(), kids.join(" ")).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    for (n, content) in contents.into_iter().enumerate() {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * n
        );
        objects.extend([page.into_bytes(), content]);
    }
    let (mut file, mut places) = (b"%PDF-1.5\n".to_vec(), Vec::new());
    for (n, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n", n + 1).as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let table = file.len();
    file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).as_bytes());
    for place in &places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let size = places.len() + 1;
    let end = format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}

/// A PNG of that size, black. Of more than four million pixels it is only the head of one.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(&mut file, b"IHDR", &head);
    if u64::from(width) * u64::from(height) <= 4_000_000 {
        let row = vec![0; 1 + 3 * width as usize];
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        (0..height).for_each(|_| packed.write_all(&row).expect(MEMORY));
        chunk(&mut file, b"IDAT", &packed.finish().expect(MEMORY));
    }
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8], data: &[u8]) {
    file.extend_from_slice(&u32::try_from(data.len()).expect("specimens are small").to_be_bytes());
    let body = [kind, data].concat();
    let mut checksum = flate2::Crc::new();
    checksum.update(&body);
    file.extend_from_slice(&body);
    file.extend_from_slice(&checksum.sum().to_be_bytes());
}
