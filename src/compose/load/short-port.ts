import { problemAt } from './compose-error.ts';
import { mapOf } from './tree-forms.ts';
import type { Place, Tree } from './tree.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The long forms of `[[IP:]PUBLISHED:]TARGET[/PROTOCOL]`, one for each port of a range; a variable may leave the IP empty. */
export function expandPort(spec: string, place: Place, source = spec): Tree[] {
  const fail = (why: string): Error => problemAt(place, `invalid port ${JSON.stringify(source)}: ${why}`);
  const match =
    /^(?:(?:(\[[0-9a-fA-F:.]+\]|\d+\.\d+\.\d+\.\d+|):)?([0-9-]*):)?([0-9-]+)(?:\/([a-z]+))?$/i.exec(spec);
  if (!match) throw fail('want [[IP:]PUBLISHED:]TARGET[/PROTOCOL]');
  const [, ip = '', published = '', target = '', protocol = 'tcp'] = match;
  if (!/^(tcp|udp|sctp)$/i.test(protocol))
    throw fail(`${JSON.stringify(protocol)} is no protocol: want tcp, udp or sctp`);
  const inner = parseRange(target, fail);
  const outer = published === '' ? undefined : parseRange(published, fail);
  const count = inner.end - inner.start;
  if (outer && count > 0 && outer.end - outer.start !== count) throw fail('the ranges differ in length');
  return Array.from({ length: count + 1 }, (_, index) => {
    const host = !outer
      ? undefined
      : count === 0 && outer.end > outer.start
        ? published
        : String(outer.start + index);
    return mapOf(place, {
      mode: 'ingress',
      target: inner.start + index,
      published: host,
      protocol: protocol.toLowerCase(),
      host_ip: ip.replace(/^\[|\]$/g, '') || undefined,
    });
  });
}

function parseRange(text: string, fail: (why: string) => Error): Range {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) throw fail(`${JSON.stringify(text)} is no port`);
  const start = Number(match[1]);
  const end = Number(match[2] ?? match[1]);
  const wrong = [start, end].find((port) => port > 65535);
  if (wrong !== undefined) throw fail(`${wrong} is out of range: ports go from 0 to 65535`);
  if (end < start) throw fail('the range ends before it starts');
  return { start, end };
}
