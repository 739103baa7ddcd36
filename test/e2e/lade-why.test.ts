import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../src/wire/container.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

/** The flags of a `run`, its image and command, and what is to be found in this order. */
interface Mistake {
  readonly flags: string;
  readonly health?: string;
  readonly command: readonly string[];
  readonly finds: readonly RegExp[];
}

const shell = (script: string): string[] => ['busybox', 'sh', '-c', script];
const waits = ['busybox', 'sleep', '1000'];

const mistakes: Readonly<Record<string, Mistake>> = {
  loopback: {
    flags: '-p 127.0.0.1::8080 --init',
    command: ['busybox', 'httpd', '-f', '-p', '127.0.0.1:8080'],
    finds: [
      /^NET-LOOPBACK port 8080 is published, but .* 127\.0\.0\.1:8080 alone, .*\| let it listen on 0\.0\.0\.0/,
    ],
  },
  mapping: {
    flags: '-p 127.0.0.1::80 --init',
    health: 'wget -q http://localhost:80/',
    command: ['busybox', 'httpd', '-f', '-p', '3000'],
    finds: [
      /^NET-MAPPING port 80 .* the program listens on 3000 \| publish that one: -p \d+:3000/,
      /^HEALTH-PORT .*refused.* listens on \[::\]:3000/,
    ],
  },
  health: {
    flags: '--init',
    health: 'curl localhost',
    command: waits,
    finds: [/^HEALTH-NOCMD .*curl: not found/],
  },
  memory: {
    flags: '-m 8m',
    command: shell('x=$(tr "\\0" x < /dev/zero | head -c 50m)'),
    finds: [/^EXIT-CAUSE it was killed for lack of memory \(limit 8MiB\) \| raise --memory/],
  },
  status: {
    flags: '',
    command: shell('echo REDIS_URL is required; exit 3'),
    finds: [/^EXIT-CAUSE it ended by itself with status 3; it last said: REDIS_URL is required/],
  },
  crash: {
    flags: '',
    command: shell('exit 139'),
    finds: [/^EXIT-CAUSE it ended with 139, as by SIGSEGV: /],
  },
  windows: {
    flags: '-v FOLDER/script:/script',
    command: ['busybox', '/script'],
    finds: [/^EXIT-CAUSE /, /^EXEC-FAIL .*Windows line ends.* \| dos2unix/],
  },
  words: {
    flags: '',
    command: ['busybox', 'echo', '${PORT}'],
    finds: [/^CMD-SHAPE .* gets the word \$\{PORT\} as it is/],
  },
  zombies: {
    flags: '',
    command: shell('for i in 1 2 3 4 5 6; do sleep 0.1 & done; exec sleep 1000'),
    finds: [/^SIG-IGNORED .*"sleep 1000", which does not heed SIGTERM/, /^ZOMBIES 6 processes/],
  },
  zone: {
    flags: '--init -e TZ=Europe/Berlin',
    command: waits,
    finds: [/^TZ-NODATA TZ=Europe\/Berlin means nothing/],
  },
  data: {
    flags: '--init -v /data',
    command: shell('echo hello > /data/x; exec sleep 1000'),
    finds: [/^DATA-EPHEMERAL .*\(\/data\): a new container starts without it \| .* -v NAME:\/data/],
  },
  owner: {
    flags: '--init -u 1000 -v FOLDER:/data',
    command: waits,
    finds: [/^MOUNT-OWNER it runs as uid 1000 and can't write to \/data, which belongs to 0:0/],
  },
  shadow: {
    flags: '--init -v FOLDER/app:/app',
    command: ['shadowed', 'sleep', '1000'],
    finds: [
      /^MOUNT-SHADOW FOLDER\/app hides what the image has in \/app \(node_modules\) \| .*-v \/app\/node_modules/,
    ],
  },
  apart: {
    flags: '--init -v FOLDER/app:/app -v /app/node_modules',
    command: ['shadowed', 'sleep', '1000'],
    finds: [],
  },
  socket: {
    flags: '--init -v SOCKET:/var/run/docker.sock:ro',
    command: waits,
    finds: [/^SOCK-ROOT .*read-only does not change that/],
  },
  shared: {
    flags: '--init --shm-size 1m',
    command: shell('dd if=/dev/zero of=/dev/shm/x; exec sleep 1000'),
    finds: [/^SHM-FULL .* 1MiB is full/],
  },
  names: {
    flags: '--init --network one',
    command: shell('nslookup zone2; exec sleep 1000'),
    finds: [/^DNS-NXDOMAIN it asked for the name "zone2".* \| zone2 has it in two: connect both/],
  },
  elsewhere: {
    flags: '--init --network two',
    command: shell('echo "connect ECONNREFUSED 127.0.0.1:5432" >&2; exec sleep 1000'),
    finds: [
      /^NET-LOCALHOST it was refused at localhost:5432: .* \| zone2 listens on that port: use zone2:5432/,
    ],
  },
  early: {
    flags: '--network two',
    command: shell('echo "Error 111 connecting to zone2:5432. Connection refused." >&2; exit 1'),
    finds: [
      /^EXIT-CAUSE .*refused/,
      /^DEP-RACE it was refused at port 5432 of zone2, which listens there by now: it came too early \| start it when zone2 listens/,
    ],
  },
  mistaken: {
    flags: '--init --network two',
    command: shell('echo "dial tcp: connecting to zone2:5433: connection refused" >&2; exec sleep 1000'),
    finds: [/^NET-REFUSED it was refused at port 5433 of zone2, where nothing .* \| zone2 listens on 5432$/],
  },
  background: {
    flags: '',
    command: shell('service nginx start; true'),
    finds: [/^DAEMONIZED its program went to the background, .* \| keep it in the foreground/],
  },
  heap: {
    flags: '--init -m 64m -e JAVA_TOOL_OPTIONS=-Xmx1g',
    command: waits,
    finds: [/^HEAP-LIMIT -Xmx1g lets its heap grow beyond the limit of its memory, 64MiB/],
  },
  throttled: {
    flags: '--init --cpus 0.05',
    command: shell('while :; do :; done'),
    finds: [/^CPU-THROTTLED its limit of processor time stopped it in \d+ % of the time slices/],
  },
  loop: {
    flags: '--restart always',
    command: shell('echo again; exit 1'),
    finds: [/^EXIT-CAUSE .*again/, /^RESTART-LOOP it was restarted \d+ times/],
  },
};

describe('lade why', needs('root', 'docker', 'busybox'), () => {
  let engine: TestEngine;
  let folder: string;
  const out = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await lade(engine, args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-why-'));
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'script'), '#!/bin/sh\r\necho hello\r\n', { mode: 0o755 });
    await out('run', '--name', 'made', 'busybox', 'mkdir', '-p', '/app/node_modules/x');
    await out('commit', 'made', 'shadowed');
    for (const network of ['one', 'two']) await out('network', 'create', network);
    await out(
      'run',
      '-d',
      '--init',
      '--name',
      'zone2',
      '--network',
      'two',
      'busybox',
      'httpd',
      '-f',
      '-p',
      '5432',
    );
  });
  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    if (folder) rmSync(folder, { recursive: true });
  });

  /** `CODE text | fix`, as soon as there are so many. */
  async function findingsOf(name: string, count: number): Promise<string[]> {
    for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
      const { status, body } = await engine.request('GET', `/lading/containers/${name}/findings`);
      assert.equal(status, 200, body);
      const found = JSON.parse(body) as Finding[];
      if (found.length >= count || Date.now() > deadline)
        return found.map(({ code, text, fix }) => `${code} ${text} | ${fix}`.replaceAll(folder, 'FOLDER'));
    }
  }

  test('finds the mistake of each container, and nothing else', async () => {
    await Promise.all(
      Object.entries(mistakes).map(([name, { flags, health, command }]) => {
        const given = flags.replaceAll('FOLDER', folder).replace('SOCKET', engine.socket).split(' ');
        const check = health === undefined ? [] : ['--health-interval', '300ms', '--health-cmd', health];
        const words = [...given.filter((word) => word !== ''), ...check, ...command];
        return out('run', '-d', '--name', name, ...words);
      }),
    );
    for (const [name, { finds }] of Object.entries(mistakes)) {
      const found = await findingsOf(name, finds.length);
      assert.equal(found.length, finds.length, `${name}: ${found.join('\n')}`);
      for (const [index, find] of finds.entries()) assert.match(found[index] ?? '', find, name);
    }
  });

  test('knows who ended it: a stop that was not heeded, a kill, or somebody else', async () => {
    const end = async (name: string, ending: () => Promise<unknown>, why: RegExp): Promise<void> => {
      await out('run', '-d', '--name', name, 'busybox', 'sleep', '1000');
      await ending();
      assert.match((await findingsOf(name, 1)).join('\n'), why);
    };
    await end(
      'stopped',
      () => out('stop', '-t', '0', 'stopped'),
      /^EXIT-CAUSE it did not end by SIGTERM in time/,
    );
    await end('killed', () => out('kill', 'killed'), /^EXIT-CAUSE it was killed through the engine/);
    const outside = async (): Promise<void> => {
      process.kill(Number(await out('inspect', '-f', '{{.State.Pid}}', 'outside')), 'SIGKILL');
      await out('wait', 'outside');
    };
    await end('outside', outside, /^EXIT-CAUSE it was killed by somebody outside of the engine/);
  });

  test('prints what it finds, or that there is nothing', async () => {
    assert.equal(
      await out('why', 'status', 'zone2'),
      'status: it ended by itself with status 3; it last said: REDIS_URL is required [EXIT-CAUSE]\nzone2: nothing is wrong that the engine can see',
    );
    assert.equal(await out('why', '-f', '{{.code}}', 'status'), 'EXIT-CAUSE');
    assert.equal((await lade(engine, ['why', 'nosuch'])).status, 1);
  });

  test('a start that fails says what the mistake was', async () => {
    const refused = async (...args: string[]): Promise<string> =>
      (await engine.docker('run', '--rm', ...args)).stderr;
    assert.match(await refused('busybox', '-p', '80:80'), /exec: "-p": .*flags come before the image/);
    assert.match(
      await refused('-v', `${folder}/absent:/etc/passwd`, 'busybox', 'true'),
      /absent is an empty directory, as is made/,
    );
  });
});
