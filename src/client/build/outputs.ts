import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import { parseOption } from './options.ts';

/** Where the result of a build goes. */
export interface Output {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of outputs that are files: a directory, a file, or `-` for standard output. */
  readonly dest?: string;
}

/** `DIR`, `-`, or `type=…,dest=…`; paths are taken from `cwd`. */
export function parseOutput(value: string, cwd: string): Output {
  if (value === '-') return { type: 'tar', attributes: {}, dest: '-' };
  if (!value.includes(',') && !value.startsWith('type='))
    return checkPlace({ type: 'local', attributes: {}, dest: resolve(cwd, value) });
  const { type, attributes } = parseOption(value, 'output');
  const { dest, ...rest } = attributes;
  if (type === 'registry') return { type: 'image', attributes: { push: 'true', ...rest } };
  if (type === 'docker' && dest === undefined) return { type: 'image', attributes: rest };
  if (!madeOfFiles.includes(type)) return { type, attributes };
  const isDirectory = takesDirectory({ type, attributes: rest });
  if (isDirectory && !dest) throw invalid(`dest is required for ${type} output`);
  if (isDirectory && dest === '-') throw invalid(`dest cannot be stdout for ${type} output`);
  const place = dest === undefined || dest === '-' ? '-' : resolve(cwd, dest);
  return checkPlace({ type, attributes: rest, dest: place });
}

const madeOfFiles = ['local', 'tar', 'oci', 'docker'];

/** Whether the client gets files for a directory, and not one file. */
export const takesDirectory = ({ type, attributes }: Output): boolean =>
  type === 'local' || (type !== 'tar' && /^(?:0|f|false)$/i.test(attributes['tar'] ?? ''));

/** An output that goes to standard output. */
export const isStream = ({ dest }: Output): boolean => dest === '-';

function checkPlace(output: Output): Output {
  const { dest = '-' } = output;
  const stats = dest === '-' ? undefined : statSync(dest, { throwIfNoEntry: false });
  if (!stats) return output;
  if (takesDirectory(output) && !stats.isDirectory())
    throw invalid(`destination directory ${dest} is a file`);
  if (!takesDirectory(output) && stats.isDirectory())
    throw invalid(`destination file ${dest} is a directory`);
  return output;
}

interface Wishes {
  readonly tags: readonly string[];
  readonly push: boolean;
  /** An image in the store, beside what else is asked for. */
  readonly load?: boolean | undefined;
  /** As attributes of outputs. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is asked for in all: without any output an image, which has the names that are asked for. */
export function completeOutputs(
  outputs: readonly Output[],
  { tags, push, load = false, annotations }: Wishes,
): Output[] {
  const image: Output = { type: 'image', attributes: {} };
  const all = outputs.length === 0 ? [image] : [...outputs];
  const pushed = (push || load) && !all.some(({ type }) => type === 'image') ? [...all, image] : all;
  return pushed
    .filter(({ type }) => type !== 'cacheonly')
    .map((output) => {
      const { type, attributes } = output;
      const named = tags.length > 0 && ['image', 'oci', 'docker'].includes(type);
      return {
        ...output,
        attributes: {
          ...annotations,
          ...attributes,
          ...(named && { name: tags.join(',') }),
          ...(push && type === 'image' && { push: 'true' }),
        },
      };
    });
}
