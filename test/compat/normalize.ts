/** What docker's CLI logs by itself when an upload is refused before it has sent all: it depends on who is first. */
const pipeNotes = /^time=".*" level=error msg="Can't (?:add file|close tar writer).*closed pipe"\n/gm;

/** A warning as Docker's Compose logs it; ours is the text behind WARN. */
const warning = /^time="[^"]*" level=warning msg=("(?:[^"\\]|\\.)*")$/gm;

/** What lading finds out about files that Docker takes silently, with its place and that line: its own tests have it. */
const notes = /^(?:WARN | {2})\S+:\d+:\d+: .*\n(?: *\d+ \| .*\n *\| *\^+\n)?/gm;

/** Compose clears the line before some words and colours others, also where no terminal is: that is decoration. */
// oxlint-disable-next-line no-control-regex -- what terminals are told begins with such a character
const decoration = /\n?\u001b\[K|\u001b\[31m\u001b\[1m(.*?)\u001b\[0m/g;

/** Where a builder's red output goes on in red: how many pieces a program's output comes in depends on who is faster. */
const seams = '\u001b[0m\u001b[91m';

/**
 * Replaces what differs from run to run (ids, times, addresses, ports, temporary folders) by placeholders. Equal ids get
 * equal placeholders within one scenario, also where one is the short form of the other, so that relations are compared.
 */
export class Normalizer {
  private readonly ids: string[] = [];
  private readonly fixed: readonly (readonly [string, string])[];

  /** @param fixed literal texts and what to put in their place, e.g. the scenario's temporary folder */
  constructor(fixed: readonly (readonly [string, string])[]) {
    this.fixed = fixed;
  }

  normalize(text: string): string {
    let result = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
    for (const [literal, name] of this.fixed) result = result.replaceAll(literal, name);
    return result
      .replaceAll(pipeNotes, '')
      .replaceAll(seams, '')
      .replaceAll(decoration, '$1')
      .replaceAll(notes, '')
      .replaceAll(warning, (_, text: string) => `WARN ${(JSON.parse(text) as string).replaceAll('\n', ' ')}`)
      .replaceAll(/(?<=com\.docker\.compose\.version[ =":]{1,3})\d+\.\d+\.\d+/g, '<version>')
      .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, (id) => this.nameOf(id))
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: [A-Z]+)?)?/g, (time) =>
        time.startsWith('0001-01-01') ? time : '<time>',
      )
      .replaceAll(
        /\b(?:About an?|Less than a|\d+) (?:second|minute|hour|day|week|month|year)s?(?= ago| \(|\b)/g,
        '<while>',
      )
      .replaceAll(/\b(?:172|192\.168|10)(?:\.\d{1,3}){2,3}\b/g, '<ip>')
      .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '<mac>')
      .replaceAll(/(?<="IPPrefixLen": ?)(?:16|20|24)\b/g, '<len>')
      .replaceAll(/(?<=: ?)(?:3[2-9]|[45]\d|6[0-5])\d{3}\b/g, '<port>')
      .replaceAll(/[ \t]+$/gm, '');
  }

  private nameOf(id: string): string {
    const known = this.ids.findIndex((other) => other.startsWith(id) || id.startsWith(other));
    const index = known === -1 ? this.ids.push(id) - 1 : known;
    if (id.length > (this.ids[index] ?? '').length) this.ids[index] = id;
    return `<${id.length === 64 ? 'id' : 'short'} ${index + 1}>`;
  }
}

/** The text without what only the width of a column decides: that of a table with replaced values differs. */
export function comparable(text: string): string {
  return text.replaceAll(/ {3,}/g, '   ');
}
