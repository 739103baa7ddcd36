import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../lib/atomic-file.ts';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { existsSync, mkdirSync, readFileSync } from '../../lib/fs.ts';
import { configDirectory } from '../config-directory.ts';
import { ExitError } from '../exit-code.ts';

/*
 * Docker's store of contexts, which both command lines share:
 *   <config>/contexts/meta/<sha256 of the name>/meta.json
 *   <config>/contexts/tls/<sha256 of the name>/docker/{ca,cert,key}.pem
 */

/** What is kept of a context, spelled as in Docker's file; members that we don't know are kept. */
export interface StoredContext {
  readonly Name: string;
  readonly Metadata: { readonly Description?: string; readonly [member: string]: unknown };
  readonly Endpoints: Readonly<Record<string, { readonly Host?: string; readonly SkipTLSVerify?: boolean }>>;
}

export const tlsFiles = ['ca.pem', 'cert.pem', 'key.pem'] as const;
export type TlsFile = (typeof tlsFiles)[number];
export type TlsContents = Readonly<Partial<Record<TlsFile, Buffer>>>;

/** Contexts by name, in one config directory. */
export class ContextStore {
  private readonly directory: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.directory = join(configDirectory(env), 'contexts');
  }

  metaDirectory(name: string): string {
    return join(this.directory, 'meta', idOf(name));
  }

  tlsDirectory(name: string): string {
    return join(this.directory, 'tls', idOf(name));
  }

  has(name: string): boolean {
    return existsSync(join(this.metaDirectory(name), 'meta.json'));
  }

  /** Throws with Docker's text when there is none. */
  get(name: string): StoredContext {
    const path = join(this.metaDirectory(name), 'meta.json');
    try {
      return readContext(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT'))
        throw new ExitError(
          1,
          `context "${name}": context not found: open ${path}: no such file or directory`,
        );
      throw new ExitError(1, `context "${name}": ${messageOf(error)}`);
    }
  }

  /** Sorted by name. */
  list(): StoredContext[] {
    const root = join(this.directory, 'meta');
    const ids = existsSync(root) ? readdirSync(root) : [];
    const found = ids.flatMap((id) => {
      const path = join(root, id, 'meta.json');
      return existsSync(path) ? [readContext(path)] : [];
    });
    return found.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  tls(name: string): TlsContents {
    const directory = join(this.tlsDirectory(name), 'docker');
    const entries = tlsFiles
      .filter((file) => existsSync(join(directory, file)))
      .map((file) => [file, readFileSync(join(directory, file))] as const);
    return Object.fromEntries(entries);
  }

  /** Makes or replaces one. `tls` absent = as it is. */
  put(context: StoredContext, tls?: TlsContents): void {
    if (tls) this.putTls(context.Name, tls);
    const directory = this.metaDirectory(context.Name);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    writeFileAtomic(join(directory, 'meta.json'), JSON.stringify(context), 0o644);
  }

  private putTls(name: string, tls: TlsContents): void {
    const directory = join(this.tlsDirectory(name), 'docker');
    rmSync(this.tlsDirectory(name), { recursive: true, force: true });
    if (Object.keys(tls).length === 0) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const [file, content] of Object.entries(tls)) writeFileAtomic(join(directory, file), content, 0o600);
  }

  delete(name: string): void {
    rmSync(this.metaDirectory(name), { recursive: true, force: true });
    rmSync(this.tlsDirectory(name), { recursive: true, force: true });
  }
}

const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');

function readContext(path: string): StoredContext {
  const text = readFileSync(path, 'utf8');
  try {
    return parseContext(text);
  } catch (error) {
    throw new ExitError(1, `${path}: ${messageOf(error)}`);
  }
}

/** What an archive or a file says of a context. */
export function parseContext(text: string): StoredContext {
  const value = JSON.parse(text) as Partial<StoredContext>;
  if (typeof value?.Name !== 'string') throw new Error('it describes no context');
  return { ...value, Name: value.Name, Metadata: value.Metadata ?? {}, Endpoints: value.Endpoints ?? {} };
}

/** Throws with Docker's texts for what can't name a context. */
export function checkContextName(name: string): void {
  if (name === 'default') throw new ExitError(1, '"default" is a reserved context name');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/.test(name))
    throw new ExitError(
      1,
      `context name "${name}" is invalid, names are validated against regexp "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$"`,
    );
}
