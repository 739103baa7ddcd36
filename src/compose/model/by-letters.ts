/**
 * The order in which Go's YAML encoder writes the keys of a mapping: numbers within names by their value (`a2` before `a10`),
 * letters after other signs but before them where a number ends.
 */
export function byLetters(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  let inDigits = false;
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const [one = '', other = ''] = [a[index], b[index]];
    if (one === other) {
      inDigits = isDigit(one);
      continue;
    }
    const letters = [isLetter(one), isLetter(other)];
    if (letters[0] === true && letters[1] === true) return compare(one, other);
    if (letters[0] === true || letters[1] === true) return letters[0] === inDigits ? -1 : 1;
    return byNumber(a, b, index) || compare(one, other);
  }
  return a.length - b.length;
}

/** Compares the digits from `index` on; leading zeros count by their number. */
function byNumber(a: readonly string[], b: readonly string[], index: number): number {
  const goesOn = (a[index] === '0' || b[index] === '0') && followsNonZero(a, index);
  const [one, other] = [a, b].map((letters) => /^\d*/.exec(letters.slice(index).join(''))?.[0] ?? '');
  const value = (digits: string | undefined): bigint =>
    BigInt(`${goesOn ? '1' : ''}${digits === '' ? (goesOn ? '' : '0') : digits}`);
  const difference = value(one) - value(other);
  return difference === 0n ? (one ?? '').length - (other ?? '').length : difference < 0n ? -1 : 1;
}

function followsNonZero(letters: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0 && isDigit(letters[at] ?? ''); at -= 1)
    if (letters[at] !== '0') return true;
  return false;
}

const isDigit = (letter: string): boolean => /^\p{Nd}$/u.test(letter);
const isLetter = (letter: string): boolean => /^\p{L}$/u.test(letter);
const compare = (a: string, b: string): number => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
