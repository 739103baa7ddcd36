import { readFileSync } from 'node:fs';
import { hasCode, invalid, messageOf } from '../lib/errors.ts';
import { didYouMean } from '../lib/suggest.ts';
import { buildGc } from './build-gc.ts';
import { keysWithoutEffect, type Kind, knownKeys, refusalOf } from './config-keys.ts';

/** What a settings file says: Docker's daemon.json with the same keys where they mean the same, and a few of ours. */
export interface ConfigFile {
  readonly 'data-root'?: string;
  readonly 'exec-root'?: string;
  readonly 'run-root'?: string;
  readonly name?: string;
  readonly hosts?: readonly string[];
  readonly group?: string;
  readonly pidfile?: string;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
  readonly 'log-level'?: string;
  readonly debug?: boolean;
  readonly experimental?: boolean;
  readonly features?: Readonly<Record<string, boolean>>;
  readonly labels?: readonly string[];
  readonly bip?: string;
  readonly 'fixed-cidr'?: string;
  readonly 'host-gateway-ip'?: string;
  readonly 'host-gateway-ips'?: readonly string[];
  readonly ip?: string;
  readonly icc?: boolean;
  readonly 'ip-masq'?: boolean;
  readonly mtu?: number;
  readonly 'default-network-opts'?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly 'http-proxy'?: string;
  readonly 'https-proxy'?: string;
  readonly 'no-proxy'?: string;
  readonly proxies?: Readonly<Record<string, string>>;
  readonly 'default-address-pools'?: readonly { base: string; size: number }[];
  readonly 'registry-mirrors'?: readonly string[];
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  readonly 'insecure-registries'?: readonly string[];
  readonly 'max-concurrent-downloads'?: number;
  readonly 'max-concurrent-uploads'?: number;
  readonly dns?: readonly string[];
  readonly 'dns-search'?: readonly string[];
  readonly 'dns-opts'?: readonly string[];
  readonly 'log-driver'?: string;
  readonly 'log-opts'?: Readonly<Record<string, string>>;
  readonly 'default-shm-size'?: string;
  readonly 'default-ulimits'?: Readonly<Record<string, { readonly Soft: number; readonly Hard: number }>>;
  readonly 'default-ipc-mode'?: string;
  readonly 'default-cgroupns-mode'?: string;
  readonly init?: boolean;
  readonly 'no-new-privileges'?: boolean;
  readonly 'seccomp-profile'?: string;
  readonly 'live-restore'?: boolean;
  readonly 'plugin-dirs'?: readonly string[];
  readonly 'runtime-path'?: string;
  readonly 'allow-remote'?: boolean;
  readonly builder?: unknown;
  /** Keys of Docker's that mean nothing here. */
  readonly withoutEffect: readonly string[];
}

/** Reads a settings file. Errors name the file and the key, or the place where it is no JSON. */
export function readConfigFile(path: string): ConfigFile {
  const fail = (why: string, cause?: unknown): Error => invalid(`${path}: ${why}`, cause);
  const value = parse(path, readText(path));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('want a JSON object');
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  const unknown = entries
    .map(([key]) => key)
    .filter((key) => !isKnown(key) && !keysWithoutEffect.includes(key));
  if (unknown.length > 0) {
    const words = [...Object.keys(knownKeys), ...keysWithoutEffect];
    const told = unknown.map((key) => `${key}${didYouMean(key, words)}`).join(', ');
    throw fail(`the following directives don't match any configuration option: ${told}`);
  }
  for (const [key, item] of entries) {
    if (isKnown(key) && !isKind(item, knownKeys[key])) throw fail(`${key}: want ${wanted[knownKeys[key]]}`);
    const refusal = refusalOf(key, item);
    if (refusal !== undefined) throw fail(`${key}: ${refusal}`);
  }
  try {
    buildGc((value as ConfigFile).builder ?? undefined);
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  const mine = Object.fromEntries(entries.filter(([key]) => isKnown(key)));
  return { ...mine, withoutEffect: entries.map(([key]) => key).filter((key) => !isKnown(key)) };
}

const isKnown = (key: string): key is keyof typeof knownKeys => Object.hasOwn(knownKeys, key);

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = hasCode(error, 'ENOENT') ? 'no such settings file' : messageOf(error);
    throw invalid(`${path}: ${why}`, error);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    const why = messageOf(error).replace(/, .* is not valid JSON$| in JSON at position.*$/s, '');
    throw invalid(`${path}:${placeOf(error, text)}: ${why}`, error);
  }
}

/** `line:column`. The parser tells it in most cases; an unexpected token is found by looking where its complaint begins. */
function placeOf(error: unknown, text: string): string {
  const told = /\(line (\d+) column (\d+)\)/.exec(messageOf(error));
  if (told) return `${told[1]}:${told[2]}`;
  let end = 1;
  while (end < text.length && !isUnexpected(text.slice(0, end))) end += 1;
  const lines = text.slice(0, end).split('\n');
  return `${lines.length}:${lines.at(-1)?.length ?? 0}`;
}

function isUnexpected(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    return messageOf(error).startsWith('Unexpected token');
  }
}

const wanted: Readonly<Record<Kind, string>> = {
  string: 'a string',
  boolean: 'true or false',
  count: 'a number from 1 on',
  strings: 'a list of strings',
  labels: 'an object with strings',
  flags: 'an object with true or false for each name',
  mirrors: 'an object with a list of URLs for each registry',
  any: 'any value',
  ulimits: 'an object with {"Name": "nofile", "Soft": 1024, "Hard": 2048} for each name',
  options: 'an object with an object of strings for each driver',
  pools: 'a list of {"base": "10.0.0.0/8", "size": 24}',
};

function isKind(value: unknown, kind: Kind): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'any':
      return true;
    case 'count':
      return Number.isInteger(value) && Number(value) >= 1;
    case 'flags':
      return isObject && Object.values(value).every((item) => typeof item === 'boolean');
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'labels':
      return isObject && Object.values(value).every((item) => typeof item === 'string');
    case 'mirrors':
      return isObject && Object.values(value).every((item) => isKind(item, 'strings'));
    case 'options':
      return isObject && Object.values(value).every((item) => isKind(item, 'labels'));
    case 'ulimits':
      return isObject && Object.entries(value).every(([name, item]) => isUlimit(name, item));
    case 'pools':
      return Array.isArray(value) && value.every((item) => isPool(item));
  }
}

function isUlimit(name: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { Name = name, Soft, Hard } = value as { Name?: unknown; Soft?: unknown; Hard?: unknown };
  return Name === name && Number.isInteger(Soft) && Number.isInteger(Hard);
}

function isPool(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { base, size } = value as { base?: unknown; size?: unknown };
  return typeof base === 'string' && Number.isInteger(size);
}
