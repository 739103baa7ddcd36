import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Client } from '../client/client.ts';
import type { Host } from '../client/host.ts';
import { withApiSocket } from './api-socket.ts';
import { loadProject } from './load/load-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-socket-'));
after(() => rmSync(folder, { recursive: true }));

const clientOf = (host: Host): Client => ({ transport: { host } }) as Client;
const unix: Host = { kind: 'unix', path: '/run/engine.sock' };
const logins = { 'registry.example': { username: 'me', password: 'secret' } };

function projectOf(text: string) {
  const file = join(folder, 'compose.yaml');
  writeFileSync(file, text);
  return loadProject({ files: [file], cwd: folder, env: {}, projectName: 'p' });
}

test('a service that uses the socket has it, and the logins', async () => {
  const project = projectOf('services: {web: {image: a, use_api_socket: true}, db: {image: b}}\n');
  const { services, configs } = await withApiSocket(clientOf(unix), project, { allAuth: async () => logins });
  const web = services.get('web');
  assert.deepEqual(
    web?.volumes.map(({ source, target }) => [source, target]),
    [['/run/engine.sock', '/var/run/docker.sock']],
  );
  assert.equal(web.environment['DOCKER_CONFIG'], '/run/secrets/docker');
  assert.equal(web.configs[0]?.target, '/run/secrets/docker/config.json');
  assert.deepEqual(JSON.parse(configs.get(web.configs[0].source)?.content ?? ''), {
    auths: { 'registry.example': { auth: Buffer.from('me:secret').toString('base64') } },
  });
  assert.deepEqual(services.get('db')?.volumes, []);
});

test('who says where the logins are gets none', async () => {
  const project = projectOf(
    'services: {web: {image: a, use_api_socket: true, environment: {DOCKER_CONFIG: /own}}}\n',
  );
  const { services } = await withApiSocket(clientOf(unix), project, {});
  assert.equal(services.get('web')?.environment['DOCKER_CONFIG'], '/own');
  assert.deepEqual(services.get('web')?.configs, []);
});

test('an engine elsewhere has no socket to mount', async () => {
  const project = projectOf('services: {web: {image: a, use_api_socket: true}}\n');
  const client = clientOf({ kind: 'tcp', host: 'far', port: 2375 } as unknown as Host);
  await assert.rejects(
    withApiSocket(client, project, {}),
    /compose\.yaml:1:12: service "web": use_api_socket needs an engine that listens on a unix socket/,
  );
});
