import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { digestOf } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import { startFront } from '../testing/front.ts';
import { startRegistry, type TestRegistry } from '../testing/start-registry.ts';
import { openRegistry } from './registry.ts';
import type { Registry, RegistryAuth, Repository, UploadSource } from './types.ts';

/** me:secret */
const htpasswd = 'me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';
let open: TestRegistry;
before(async () => (open = await startRegistry()));
after(() => open?.[Symbol.asyncDispose]());

const pushing = (registry: Registry, host: string, auth?: RegistryAuth): Repository =>
  registry.repository(parseReference(`${host}/team/app`), { actions: 'push', ...(auth && { auth }) });

function randomSource(): UploadSource {
  const content = randomBytes(5000);
  return {
    digest: digestOf(content),
    size: content.length,
    open: async function* (offset) {
      yield content.subarray(offset);
    },
  };
}

test('basic authentication: right, wrong and missing credentials', async () => {
  await using server = await startRegistry({ htpasswd });
  const registry = openRegistry();
  const right = { username: 'me', password: 'secret' };
  await pushing(registry, server.host, right).upload(randomSource());
  assert.deepEqual(await registry.login(server.host, right), {});
  await assert.rejects(
    registry.login(server.host, { username: 'me', password: 'hunter2' }),
    (error: Error) => {
      assert.equal(
        error.message,
        `login attempt to http://${server.host}/v2/ failed with status: 401 Unauthorized`,
      );
      assert.ok(!error.message.includes('hunter2'));
      return true;
    },
  );
  await assert.rejects(pushing(registry, server.host).upload(randomSource()), {
    kind: 'unauthorized',
    message: 'no basic auth credentials',
  });
  const pulling = registry.repository(parseReference(`${server.host}/app:1`), { actions: 'pull' });
  await assert.rejects(pulling.resolve('1'), {
    kind: 'unauthorized',
    message: `Head "http://${server.host}/v2/app/manifests/1": no basic auth credentials`,
  });
  registry.close();
});

/** A token service that knows one user, in front of an open registry. */
function tokenFront(state: { host: string; asked: string[] }) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/token') {
      state.asked.push(`${request.method} ${url.searchParams.getAll('scope').join(' ')}`);
      void answerToken(request, response, url);
      return true;
    }
    if (request.headers.authorization === 'Bearer good') return false;
    const refused = request.headers.authorization === 'Bearer weak' ? ',error="insufficient_scope"' : '';
    response.writeHead(401, {
      'www-authenticate': `Bearer realm="http://${state.host}/token",service="test"${refused}`,
    });
    response.end();
    return true;
  };
}

async function answerToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  const basic = request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
  const refreshed = new URLSearchParams(body).get('refresh_token') === 'lasting';
  if (request.headers.authorization !== undefined && !basic) {
    response.writeHead(401).end('{"details":"incorrect username or password"}');
    return;
  }
  const offline = url.searchParams.get('offline_token') === 'true';
  response.end(
    JSON.stringify({
      token: basic || refreshed ? 'good' : 'weak',
      ...(offline && { refresh_token: 'lasting' }),
    }),
  );
}

test('bearer tokens: fetched once per scope, by password or refresh token', async () => {
  const state = { host: '', asked: [] as string[] };
  await using front = await startFront(open.host, tokenFront(state));
  state.host = front.host;
  const registry = openRegistry();
  const password = pushing(registry, front.host, { username: 'me', password: 'secret' });
  await password.upload(randomSource());
  await password.upload(randomSource());
  assert.deepEqual(state.asked, ['GET repository:team/app:pull,push']);

  const { identityToken } = await registry.login(front.host, { username: 'me', password: 'secret' });
  assert.equal(identityToken, 'lasting');
  await pushing(registry, front.host, { identityToken: 'lasting' }).upload(randomSource());
  assert.equal(state.asked.at(-1)?.split(' ')[0], 'POST');
  await pushing(registry, front.host, { registryToken: 'good' }).upload(randomSource());
  registry.close();
});

test('a token without the right says so as Docker does', async () => {
  const state = { host: '', asked: [] as string[] };
  await using front = await startFront(open.host, tokenFront(state));
  state.host = front.host;
  const registry = openRegistry();
  const reference = parseReference(`${front.host}/team/private`);
  await assert.rejects(registry.repository(reference, { actions: 'pull' }).manifest('latest'), {
    kind: 'not-found',
    message: `pull access denied for ${front.host}/team/private, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
  });
  await assert.rejects(pushing(registry, front.host).upload(randomSource()), {
    message: 'denied: requested access to the resource is denied',
  });
  await assert.rejects(registry.login(front.host, { username: 'me', password: 'wrong' }), {
    kind: 'unauthorized',
    message: `Get "http://${front.host}/v2/": unauthorized: incorrect username or password`,
  });
  registry.close();
});

test('credentials do not follow a redirect to another host', async () => {
  const seen: (string | undefined)[] = [];
  const content = Buffer.from('elsewhere');
  await using elsewhere = await startFront('', (request, response) => {
    seen.push(request.headers.authorization);
    response.end(content);
    return true;
  });
  await using server = await startRegistry({ htpasswd });
  await using front = await startFront(server.host, (request, response) => {
    if (!request.url?.includes('/blobs/')) return false;
    response.writeHead(307, { location: `http://${elsewhere.host}/signed?key=secret` }).end();
    return true;
  });
  const registry = openRegistry();
  const repository = pushing(registry, front.host, { username: 'me', password: 'secret' });
  const blob = { digest: digestOf(content), size: content.length };
  assert.deepEqual(Buffer.concat(await Array.fromAsync(repository.blob(blob, 0))), content);
  assert.deepEqual(seen, [undefined]);
  assert.match(front.seen.at(-1)?.headers.authorization ?? '', /^Basic /);
  registry.close();
});
