// A volume plugin as Docker's clients know them (legacy plugin protocol), for tests: each volume is a tmpfs of its own.
//   node main.ts SOCKET STORE
// Every request is a line in STORE/requests. A file STORE/trouble holds `METHOD: hang|garbage|huge|fail|500|close`, one a line,
// and may change at any time. What is mounted by whom is kept in STORE/state.json, so that the plugin can be killed and started again.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MS, mount, unmount } from '../../src/kernel/mount.ts';

interface Kept {
  readonly options: Readonly<Record<string, string>>;
  readonly createdAt: string;
  mounts: string[];
}
interface Request {
  readonly Name?: string;
  readonly ID?: string;
  readonly Opts?: Readonly<Record<string, string>> | null;
}

const [socket = '', store = ''] = process.argv.slice(2);
const statePath = join(store, 'state.json');
mkdirSync(store, { recursive: true });
const volumes: Record<string, Kept> = existsSync(statePath)
  ? (JSON.parse(readFileSync(statePath, 'utf8')) as Record<string, Kept>)
  : {};

function keep(): void {
  writeFileSync(`${statePath}.new`, JSON.stringify(volumes));
  renameSync(`${statePath}.new`, statePath);
}

const pathOf = (name: string): string => join(store, 'volumes', name);

function find(name: string): Kept {
  const volume = volumes[name];
  if (!volume) throw new Error(`no such volume: ${name}`);
  return volume;
}

const describe = (name: string): object => ({
  Name: name,
  Mountpoint: find(name).mounts.length > 0 ? pathOf(name) : '',
  CreatedAt: find(name).createdAt,
});

const methods: Readonly<Record<string, (request: Request) => object>> = {
  'Plugin.Activate': () => ({ Implements: ['VolumeDriver'] }),
  'VolumeDriver.Capabilities': () => ({ Capabilities: { Scope: process.env['SCOPE'] ?? 'local' } }),
  'VolumeDriver.Create': ({ Name = '', Opts }) => {
    const options = Opts ?? {};
    if (options['bad'] !== undefined) throw new Error(`bad option: ${options['bad']}`);
    volumes[Name] ??= { options, createdAt: '2026-01-02T03:04:05Z', mounts: [] };
    mkdirSync(pathOf(Name), { recursive: true });
    mount('tmpfs', pathOf(Name), 'tmpfs', MS.NODEV, `size=${options['size'] ?? '1m'}`);
    keep();
    return {};
  },
  'VolumeDriver.Remove': ({ Name = '' }) => {
    if (find(Name).mounts.length > 0) throw new Error(`volume ${Name} is mounted`);
    unmount(pathOf(Name));
    rmSync(pathOf(Name), { recursive: true });
    delete volumes[Name];
    keep();
    return {};
  },
  'VolumeDriver.Mount': ({ Name = '', ID = '' }) => {
    find(Name).mounts.push(ID);
    keep();
    return { Mountpoint: pathOf(Name) };
  },
  'VolumeDriver.Unmount': ({ Name = '', ID = '' }) => {
    const volume = find(Name);
    if (!volume.mounts.includes(ID)) throw new Error(`volume ${Name} is not mounted by ${ID}`);
    volume.mounts.splice(volume.mounts.indexOf(ID), 1);
    keep();
    return {};
  },
  'VolumeDriver.Path': ({ Name = '' }) => ({ Mountpoint: find(Name).mounts.length > 0 ? pathOf(Name) : '' }),
  'VolumeDriver.Get': ({ Name = '' }) => ({
    Volume: { ...describe(Name), Status: { mounts: find(Name).mounts.length, options: find(Name).options } },
  }),
  'VolumeDriver.List': () => ({ Volumes: Object.keys(volumes).map(describe) }),
};

function troubleOf(method: string): string | undefined {
  const path = join(store, 'trouble');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${method}: `))?.slice(method.length + 2);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = (request.url ?? '').slice(1);
  const body = await text(request);
  appendFileSync(join(store, 'requests'), `${method} ${body}\n`);
  const send = (status: number, value: string): void => {
    response.writeHead(status, { 'Content-Type': 'application/vnd.docker.plugins.v1.1+json' });
    response.end(value);
  };
  switch (troubleOf(method)) {
    case 'hang':
      return;
    case 'close':
      response.destroy();
      return;
    case 'garbage':
      return send(
        200,
        '{"Volumes": [1, null, {"Name": 7}], "Volume": "x", "Mountpoint": 5, "Capabilities": []}',
      );
    case 'huge':
      response.writeHead(200);
      while (!response.destroyed) {
        if (!response.write('x'.repeat(1 << 20)))
          await new Promise((next) => response.once('drain', next).once('close', next));
      }
      return;
    case 'fail':
      return send(200, JSON.stringify({ Err: `${method} failed on purpose` }));
    case '500':
      return send(500, JSON.stringify({ Err: `${method} is broken` }));
    default:
  }
  const serve = methods[method];
  if (!serve) return send(404, 'no such method');
  try {
    send(200, JSON.stringify(serve(JSON.parse(body || '{}') as Request)));
  } catch (error) {
    send(200, JSON.stringify({ Err: error instanceof Error ? error.message : String(error) }));
  }
}

rmSync(socket, { force: true });
createServer((request, response) => void answer(request, response)).listen(socket, () =>
  console.log('ready'),
);
