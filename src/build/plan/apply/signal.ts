import { constants } from 'node:os';

/** Whether a container can be sent this signal: a number, or a name with or without SIG, `RTMIN+3` and `RTMAX-3` included. */
export function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return /^RTM(?:IN(?:\+\d{1,2})?|AX(?:-\d{1,2})?)$/.test(name) || `SIG${name}` in constants.signals;
}
