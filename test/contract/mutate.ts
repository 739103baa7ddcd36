import { type Case, targetOf } from './case.ts';

/** A request as bytes: what a broken or hostile client may send. */
export interface Fuzzed {
  readonly bytes: Buffer;
  /** For the report. */
  readonly text: string;
}

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const oddTexts = [
  '', '0', '-1', '9'.repeat(400), '1e400', 'NaN', '\0', '../../../etc/passwd', '%zz', '%', '%00', '\ud800', '🦄', '{"a":', '[]',
  '{"a":{"b":{"c":[]}}}', '{"label":{"x":"y"}}', '{"__proto__":["x"]}', 'true', 'null', 'a'.repeat(5000), '/', '*', '(a+)+$',
  '\u202e', 'sha256:', `sha256:${'0'.repeat(64)}`, ':', '@', 'a@b:c@d', '\r\nx: y',
]; // prettier-ignore
const oddValues: readonly unknown[] = [
  null, 0, -1, 1.5, 2 ** 53, 1e308, true, '', 'x'.repeat(5000), [], {}, [[]], [null], { a: null }, { __proto__: 1 }, [{}], ['\0'],
]; // prettier-ignore
const oddHeaders = [
  'Content-Type: text/plain', 'Content-Type: application/json; charset=\xff', 'X-Registry-Auth: !!!', 'X-Registry-Auth: bnVsbA==',
  'X-Registry-Auth: W10=', 'X-Registry-Config: eyJhIjoxfQ==', 'Upgrade: tcp\r\nConnection: Upgrade', 'Range: bytes=9-1', 'Expect: x',
  'Upgrade: websocket\r\nConnection: Upgrade', 'Upgrade: h2c\r\nConnection: Upgrade', 'Host: \xff', 'Origin: http://evil', 'Accept: ,;',
  'Content-Encoding: gzip', `Cookie: ${'c'.repeat(20_000)}`, `X-Long: ${'x'.repeat(70_000)}`, 'Transfer-Encoding: gzip', 'Bad Header: y',
]; // prettier-ignore
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE', 'FOO', 'get'];

/** Makes requests out of good and bad ones by damaging them. */
export class Mutator {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  mutate(asked: Case): Fuzzed {
    let [method = 'GET'] = asked.operation.split(' ');
    let target = this.often(0.4) ? this.damagedTarget(asked) : targetOf(asked);
    if (this.often(0.05)) method = this.pick(methods);
    if (this.often(0.1)) target = this.damagedText(target);
    const body = this.body(asked);
    const headers = this.headers(asked, body);
    const head = `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body]);
    const sent = this.often(0.03) ? this.damagedBytes(bytes) : bytes;
    return { bytes: sent, text: `${head.slice(0, 300)}${body.toString('latin1').slice(0, 300)}` };
  }

  private often(probability: number): boolean {
    return this.next() < probability;
  }

  private damagedTarget(asked: Case): string {
    const { path = {}, query = {} } = asked.request;
    const odd = (value: unknown): unknown => (this.often(0.5) ? this.pick(oddTexts) : value);
    const replace = (from: object): Record<string, string> =>
      Object.fromEntries(Object.entries(from).map(([name, value]) => [name, odd(value) as string]));
    const extra = {
      [this.pick(['filters', 'limit', 'since', 'until', 't', 'h', 'w', 'tag', 'x'])]: this.pick(oddTexts),
    };
    const request = { path: replace(path), query: { ...replace(query), ...(this.often(0.7) && extra) } };
    return targetOf({ ...asked, request: wellFormed(request) });
  }

  private damagedText(text: string): string {
    const at = Math.floor(this.next() * text.length);
    return `${text.slice(0, at)}${this.pick(['%', '%ff', '/', '//', '..', '?', '#', '&', '=', '\xfe', ';'])}${text.slice(at)}`;
  }

  private body({ request: { body } }: Case): Buffer {
    if (body === undefined) return this.often(0.1) ? Buffer.from('{}') : Buffer.alloc(0);
    if (Buffer.isBuffer(body) || typeof body === 'string') return this.damagedBytes(Buffer.from(body));
    const text = JSON.stringify(this.often(0.8) ? this.damagedValue(body) : body);
    if (this.often(0.1)) return Buffer.from(text.slice(0, Math.floor(this.next() * text.length)));
    if (this.often(0.05)) return Buffer.from(`${'['.repeat(20_000)}${'{"a":'.repeat(20_000)}`);
    if (this.often(0.05)) return Buffer.from(text.replace(/:("[^"]*"|\d+)/, `:${'9'.repeat(400)}`));
    return this.often(0.1) ? this.damagedBytes(Buffer.from(text)) : Buffer.from(text);
  }

  private damagedValue(value: unknown): unknown {
    if (this.often(0.15)) return this.pick(oddValues);
    if (Array.isArray(value)) return value.map((item) => this.damagedValue(item));
    if (typeof value !== 'object' || value === null) return this.often(0.3) ? this.pick(oddValues) : value;
    const members = Object.entries(value).map(([name, item]): [string, unknown] => [
      this.often(0.05) ? this.pick(oddTexts) : name,
      this.damagedValue(item),
    ]);
    return Object.fromEntries(members);
  }

  private damagedBytes(bytes: Buffer): Buffer {
    const damaged = Buffer.from(bytes);
    for (let count = 0; count < 4 && damaged.length > 0; count += 1)
      damaged[Math.floor(this.next() * damaged.length)] = Math.floor(this.next() * 256);
    return this.often(0.3) ? damaged.subarray(0, Math.floor(this.next() * damaged.length)) : damaged;
  }

  private headers({ request }: Case, body: Buffer): string[] {
    const given = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
    const type = request.headers?.['content-type'] ? [] : ['Content-Type: application/json'];
    const length = this.often(0.03)
      ? this.pick(['-1', 'x', '99999999999999999999', '0'])
      : String(body.length);
    const odd = this.often(0.2) ? [this.pick(oddHeaders)] : [];
    return [
      'Host: engine',
      ...(body.length > 0 ? [...type, `Content-Length: ${length}`] : []),
      ...given,
      ...odd,
    ];
  }
}

/** `encodeURIComponent` takes no half of a surrogate pair. */
function wellFormed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(/\\ud800/gi, '�')) as T;
}
