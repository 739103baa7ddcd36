/** The known word that a wrong one was probably meant to be: at most two edits away, and fewer than half of its letters. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (Math.abs(name.length - word.length) > 2) continue; // as many edits at least
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance <= 2 && distance * 2 < name.length && distance < (best?.distance ?? Infinity))
      best = { name, distance };
  }
  return best?.name;
}

export function didYouMean(word: string, known: Iterable<string>): string {
  const name = nearest(word, known);
  return name === undefined ? '' : ` (did you mean ${name}?)`;
}

/** Levenshtein's distance, with a swap of two neighbours counted as one. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let value = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
      );
      if (left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1])
        value = Math.min(value, (before[column - 2] ?? 0) + 1);
      line.push(value);
    }
    before = last;
    last = line;
  }
  return last[right.length] ?? 0;
}
