//! What a reader takes for one character, where it is written with several: emoji, flags, and the scripts that put signs
//! around a letter. A growing text keeps its last one back until it is known to be whole. Ranges instead of the tables
//! of Unicode: where they take too much for one character, that much is kept back, and nothing else happens.

/// A character longer than this (bytes) is none: what is hostile must not hide a text, nor be looked through each time.
const LONGEST: usize = 128;

/// How many bytes at the end of a text may be a part of a character of which the rest is still to come.
pub fn held(text: &str) -> usize {
    let Some(last) = text.chars().next_back() else { return 0 };
    if !composes(last) {
        return 0;
    }
    if is_flag(last) {
        // Flags are pairs, counted from the first letter of them.
        let letters = text.chars().rev().take(LONGEST).take_while(|&ch| is_flag(ch)).count();
        return if letters % 2 == 0 { 0 } else { last.len_utf8() };
    }
    let mut from = text.len();
    let mut chars = text.chars().rev().peekable();
    while let Some(ch) = chars.next() {
        from -= ch.len_utf8();
        if text.len() - from > LONGEST {
            return 0;
        }
        if !(extends(ch) || chars.peek().is_some_and(|&before| joins(before))) {
            break;
        }
    }
    // A sign on a letter that is on the screen already: taking that away again would be worse.
    if text[from..].chars().next().is_some_and(composes) { text.len() - from } else { 0 }
}

/// Characters that more may be written onto: what is joined, the scripts from Hebrew to Burmese and beyond, and emoji.
fn composes(ch: char) -> bool {
    extends(ch)
        || matches!(u32::from(ch),
            0x0590..=0x109F | 0x1100..=0x11FF | 0x1700..=0x1CFF | 0xA800..=0xABFF | 0xFB1D..=0xFDCF
            | 0x11000..=0x11FFF | 0x1E900..=0x1E95F
            | 0x203C | 0x2049 | 0x2139 | 0x2194..=0x2199 | 0x21A9..=0x21AA | 0x231A..=0x23FF | 0x25AA..=0x27BF
            | 0x2934..=0x2935 | 0x2B05..=0x2B55 | 0x1F000..=0x1FAFF
        )
}

/// Characters that belong to the one before them.
fn extends(ch: char) -> bool {
    let code = u32::from(ch);
    match code {
        // The scripts of India stand in blocks of one plan.
        0x0900..=0x0D7F => {
            matches!(code & 0x7F, 0..=3 | 0x3C | 0x3E..=0x4D | 0x51..=0x57 | 0x62..=0x63)
        }
        _ => matches!(code,
            0x0300..=0x036F | 0x0591..=0x05C7 | 0x0610..=0x061A | 0x064B..=0x065F | 0x0670
            | 0x06D6..=0x06ED | 0x0D81..=0x0D83 | 0x0DCA..=0x0DF3
            | 0x0E31 | 0x0E33..=0x0E3A | 0x0E47..=0x0E4E | 0x0EB1 | 0x0EB3..=0x0EBC | 0x0EC8..=0x0ECE
            | 0x0F18..=0x0F19 | 0x0F35 | 0x0F37 | 0x0F39 | 0x0F3E..=0x0F3F | 0x0F71..=0x0FBC
            | 0x102B..=0x103E | 0x1056..=0x1059 | 0x105E..=0x1060 | 0x1062..=0x1064 | 0x1067..=0x106D
            | 0x1071..=0x1074 | 0x1082..=0x108D | 0x1160..=0x11FF
            | 0x1712..=0x1715 | 0x17B4..=0x17D3 | 0x17DD | 0x1AB0..=0x1ACE | 0x1B00..=0x1B04 | 0x1B34..=0x1B44
            | 0x1DC0..=0x1DFF | 0x200C..=0x200D | 0x20D0..=0x20F0
            | 0x3099..=0x309A | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F
            | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F | 0xE0100..=0xE01EF
        ),
    }
}

/// Characters that take the next one in, too: the joiner, and the signs that make one letter of two.
fn joins(ch: char) -> bool {
    matches!(
        u32::from(ch),
        0x200D
            | 0x094D
            | 0x09CD
            | 0x0A4D
            | 0x0ACD
            | 0x0B4D
            | 0x0BCD
            | 0x0C4D
            | 0x0CCD
            | 0x0D4D
            | 0x0DCA
            | 0x1039
            | 0x17D2
            | 0x1A60
            | 0x1B44
    )
}

fn is_flag(ch: char) -> bool {
    matches!(ch, '\u{1F1E6}'..='\u{1F1FF}')
}
