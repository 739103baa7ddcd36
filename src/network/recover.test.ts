import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exec, start } from '../lib/exec.ts';
import { type ChildProcess, NetworkBench, sleep, until } from './test-bench.ts';

/* Needs root. An engine in a process of its own is killed, and another takes over what it left. */

interface Left {
  readonly containerId: string;
  readonly pid: number;
  readonly hostPort: number;
  readonly ipv4: string;
}

/** What the engine that dies does: a server in a network with names and a published port, and one that has no process. */
const script = `
  const { NetworkBench } = await import(process.env.BENCH);
  const bench = await NetworkBench.open({ name: process.env.NAME }, process.env.DIRECTORY);
  await bench.networks.create({ name: 'shop', driver: 'bridge' });
  const open = (containerName) => bench.open({
    containerName, endpoints: [{ network: 'shop', aliases: ['web'] }],
    ports: ['tcp', 'udp'].map((protocol) => ({ protocol, containerPort: 80, hostIp: '', hostPort: 0 })),
  });
  const sandbox = await open('server');
  const empty = await open('empty');
  const pid = await bench.serve(sandbox, 80, 'still here');
  console.log(JSON.stringify([[sandbox, pid], [empty, 0]].map(([{ containerId, ports, endpoints }, pid]) =>
    ({ containerId, pid, hostPort: ports[0].hostPort, ipv4: endpoints[0].ipv4 }))));
`;

test('containers go on while the engine is dead, and the next one takes them over', async () => {
  await using scene = await Scene.open();
  const [server, empty] = await scene.run();
  await scene.kill();

  const url = `http://127.0.0.1:${server.hostPort}/`;
  assert.equal(await (await fetch(url)).text(), 'still here');

  const bench = await scene.takeOver(new Map([[server.containerId, { pid: server.pid }]]));
  assert.equal(await (await fetch(url)).text(), 'still here');
  assert.equal(await (await fetch(url.replace('127.0.0.1', '[::1]'))).text(), 'still here');

  const client = await bench.open({ containerName: 'client', endpoints: [{ network: 'shop' }] });
  assert.notEqual(client.endpoints[0]?.ipv4, server.ipv4);
  assert.equal(await bench.get(client, `http://${server.ipv4}/`), 'still here');
  const found = await bench.run(client, 'busybox', 'nslookup', 'web', '127.0.0.11');
  assert.match(found, new RegExp(`Address: ${server.ipv4}\\n`));
  const own = { netnsPath: `/proc/${server.pid}/ns/net` };
  assert.match(await bench.run(own, 'busybox', 'nslookup', 'client', '127.0.0.11'), /Name:\s+client/);

  assert.deepEqual(bench.networks.endpointsOf(empty.containerId), []);
  const table = (await exec('nft', ['list', 'table', 'inet', bench.name])).stdout;
  assert.match(table, new RegExp(`tcp \\. ${server.hostPort} : `));
  assert.doesNotMatch(table, new RegExp(`\\. ${empty.hostPort} : `));
  assert.deepEqual(
    bench.networks.portsOf(server.containerId).map(({ hostPort }) => hostPort > 0),
    [true, true, true, true],
  );

  await bench.networks.release(server.containerId);
  process.kill(server.pid, 'SIGKILL');
  await until(() => assert.rejects(fetch(url)));
});

test('the next engine removes what the dead one left and nobody uses', async () => {
  await using scene = await Scene.open();
  const [server] = await scene.run();
  await scene.kill();
  process.kill(server.pid, 'SIGKILL');
  const bench = await scene.takeOver(new Map());
  await bench.networks.remove('shop');
  await bench.settle();
  assert.equal((await bench.links()).length, 1 + 2, 'the default bridge and the pool');
  await assert.rejects(fetch(`http://127.0.0.1:${server.hostPort}/`));
});

/** As `script`, and then it changes networks and containers without an end. */
const busy = `${script}
  const server = (await bench.networks.get('shop').endpoints.keys().next()).value;
  for (let turn = 0; ; turn += 1) {
    const name = 'n' + turn;
    await bench.networks.create({ name, driver: turn % 3 === 2 ? 'macvlan' : 'bridge' }).catch(() => {});
    if (!bench.networks.find(name)) continue;
    await bench.networks.connect(server, { network: name });
    const other = await bench.open({ endpoints: [{ network: name }] });
    await bench.networks.disconnect(server, name);
    await bench.networks.release(other.containerId);
    await bench.networks.remove(name);
  }
`;

for (const delay of [15, 60, 140, 310]) {
  test(`killed in the middle of its work, after ${delay} ms, nothing half made is left`, async () => {
    await using scene = await Scene.open(busy);
    const [server] = await scene.run();
    await sleep(delay);
    await scene.kill();
    const bench = await scene.takeOver(new Map([[server.containerId, { pid: server.pid }]]));
    const inside = { netnsPath: `/proc/${server.pid}/ns/net` };
    const links = await bench.run(inside, 'ip', '-o', 'link');
    const names = [...links.matchAll(/^\d+: (\w+)[@:]/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'lo');
    const endpoints = bench.networks.endpointsOf(server.containerId);
    assert.deepEqual(
      names.toSorted((a = '', b = '') => a.localeCompare(b)),
      endpoints.map((endpoint) => endpoint.interface).toSorted((a, b) => a.localeCompare(b)),
    );
    await bench.settle();
    const onBridges = endpoints.filter(({ networkId }) => bench.networks.get(networkId).driver === 'bridge');
    const interfaces = bench.networks
      .list()
      .flatMap(({ bridge, driver }) => (driver === 'macvlan' ? [bridge, bridge] : bridge || []));
    assert.equal((await bench.links()).length, interfaces.length + onBridges.length + 2, links);
    await bench.networks.release(server.containerId);
    process.kill(server.pid, 'SIGKILL');
  });
}

/** An engine in a child process, and the one after it. */
class Scene implements AsyncDisposable {
  private readonly directory = mkdtempSync(join(tmpdir(), 'lading-network-'));
  private readonly name = `ladr${process.pid}`;
  private child: ChildProcess | undefined;
  private bench: NetworkBench | undefined;

  private readonly script: string;

  private constructor(text: string) {
    this.script = text;
  }

  static async open(text = `${script}; setInterval(() => {}, 1000);`): Promise<Scene> {
    return new Scene(text);
  }

  async run(): Promise<[Left, Left]> {
    const env = {
      ...process.env,
      BENCH: new URL('test-bench.ts', import.meta.url).href,
      DIRECTORY: this.directory,
      NAME: this.name,
    };
    const child = start(process.execPath, ['--input-type=module', '-e', this.script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    const [line] = (await once(child.stdout ?? child, 'data', {
      signal: AbortSignal.timeout(10_000),
    })) as [Buffer];
    return JSON.parse(String(line)) as [Left, Left];
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async takeOver(running: ReadonlyMap<string, { pid: number }>): Promise<NetworkBench> {
    this.bench = await NetworkBench.open({ name: this.name }, this.directory, running);
    return this.bench;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.bench ??= await NetworkBench.open({ name: this.name }, this.directory);
    await this.bench[Symbol.asyncDispose]();
  }
}
