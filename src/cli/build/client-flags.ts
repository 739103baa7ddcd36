import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { splitCsv } from '../../lib/csv.ts';
import { invalid, messageOf } from '../../lib/errors.ts';
import type { Context } from '../context.ts';

/** As BuildKit has it. */
const LARGEST_SECRET = 500 << 10;

/** `key=value,"key=a,b"`; a word without a value is kept under ''. */
function readFields(value: string): Map<string, string> {
  return new Map(
    splitCsv(value).map((field) => {
      const equals = field.indexOf('=');
      return equals < 0 ? ['', field] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    }),
  );
}

interface Secret {
  readonly id: string;
  readonly source: { readonly file: string } | { readonly env: string } | undefined;
}

/** `id=x`, `id=x,src=file`, `id=x,env=NAME`, `type=file|env`. */
export function parseSecret(value: string): Secret {
  let id: string | undefined;
  let type = '';
  let src: string | undefined;
  let env: string | undefined;
  for (const [key, text] of readFields(value)) {
    if (key === 'id') id = text;
    else if (key === 'type') type = text;
    else if (key === 'source' || key === 'src') src = text;
    else if (key === 'env') env = text;
    else if (key === '') throw invalid(`invalid field '${text}' must be a key=value pair`);
    else throw invalid(`unexpected key '${key}' in '${key}=${text}'`);
  }
  if (type !== '' && type !== 'file' && type !== 'env') throw invalid(`unsupported secret type "${type}"`);
  if (type === 'env' && env === undefined) {
    env = src;
    src = undefined;
  }
  if (!id) throw invalid('secret missing id');
  if (env !== undefined) return { id, source: { env } };
  return { id, source: src === undefined ? undefined : { file: src } };
}

/** The contents of secrets in base64. A bare id is the variable of that name, else the file. */
export function readSecrets(context: Context, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const { id, source } = parseSecret(value);
      return [id, contentOf(context, id, source).toString('base64')];
    }),
  );
}

function contentOf(context: Context, id: string, source: Secret['source']): Buffer {
  const chosen = source ?? (context.env[id] === undefined ? { file: id } : { env: id });
  if ('env' in chosen) return Buffer.from(context.env[chosen.env] ?? '');
  const path = resolve(context.cwd, chosen.file.replace(/^~(?=\/)/, homedir()));
  try {
    if (statSync(path).size > LARGEST_SECRET)
      throw invalid(`invalid secret size: more than ${LARGEST_SECRET >> 10} KiB`);
    return readFileSync(path);
  } catch (error) {
    throw invalid(`failed to read secret ${id}: ${messageOf(error)}`, error);
  }
}

/** `name=value` of `--build-context`. */
export function parseNamed(value: string): readonly [name: string, place: string] {
  const [name = '', place] = value.split(/=(.*)/s);
  if (name === '' || !place) throw invalid(`invalid context value: ${value}, expected key=value`);
  return [name, place];
}
