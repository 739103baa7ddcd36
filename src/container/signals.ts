import { constants } from 'node:os';
import { invalid } from '../lib/errors.ts';

const RTMIN = 34;
const RTMAX = 64;
const numbers = new Map<string, number>(
  Object.entries(constants.signals).map(([name, number]) => [name.replace(/^SIG/, ''), number]),
);

/**
 * The number of a signal given as `SIGTERM`, `term`, `15`, `RTMIN+3`; a number may be one that no signal has (`isSignal`). Throws `invalid`
 * with Docker's text.
 */
export function parseSignal(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : (numbers.get(name) ?? realTime(name));
  if (!number) throw invalid(`invalid signal: ${text}`);
  return number;
}

/** Whether the kernel knows a signal of this number. */
export const isSignal = (number: number): boolean => number >= 1 && number <= RTMAX;

function realTime(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (!match) return undefined;
  const offset = Number(match[3] ?? 0) * (match[2] === '-' ? -1 : 1);
  const number = (match[1] === 'MIN' ? RTMIN : RTMAX) + offset;
  return number >= RTMIN && number <= RTMAX ? number : undefined;
}

export const SIGKILL = constants.signals.SIGKILL;

/** The signal that asks a container to end. */
export function stopSignalOf(spec: { readonly stopSignal: string }): number {
  return spec.stopSignal === '' ? constants.signals.SIGTERM : parseSignal(spec.stopSignal);
}
