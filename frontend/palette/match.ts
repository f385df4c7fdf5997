/** How well a text fits what is typed. Pure: it knows nothing of the page. */

const isPart = (code: number): boolean =>
  (code > 47 && code < 58) || (code > 64 && code < 91) || (code > 96 && code < 123) || code > 127;

/** Whether a word begins there. */
const begins = (text: string, at: number): boolean => at === 0 || !isPart(text.charCodeAt(at - 1));

/** A text (NFC) in which case and accents say nothing; each letter keeps its place. */
export function fold(text: string): string {
  // By far the most texts.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    const plain = unit.normalize("NFD")[0]!.toLowerCase();
    out += plain.length === 1 ? plain : unit;
  }
  return out;
}

/** The words that are looked for. */
export const wordsOf = (query: string): string[] => fold(query.normalize("NFC")).split(/\s+/).filter(Boolean);

/** The word as it stands in the text. */
function whole(text: string, word: string, marks?: number[]): number {
  let best = -1;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (best < 0) best = at;
    if (begins(text, at)) {
      best = at;
      break;
    }
  }
  if (best < 0) return -1;
  if (marks) for (let at = best; at < best + word.length; at++) marks.push(at);
  return 60 + word.length * 4 + (begins(text, best) ? 30 : 0) + (best === 0 ? 10 : 0);
}

/** Its letters in their order, with others between them: as short as can be from where they end first. */
function loose(text: string, word: string, marks?: number[]): number {
  if (word.length < 2) return -1;
  let end = -1;
  for (let letter = 0; letter < word.length; letter++) {
    end = text.indexOf(word[letter]!, end + 1);
    if (end < 0) return -1;
  }
  const places: number[] = [];
  for (let letter = word.length - 1, at = end; letter >= 0; letter--) {
    at = text.lastIndexOf(word[letter]!, at);
    places.unshift(at--);
  }
  let score = 0;
  for (let letter = 0; letter < places.length; letter++) {
    const [at, before] = [places[letter]!, letter ? places[letter - 1]! : -1];
    if (begins(text, at)) score += 12;
    else if (letter && at === before + 1) score += 8;
    else score -= letter ? Math.min(at - before, 6) : 4;
  }
  // Letters that only happen to be there are no answer.
  if (score < word.length * 4) return -1;
  if (marks) marks.push(...places);
  return Math.min(score, 55);
}

/** How well a folded text fits all words, in any order; negative: not at all. `marks` is given the places of their letters. */
export function fit(text: string, words: string[], marks?: number[]): number {
  let sum = 0;
  for (const word of words) {
    let score = whole(text, word, marks);
    if (score < 0) score = loose(text, word, marks);
    if (score < 0) return -1;
    sum += score;
  }
  // Of equals the shorter one.
  return sum - Math.min(text.length, 100) / 20;
}
