import type { CacheRecords } from './records.ts';
import { canonical } from './key.ts';
import type { ContentInput, Identity } from './types.ts';

/** What is known when a step is about to run. */
export interface Question {
  readonly identity: Identity;
  readonly slot: string;
  readonly place: string;
  readonly base: string;
  readonly image: string;
  /** The instruction as written. */
  readonly description: string;
  /** The step before it in its stage, when that ran in this build. */
  readonly after: string | undefined;
  /** The step before it in its stage that makes a layer. */
  readonly above: string | undefined;
}

/** Of a step that no earlier build of the same had. */
export const FIRST = 'first build of this step';

/** Why a step is not in the cache, by comparing it with the records of earlier builds. */
export function explainMiss(records: CacheRecords, question: Question): string {
  const { slot, place, base, description, after, image, above } = question;
  const same = records.latest(slot, base);
  if (same) return compare(records.identityOf(same), question);
  const replaced = records.latestAt(place, base);
  if (replaced) return `the instruction changed, it was ${shorten(replaced.description)}`;
  const other = alike(records, question);
  if (other) return compare(other, question);
  const earlier = records.latest(slot);
  if (!earlier && !records.knows(description)) return FIRST;
  if (after !== undefined) return followsText(after);
  if (!earlier) return 'first build on this base';
  if (earlier.image !== image) return baseMoved(earlier.image, image);
  if (above === undefined) return 'first build on this base';
  return `the ${keywordOf(above)} above gives something else than in the last build`;
}

/** Fewer files of the same names say nothing: many projects have a `package.json`. */
const LEAST_SHARED = 3;

/** Another build's step of the same words on the same base; only if it read much of the same files. */
function alike(records: CacheRecords, { description, base, identity }: Question): Identity | undefined {
  const candidates = records.alike(description, base).map((record) => records.identityOf(record));
  return candidates.find(({ content }) =>
    identity.content.every((now, index) => sharesPaths(content[index]?.files, now.files)),
  );
}

function sharesPaths(before: string | undefined, now: string | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  const [left, right] = [readFiles(before), readFiles(now)];
  const shared = [...right.keys()].filter((path) => left.has(path)).length;
  return shared >= LEAST_SHARED && shared * 2 > Math.max(left.size, right.size);
}

/** `busybox:latest sha256:1234… → sha256:5678…`; the name twice where that changed, too. */
function baseMoved(before: string, now: string): string {
  const [left, right] = [imageParts(before), imageParts(now)];
  const same = left.name === right.name;
  const show = ({ name, id }: { name: string; id: string }): string => `${name} ${id}`.trim();
  return `base image moved: ${show(left)} → ${same ? right.id : show(right)}`;
}

/** `name@123456789012`, or `scratch`. */
function imageParts(text: string): { name: string; id: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { name: text, id: '' } : { name: text.slice(0, at), id: `sha256:${text.slice(at + 1)}` };
}

export const followsText = (instruction: string): string => `follows the ${keywordOf(instruction)} above`;

/** The same instruction ran on the same file system: what it reads or what is set must differ. */
function compare(earlier: Identity, { identity }: Question): string {
  const members = new Set([...Object.keys(earlier.definition), ...Object.keys(identity.definition)]);
  for (const name of members) {
    const [before, now] = [earlier.definition[name], identity.definition[name]];
    if (canonical(before ?? null) !== canonical(now ?? null)) return describeMember(name, before, now);
  }
  for (const [index, input] of identity.content.entries()) {
    const before = earlier.content[index];
    if (before?.digest !== input.digest) return describeContent(before, input, identity.content.length === 1);
  }
  return 'its layer was pruned';
}

const words: Readonly<Record<string, string>> = {
  cwd: 'WORKDIR',
  user: 'USER',
  args: 'the command with its variables',
  actions: 'paths, owner or mode',
  mounts: '--mount',
  network: '--network',
  extraHosts: '--add-host',
  script: 'the script',
  ways: 'the directory that it goes into',
};

function describeMember(name: string, before: unknown, now: unknown): string {
  if (name === 'env') return describeEnv(before, now);
  return `${words[name] ?? name} changed${isShort(before) && isShort(now) ? `: ${before} → ${now}` : ''}`;
}

const isShort = (value: unknown): value is string | number =>
  (typeof value === 'string' || typeof value === 'number') && String(value).length <= 60;

/** Names only: values may be secret. */
function describeEnv(before: unknown, now: unknown): string {
  const left = new Map(pairs(before));
  const right = new Map(pairs(now));
  const changed = [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => left.get(name) !== right.get(name),
  );
  return `${list(changed)} changed`;
}

const pairs = (env: unknown): [string, string][] =>
  (Array.isArray(env) ? env.map(String) : []).map((entry) => {
    const [name = '', ...value] = entry.split('=');
    return [name, value.join('=')];
  });

/** What is different in the files that a step reads; their source only where that is not plain from the instruction. */
function describeContent(before: ContentInput | undefined, now: ContentInput, isOnly: boolean): string {
  const from = isOnly ? '' : `${now.name}: `;
  if (before?.files === undefined || now.files === undefined) return `${now.name} changed`;
  const left = readFiles(before.files);
  const right = readFiles(now.files);
  const changes = [
    ...[...right].flatMap(([path, digest]) =>
      left.has(path) && left.get(path) !== digest ? [[path, 'changed']] : [],
    ),
    ...[...right].flatMap(([path]) => (left.has(path) ? [] : [[path, 'added']])),
    ...[...left].flatMap(([path]) => (right.has(path) ? [] : [[path, 'removed']])),
  ] as [string, string][];
  if (changes.length === 0) return `${from}directories or their modes changed`;
  const of = Math.max(right.size, left.size);
  const share = of === 1 ? '' : ` (${grouped(changes.length)} of ${grouped(of)} files)`;
  return `${from}${listChanges(changes)}${share}`;
}

/** `a, b changed, c added and 4 more` */
function listChanges(changes: readonly (readonly [string, string])[]): string {
  const shown = changes
    .slice(0, MANY)
    .map(([path, verb], at) => (changes[at + 1]?.[1] === verb && at + 1 < MANY ? path : `${path} ${verb}`));
  const more = changes.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}

const grouped = (count: number): string => count.toLocaleString('en-US');

function readFiles(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const space = line.indexOf(' ');
      return space < 0 ? [] : [[line.slice(space + 1), line.slice(0, space)] as const];
    }),
  );
}

const MANY = 3;

function list(names: readonly string[]): string {
  const shown = names.slice(0, MANY).join(', ');
  return names.length > MANY ? `${shown} and ${names.length - MANY} more` : shown;
}

const keywordOf = (instruction: string): string => (/^\S*/.exec(instruction)?.[0] ?? '').toUpperCase();
const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
