import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { exec, start } from '../exec.ts';

/** A server of git repositories on loopback, for tests. */
export interface TestGitServer extends AsyncDisposable {
  readonly url: string;
  /** `METHOD path` of each request. */
  readonly requests: string[];
  /** Only requests with this header are answered. */
  authorization: string | undefined;
  /** Serves plain files instead of git's own protocol. */
  dumb: boolean;
  /** Commits files on top of a branch of a repository and returns the commit. `link:target` makes a symlink. */
  commit(repository: string, files: Readonly<Record<string, string>>, branch?: string): Promise<string>;
  git(repository: string, ...args: string[]): Promise<string>;
}

const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Serves repositories by HTTP as hosts do (git-http-backend). */
export async function serveGit(): Promise<TestGitServer> {
  const root = mkdtempSync('/tmp/lading-git-');
  const work = join(root, 'work');
  const env = { ...process.env, ...identity, HOME: root };
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    if (state.authorization !== undefined && request.headers.authorization !== state.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    else if (state.dumb && /service=/.test(request.url ?? ''))
      answer(root, request, response, { dumb: true });
    else answer(root, request, response, { dumb: state.dumb });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bare = (repository: string): string => join(root, `${repository}.git`);
  const git = async (repository: string, ...args: string[]): Promise<string> =>
    (await exec('git', args, { cwd: bare(repository), env })).stdout.trim();
  const state: TestGitServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    authorization: undefined,
    dumb: false,
    git,
    async commit(repository, files, branch = 'main') {
      rmSync(work, { recursive: true, force: true });
      const at = async (...args: string[]): Promise<string> =>
        (await exec('git', args, { cwd: work, env })).stdout.trim();
      mkdirSync(work);
      const isNew = await exec('git', ['init', '-q', '--bare', '-b', branch, bare(repository)], { env }).then(
        () => true,
      );
      await at('init', '-q', '-b', branch);
      await at('remote', 'add', 'origin', bare(repository));
      await at('fetch', '-q', 'origin');
      const known = await exec('git', ['rev-parse', '-q', '--verify', `origin/${branch}`], {
        cwd: work,
        env,
        okStatus: [0, 1],
      });
      if (isNew && known.status === 0) await at('reset', '-q', '--hard', `origin/${branch}`);
      for (const [path, content] of Object.entries(files)) write(join(work, path), content);
      await at('add', '-A');
      await at('commit', '-q', '--allow-empty', '-m', 'change');
      await at('push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
      await git(repository, 'update-server-info');
      return at('rev-parse', 'HEAD');
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
  return state;
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  if (content.startsWith('link:')) symlinkSync(content.slice('link:'.length), path);
  else writeFileSync(path, content);
}

/** Runs git-http-backend as a CGI program. */
function answer(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  { dumb }: { dumb: boolean },
): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = start('git', ['-c', `http.uploadpack=${!dumb}`, 'http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: request.method ?? '',
      PATH_INFO: path,
      QUERY_STRING: dumb ? '' : query,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (child.stdin) request.pipe(child.stdin).on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of all.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') status = Number.parseInt(value, 10);
      else if (name !== '') response.setHeader(name, value);
    }
    response.writeHead(status).end(all.subarray(end + 4));
  });
}
