import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseBytes } from '../lib/bytes.ts';
import { invalid, messageOf } from '../lib/errors.ts';
import type { LogLevel } from '../lib/log.ts';
import { didYouMean } from '../lib/suggest.ts';
import { parseAddress } from './address.ts';
import { buildGc } from './build-gc.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { containerDefaults, defaultBridge, proxies } from './file-defaults.ts';
import { defaultRoots, defaults, type Settings } from './settings.ts';
import { readTls, type TlsSettings } from './tls.ts';

const DEFAULT_CONFIG_FILE = '/etc/lading/engine.json';

const options = {
  name: { type: 'string' },
  'data-root': { type: 'string' },
  'run-root': { type: 'string' },
  'exec-root': { type: 'string' },
  host: { type: 'string', short: 'H', multiple: true },
  'allow-remote': { type: 'boolean' },
  'config-file': { type: 'string' },
  experimental: { type: 'boolean' },
  group: { type: 'string', short: 'G' },
  'live-restore': { type: 'boolean' },
  pidfile: { type: 'string', short: 'p' },
  tls: { type: 'boolean' },
  tlsverify: { type: 'boolean' },
  tlscacert: { type: 'string' },
  tlscert: { type: 'string' },
  tlskey: { type: 'string' },
  validate: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
  'log-level': { type: 'string', short: 'l' },
  debug: { type: 'boolean', short: 'D' },
  label: { type: 'string', multiple: true },
  bip: { type: 'string' },
  'registry-mirror': { type: 'string', multiple: true },
  'insecure-registry': { type: 'string', multiple: true },
  'plugin-dir': { type: 'string', multiple: true },
  'runtime-path': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const usage = `Usage:  lade engine [OPTIONS]

Run the engine in the foreground

Options:
      --allow-remote               Listen on TCP addresses other than loopback: gives control of this host to whoever reaches them
      --bip string                 Address of the default bridge, such as 172.17.0.1/16
      --config-file string         Settings, as Docker's daemon.json (default "${DEFAULT_CONFIG_FILE}")
      --data-root string           What survives a reboot (default "${defaults.dataRoot}")
  -D, --debug                      Log everything
      --experimental               Switch on what is experimental: checkpoints
  -G, --group string               Group that may use unix sockets (default "docker")
  -H, --host list                  Where to listen: unix:///path, tcp://127.0.0.1:port or fd:// (default unix://RUN-ROOT/engine.sock)
      --insecure-registry list     Registries that may be reached without TLS
      --label list                 Labels of this engine
  -l, --log-level string           debug, info, warn or error (default "info")
      --name string                Name that sets engines on one host apart (default "${defaults.name}")
  -p, --pidfile string             File for the engine's process id
      --plugin-dir list            Where volume plugins are looked for (default /run/docker/plugins, /etc/docker/plugins, /usr/lib/docker/plugins)
      --registry-mirror list       Mirrors of Docker Hub
      --run-root string            What is gone with a reboot (default "${defaults.runRoot}")
      --runtime-path string        OCI runtime to use
      --tls                        Use TLS on TCP addresses; implied by --tlsverify
      --tlscacert string           CA whose clients may come in (default "~/.docker/ca.pem")
      --tlscert string             Certificate of this engine (default "~/.docker/cert.pem")
      --tlskey string              Its key (default "~/.docker/key.pem")
      --tlsverify                  Let only clients in whose certificate the CA signed
      --validate                   Check flags and settings, and exit
  -v, --version                    Print the version and exit

SIGHUP reads the settings file again: debug, log-level, labels, registries, max-concurrent-downloads and -uploads, features.
`;

/** The settings that a command line and its settings file make; flags win. A word where something else was asked for. */
export function parseFlags(argv: readonly string[]): Settings | 'help' | 'version' | 'valid' {
  const flags = parse(argv);
  if (flags.help) return 'help';
  if (flags.version) return 'version';
  const settings = readSettings(flags);
  for (const host of settings.hosts) parseAddress(host, settings);
  if (settings.tls) readTls(settings.tls);
  return flags.validate ? 'valid' : settings;
}

function readSettings(flags: Flags): Settings {
  const path = flags['config-file'] ?? (existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : undefined);
  const file: ConfigFile = path === undefined ? { withoutEffect: [] } : readConfigFile(path);
  return settingsOf(flags, file);
}

type Flags = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  try {
    const args = argv.map(plainBoolean);
    const { values } = parseArgs({ args, options, allowPositionals: false, allowNegative: true });
    return values;
  } catch (error) {
    const wrong = /Unknown option '--?([^']+)'/.exec(messageOf(error))?.[1];
    if (wrong !== undefined)
      throw invalid(`unknown flag: --${wrong}${didYouMean(wrong, Object.keys(options))}`, error);
    throw invalid(messageOf(error).split('. ')[0] ?? '', error);
  }
}

/** `--tls=false` as Docker's commands take it. */
function plainBoolean(word: string): string {
  const [, name = '', value = ''] = /^--([a-z-]+)=(true|false|1|0)$/.exec(word) ?? [];
  const isBoolean = Object.hasOwn(options, name) && options[name as keyof typeof options].type === 'boolean';
  if (!isBoolean) return word;
  return value === 'true' || value === '1' ? `--${name}` : `--no-${name}`;
}

function settingsOf(flags: Flags, file: ConfigFile): Settings {
  const name = flags.name ?? file.name ?? defaults.name;
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
    throw invalid(`invalid name ${JSON.stringify(name)}: want lower-case letters, digits and -`);
  const roots = defaultRoots(name);
  const runRoot = absolute(
    'run-root',
    flags['run-root'] ?? flags['exec-root'] ?? file['run-root'] ?? file['exec-root'] ?? roots.runRoot,
  );
  const logOptions = file['log-opts'] ?? {};
  return {
    name,
    dataRoot: absolute('data-root', flags['data-root'] ?? file['data-root'] ?? roots.dataRoot),
    runRoot,
    hosts: flags.host ?? file.hosts ?? [`unix://${runRoot}/engine.sock`],
    ...optional('group', flags.group ?? file.group),
    ...optional('tls', tlsOf(flags, file)),
    ...optional('pidFile', flags.pidfile ?? file.pidfile),
    allowRemote: flags['allow-remote'] ?? file['allow-remote'] ?? false,
    logLevel:
      flags.debug || file.debug ? 'debug' : logLevel(flags['log-level'] ?? file['log-level'] ?? 'info'),
    labels: checkLabels(flags.label ?? file.labels ?? []),
    mirrors: {
      'docker.io': [...(flags['registry-mirror'] ?? file['registry-mirrors'] ?? [])],
      ...file.mirrors,
    },
    insecureRegistries: [...(file['insecure-registries'] ?? []), ...(flags['insecure-registry'] ?? [])],
    maxDownloads: file['max-concurrent-downloads'] ?? 3,
    maxUploads: file['max-concurrent-uploads'] ?? 5,
    experimental: flags.experimental ?? file.experimental ?? false,
    features: file.features ?? {},
    dns: dnsOf(file),
    defaultBridge: defaultBridge(flags, file),
    networkOptions: file['default-network-opts'] ?? {},
    proxies: proxies(file),
    containerDefaults: containerDefaults(file),
    buildGc: buildGc(file.builder),
    withoutEffect: file.withoutEffect,
    ...optional('addressPools', file['default-address-pools']),
    ...optional('pluginDirs', flags['plugin-dir'] ?? file['plugin-dirs']),
    ...optional('runtimePath', flags['runtime-path'] ?? file['runtime-path']),
    ...optional('log', file['log-driver'] ? { driver: file['log-driver'], options: logOptions } : undefined),
    ...optional('logMaxSize', mapped(logOptions['max-size'], parseBytes)),
    ...optional(
      'logMaxFile',
      mapped(logOptions['max-file'], (value) => positive('max-file', value)),
    ),
    ...optional('defaultShmSize', mapped(file['default-shm-size'], parseBytes)),
  };
}

/** Dockerd's: `--tlsverify` means `--tls`, the files lie where Docker's client keeps its own. */
function tlsOf(flags: Flags, file: ConfigFile): TlsSettings | undefined {
  const verify = flags.tlsverify ?? file.tlsverify ?? false;
  if (!verify && !(flags.tls ?? file.tls ?? false)) return undefined;
  const directory = process.env['DOCKER_CERT_PATH'] || join(homedir(), '.docker');
  return {
    verify,
    ca: flags.tlscacert ?? file.tlscacert ?? join(directory, 'ca.pem'),
    cert: flags.tlscert ?? file.tlscert ?? join(directory, 'cert.pem'),
    key: flags.tlskey ?? file.tlskey ?? join(directory, 'key.pem'),
  };
}

function checkLabels(labels: readonly string[]): readonly string[] {
  const values = new Map<string, string>();
  for (const label of labels) {
    const [key = '', value] = label.split(/=(.*)/s);
    if (key === '' || value === undefined) throw invalid(`bad attribute format: ${label}`);
    const other = values.get(key);
    if (other !== undefined && other !== label) throw invalid(`conflict labels for ${label} and ${other}`);
    values.set(key, label);
  }
  return labels;
}

function dnsOf(file: ConfigFile): Settings['dns'] {
  return {
    ...optional('servers', file.dns),
    ...optional('search', file['dns-search']),
    ...optional('options', file['dns-opts']),
  };
}

function absolute(flag: string, path: string): string {
  if (!isAbsolute(path)) throw invalid(`${flag}: want an absolute path, got ${JSON.stringify(path)}`);
  return path.replace(/(?<=.)\/+$/, '');
}

function logLevel(text: string): LogLevel {
  if (text === 'fatal') return 'error';
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
  throw invalid(`log-level: want debug, info, warn or error, got ${JSON.stringify(text)}`);
}

function positive(key: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw invalid(`${key}: want a number from 1 on, got ${JSON.stringify(text)}`);
  return Number(text);
}

const mapped = <T>(value: string | undefined, parse_: (value: string) => T): T | undefined =>
  value === undefined ? undefined : parse_(value);

const optional = <K extends string, T>(key: K, value: T | undefined): { [name in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [name in K]?: T };
