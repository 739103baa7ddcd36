import { invalid } from './errors.ts';

/** Nanoseconds, as Docker's API counts time. Safe integers reach 104 days, far above any timeout. */
export type Nanoseconds = number;

const unit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const units = Object.keys(unit).join('|');
const whole = new RegExp(`^([+-]?)((?:\\d+(?:\\.\\d*)?(?:${units}))+|0)$`);
const part = new RegExp(`(\\d+(?:\\.\\d*)?)(${units})`, 'g');
const beginning = new RegExp(`^[+-]?(?:\\d+(?:\\.\\d*)?(?:${units}))*\\d+(?:\\.\\d*)?`);

/** Go's shortest form of a duration: `300ms`, `1.5s`, `1m30s`. */
export function formatDuration(nanoseconds: Nanoseconds): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e9) {
    const name = nanoseconds < 1e3 ? 'ns' : nanoseconds < 1e6 ? 'µs' : 'ms';
    return `${nanoseconds / (unit[name] ?? 1)}${name}`;
  }
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = (nanoseconds % 60e9) / 1e9;
  const large = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${large}${seconds}s`;
}

/** Parses Go's duration form: `1h30m`, `1.5s`, `300ms`, `0`. */
export function parseDuration(text: string): Nanoseconds {
  const match = whole.exec(text);
  if (!match) throw invalid(`time: ${whyInvalid(text)} ${JSON.stringify(text)}`);
  let total = 0;
  for (const [, amount = '0', name = 's'] of (match[2] ?? '').matchAll(part)) {
    total += Number(amount) * (unit[name] ?? 0);
  }
  return Math.round(match[1] === '-' ? -total : total);
}

/** In the words of Go's parser, which users of Docker know. */
function whyInvalid(text: string): string {
  const amount = beginning.exec(text)?.[0];
  if (amount === undefined) return 'invalid duration';
  const name = /^[^\d.]*/.exec(text.slice(amount.length))?.[0] ?? '';
  return name === '' ? 'missing unit in duration' : `unknown unit ${JSON.stringify(name)} in duration`;
}
