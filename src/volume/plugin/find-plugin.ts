import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { hasCode, internal, messageOf } from '../../lib/errors.ts';

/** Where a plugin is reached. */
export interface PluginAddress {
  readonly socketPath?: string;
  readonly url?: URL;
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly insecure: boolean;
  };
}

/** Docker's: sockets, and files that name an address. */
export const PLUGIN_DIRS = ['/run/docker/plugins', '/etc/docker/plugins', '/usr/lib/docker/plugins'] as const;

const LARGEST_FILE = 64 << 10;
const extensions = ['.sock', '.spec', '.json'];

/** Where a plugin listens, or undefined when nothing names it: `DIR/NAME.sock`, `.spec` or `.json`, also below `DIR/NAME/`. */
export function findPlugin(dirs: readonly string[], name: string): PluginAddress | undefined {
  if (!isPluginName(name)) return undefined;
  for (const extension of extensions)
    for (const dir of dirs)
      for (const path of [join(dir, name + extension), join(dir, name, name + extension)]) {
        const stat = statSync(path, { throwIfNoEntry: false });
        if (extension === '.sock' ? stat?.isSocket() : stat?.isFile()) return read(path, extension);
      }
  return undefined;
}

/** Names of all plugins that the directories name, running or not. */
export function pluginNames(dirs: readonly string[]): string[] {
  const names = new Set<string>();
  for (const dir of dirs)
    for (const entry of entriesOf(dir)) {
      const name = extensions.includes(extname(entry)) ? basename(entry, extname(entry)) : entry;
      if (isPluginName(name) && (name !== entry || isOwnDirectory(dir, name))) names.add(name);
    }
  return [...names].toSorted();
}

const isPluginName = (name: string): boolean => /^[a-zA-Z0-9][\w.-]{0,127}$/.test(name);

const isOwnDirectory = (dir: string, name: string): boolean =>
  extensions.some((extension) => statSync(join(dir, name, name + extension), { throwIfNoEntry: false }));

function entriesOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function read(path: string, extension: string): PluginAddress {
  if (extension === '.sock') return { socketPath: path };
  try {
    if (statSync(path).size > LARGEST_FILE) throw new Error('too large');
    const text = readFileSync(path, 'utf8');
    return extension === '.spec' ? addressOf(text.trim()) : fromJson(JSON.parse(text));
  } catch (error) {
    throw internal(`plugin file ${path}: ${messageOf(error)}`, error);
  }
}

function fromJson(value: unknown): PluginAddress {
  const { Addr: address, TLSConfig: tls } = (value ?? {}) as { Addr?: unknown; TLSConfig?: unknown };
  if (typeof address !== 'string') throw new Error('want an object with "Addr"');
  const files = (tls ?? {}) as {
    CAFile?: unknown;
    CertFile?: unknown;
    KeyFile?: unknown;
    InsecureSkipVerify?: unknown;
  };
  const content = (file: unknown): string | undefined =>
    typeof file === 'string' && file !== '' ? readFileSync(file, 'utf8') : undefined;
  const [ca, cert, key] = [content(files.CAFile), content(files.CertFile), content(files.KeyFile)];
  const insecure = files.InsecureSkipVerify === true || ca === undefined;
  return {
    ...addressOf(address),
    ...(tls !== undefined && {
      tls: {
        insecure,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      },
    }),
  };
}

function addressOf(text: string): PluginAddress {
  const unix = /^unix:\/\/(\/.*)$/.exec(text);
  if (unix?.[1] !== undefined) return { socketPath: unix[1] };
  const url = URL.parse(text.replace(/^tcp:/, 'http:'));
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(
      `want unix:///path, tcp://host:port or https://host:port, got ${JSON.stringify(text.slice(0, 100))}`,
    );
  return { url };
}
