import { dirname, join } from 'node:path';
import { hasCode, invalid, messageOf } from '../lib/errors.ts';
import { mkdirSync, readFileSync, realpathSync } from '../lib/fs.ts';
import { configDirectory } from './config-directory.ts';
import type { Context } from './context.ts';

/** A login in the config file: `auth` is `user:password` in base64; what others wrote may have these as they are. */
export interface StoredLogin {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** The members of Docker's config file that we know; the others are kept. */
export interface ConfigFile {
  readonly auths?: Readonly<Record<string, StoredLogin>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
  /** Of `context use`. */
  readonly currentContext?: string;
  /** By the address of an engine, or `default`. */
  readonly proxies?: Readonly<Record<string, Proxies>>;
}

/** What containers and steps of builds are told of proxies. */
export interface Proxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly ftpProxy?: string;
  readonly noProxy?: string;
  readonly allProxy?: string;
}

/** The file where Docker's CLI keeps its settings and logins; we share it. */
export const configPath = (context: Context): string => join(configDirectory(context.env), 'config.json');

/** The config file, empty when there is none. One that makes no sense is told and passed over. */
export function readConfig(context: Context): ConfigFile {
  try {
    return parseConfig(configPath(context));
  } catch (error) {
    context.err.write(`WARNING: ${messageOf(error)}\n`);
    return {};
  }
}

/** Changes the config file. One that makes no sense is left as it is, and refused. */
export async function changeConfig(
  context: Context,
  change: (config: ConfigFile) => ConfigFile,
): Promise<void> {
  const path = configPath(context);
  const changed = change(parseConfig(path));
  const { writeFileAtomic } = await import('../lib/atomic-file.ts');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(behindLink(path), JSON.stringify(changed, undefined, '\t'));
}

function parseConfig(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return {};
    throw invalid(`Error loading config file: ${messageOf(error)}`, error);
  }
  try {
    return checkConfig(JSON.parse(text, (_name, value: unknown) => (value === null ? undefined : value)));
  } catch (error) {
    throw invalid(`Error parsing config file (${path}): ${messageOf(error)}`, error);
  }
}

function checkConfig(config: unknown): ConfigFile {
  if (!isRecord(config)) throw invalid('it holds no object');
  const { auths = {}, credHelpers = {}, proxies = {} } = config;
  checkTexts('credHelpers', credHelpers);
  for (const [name, section] of Object.entries({ auths, proxies })) {
    if (!isRecord(section)) throw invalid(`${name} is no object`);
    for (const [member, item] of Object.entries(section))
      checkTexts(`${name}: ${JSON.stringify(member)}`, item);
  }
  return config;
}

function checkTexts(where: string, value: unknown): void {
  if (!isRecord(value) || Object.values(value).some((item) => typeof item !== 'string'))
    throw invalid(`${where} is no object of strings`);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Many keep the file elsewhere and have a symlink to it here. */
function behindLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it is new
  }
}
