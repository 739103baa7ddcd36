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
}

/** Why a step is not in the cache, by comparing it with the records of earlier builds. */
export function explainMiss(records: CacheRecords, question: Question): string {
  const same = records.latest(question.slot, question.base);
  if (same) return compare(records.identityOf(same), question);
  const replaced = records.latestAt(question.place, question.base);
  if (replaced) return `the instruction changed, it was ${JSON.stringify(shorten(replaced.description))}`;
  const earlier = records.latest(question.slot);
  if (!earlier) return 'no cache record';
  if (earlier.image !== question.image) return `base image moved: ${earlier.image} → ${question.image}`;
  return question.after === undefined ? 'no cache record on this base' : followsText(question.after);
}

export const followsText = (instruction: string): string => `follows the ${keywordOf(instruction)} above`;

/** The same instruction ran on the same file system: what it reads or what is set must differ. */
function compare(earlier: Identity, { identity, description }: Question): string {
  const members = new Set([...Object.keys(earlier.definition), ...Object.keys(identity.definition)]);
  for (const name of members) {
    const [before, now] = [earlier.definition[name], identity.definition[name]];
    if (canonical(before ?? null) !== canonical(now ?? null)) return describeMember(name, before, now);
  }
  for (const [index, input] of identity.content.entries()) {
    const before = earlier.content[index];
    if (before?.digest !== input.digest) return describeContent(keywordOf(description), before, input);
  }
  return 'its layer was removed';
}

const words: Readonly<Record<string, string>> = { cwd: 'WORKDIR', user: 'USER', args: 'the command' };

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

function describeContent(keyword: string, before: ContentInput | undefined, now: ContentInput): string {
  const source = `${keyword} ${now.name}`;
  if (before?.files === undefined || now.files === undefined) return `${source} changed`;
  const left = readFiles(before.files);
  const right = readFiles(now.files);
  const changed = [...right].filter(([path, digest]) => left.has(path) && left.get(path) !== digest);
  const added = [...right].filter(([path]) => !left.has(path));
  const removed = [...left].filter(([path]) => !right.has(path));
  const parts = [
    changed.length > 0 && `${changed.length} of ${right.size} files changed: ${list(changed.map(first))}`,
    added.length > 0 && `${added.length} added: ${list(added.map(first))}`,
    removed.length > 0 && `${removed.length} removed: ${list(removed.map(first))}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? `${source}: directories or modes changed` : `${source}: ${parts.join('; ')}`;
}

function readFiles(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const space = line.indexOf(' ');
      return space < 0 ? [] : [[line.slice(space + 1), line.slice(0, space)] as const];
    }),
  );
}

const first = ([path]: readonly [string, string]): string => path;
const MANY = 3;

function list(names: readonly string[]): string {
  const shown = names.slice(0, MANY).join(', ');
  return names.length > MANY ? `${shown} and ${names.length - MANY} more` : shown;
}

const keywordOf = (instruction: string): string => (/^\S*/.exec(instruction)?.[0] ?? '').toUpperCase();
const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
