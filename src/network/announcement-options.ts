import { refused } from '../lib/errors.ts';

const INTERVAL = 'com.docker.network.advertise_addr_ms';
const MESSAGES = 'com.docker.network.advertise_addr_nmsgs';

/**
 * Throws what Docker refuses of its options for announcing a new container's addresses. They have no effect otherwise: hardware addresses
 * follow from addresses here, so that nobody remembers a wrong one.
 */
export function checkAnnouncements(options: Readonly<Record<string, string>>): void {
  check(options, INTERVAL, { from: 100, to: 2000, what: 'integer milliseconds' });
  check(options, MESSAGES, { from: 0, to: 3, what: 'an integer' });
}

function check(
  options: Readonly<Record<string, string>>,
  name: string,
  { from, to, what }: { from: number; to: number; what: string },
): void {
  const text = options[name];
  if (text === undefined) return;
  if (!/^[-+]?\d+$/.test(text))
    throw refused(`value for option ${name} ${JSON.stringify(text)} must be ${what}`);
  if (Number(text) < from || Number(text) > to)
    throw refused(`${name} must be in the range ${from} to ${to}`);
}
