import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHeader } from '../../src/lib/tar/encode.ts';
import { makeEntry, paddingOf, trailer } from '../../src/lib/tar/entry.ts';
import { startTestRegistry } from '../e2e/registry.ts';
import { send, type Received } from './send.ts';
import { startTestIndex } from './test-index.ts';

const busybox = join(import.meta.dirname, '../../.cache/bases/busybox.tar');
const auth = Buffer.from('{}').toString('base64');

/** What all requests may use: objects with fixed names, a registry, and an index that can be searched. */
export interface World extends AsyncDisposable {
  /** `localhost:port`; holds `contract/app:1`. */
  readonly registry: string;
  readonly index: string;
  call(method: string, path: string, body?: unknown): Promise<Received>;
  /** Makes something, and returns its id. */
  make(path: string, body?: unknown): Promise<string>;
}

/** Containers `up` (reads its input), `made` and `done`, network `net`, volume `vol`, image `contract:1`; all with the label `contract`. */
export async function makeWorld(socket: string): Promise<World> {
  const undo = new AsyncDisposableStack();
  const registry = undo.use(await startTestRegistry());
  const index = undo.use(await startTestIndex());
  const call: World['call'] = (method, path, body) =>
    send(socket, method, path, { headers: { 'x-registry-auth': auth }, body });
  const must: World['call'] = async (method, path, body) => {
    const answer = await call(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
    return answer;
  };
  const make: World['make'] = async (path, body) =>
    (JSON.parse((await must('POST', path, body)).body.toString()) as { Id: string }).Id;
  await must('POST', '/images/load', readFileSync(busybox));
  await must('POST', '/images/busybox/tag?repo=contract&tag=1');
  await must('POST', `/images/busybox/tag?repo=${registry.host}/contract/app&tag=1`);
  await must('POST', `/images/${registry.host}/contract/app/push?tag=1`);
  await must('POST', '/networks/create', { Name: 'net', Labels });
  await must('POST', '/volumes/create', { Name: 'vol', Labels });
  for (const name of ['up', 'made', 'done']) await make(`/containers/create?name=${name}`, containers[name]);
  await must('POST', '/containers/up/start');
  await must('POST', '/containers/done/start');
  await must('POST', '/containers/done/wait');
  return {
    registry: registry.host,
    index: index.host,
    call,
    make,
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}

const Labels = { contract: 'yes' };

const containers: Readonly<Record<string, object>> = {
  up: {
    Image: 'contract:1',
    Cmd: ['sh', '-c', 'echo told; echo wrong >&2; cat'],
    OpenStdin: true,
    ExposedPorts: { '80/tcp': {} },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000 },
    Labels,
    HostConfig: {
      Binds: ['vol:/data'],
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      Memory: 64 << 20,
    },
  },
  made: { Image: 'contract:1', Cmd: ['true'], Tty: true, Labels, HostConfig: { NetworkMode: 'net' } },
  done: { Image: 'contract:1', Cmd: ['sh', '-c', 'echo x > /new; rm /etc/passwd; exit 3'], Labels },
};

/** An archive of text files. */
export function archiveOf(files: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries(files).flatMap(([name, text]) => {
    const body = Buffer.from(text);
    return [encodeHeader(makeEntry({ name, size: body.length })), body, Buffer.alloc(paddingOf(body.length))];
  });
  return Buffer.concat([...members, trailer]);
}
