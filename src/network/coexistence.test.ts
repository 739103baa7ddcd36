import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exec } from '../lib/exec.ts';
import { NetworkBench, Outside, sleep, until } from './test-bench.ts';
import type { Sandbox } from './types.ts';

/*
 * Needs root. The host's firewall is not touched: all of it runs in a network namespace of its own, where the rule sets of ufw and
 * Docker, and those that people write themselves, stand beside ours.
 */

const INSIDE = 'LADING_TEST_NETNS';

/** What `iptables -P FORWARD DROP` and the chains of ufw are to nf_tables. */
const ufw = `
table ip filter {
  chain FORWARD { type filter hook forward priority 0; policy drop; counter jump ufw-before-forward; }
  chain ufw-before-forward { ct state established,related counter accept; }
}
table ip6 filter {
  chain FORWARD { type filter hook forward priority 0; policy drop; }
}`;

/** As dockerd leaves it. */
const docker = `
table ip filter {
  chain FORWARD { type filter hook forward priority 0; policy drop; counter jump DOCKER-USER; }
  chain DOCKER-USER { counter return; }
}`;

const ownFirewall = `
table inet mine {
  chain forward { type filter hook forward priority 0; policy drop; ct state established accept; }
}`;

if (process.env[INSIDE] === undefined) {
  test('beside other firewalls, in a network namespace of its own', async () => {
    const script = `mount -t sysfs sysfs /sys && ip link set lo up && exec "$0" --test "$1"`;
    const inner = [process.execPath, import.meta.filename];
    const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
    const env = { ...outer, [INSIDE]: 'yes' };
    const { status, stdout } = await exec(
      'unshare',
      ['--net', '--mount', '--propagation', 'private', 'sh', '-c', script, ...inner],
      { env, okStatus: [0, 1] },
    );
    assert.equal(status, 0, stdout);
  });
} else {
  besideOthers();
}

function besideOthers(): void {
  let bench: NetworkBench;
  let server: Sandbox;
  let outside: Outside;

  before(async () => {
    bench = await NetworkBench.open({ watch: 200 });
    outside = await Outside.open();
    server = await bench.open({
      ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 8080 }],
    });
    await bench.serve(server, 80, 'hello');
    await bench.start(outside, 'busybox', 'httpd', '-f', '-p', '80', '-h', bench.directory);
  });
  after(async () => {
    await outside[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });

  const inbound = () => bench.get(outside, `http://${outside.hostAddress}:8080/`);
  const outbound = () => bench.get(server, `http://${outside.address}/none`);
  const bothWays = () =>
    until(async () => {
      assert.equal(await inbound(), 'hello');
      assert.equal(await outbound(), 'refused'); // answered: not found
    });
  const load = (rules: string) => exec('nft', ['-f', '-'], { input: rules });
  const rulesOf = async (...table: string[]): Promise<string> =>
    (await exec('nft', ['-n', 'list', 'table', ...table])).stdout;
  const withoutOurs = (rules: string): string =>
    rules
      .replaceAll(new RegExp(`.*comment "${bench.name}".*\\n`, 'g'), '')
      .replaceAll(/counter packets \d+ bytes \d+/g, '');
  const drop = (...table: string[]) => exec('nft', ['delete', 'table', ...table]);

  for (const [name, rules, chain] of [
    ['ufw', ufw, 'FORWARD'],
    ['Docker', docker, 'DOCKER-USER'],
  ] as const) {
    test(`a policy that drops, as ${name} has it, keeps nobody out, and its own rules stay as they were`, async (context) => {
      await load(rules);
      context.after(() =>
        exec('nft', ['-f', '-'], {
          input: 'table ip6 filter\ndelete table ip6 filter\ndelete table ip filter\n',
        }),
      );
      const before = withoutOurs(await rulesOf('ip', 'filter'));
      await until(async () => assert.match(await rulesOf('ip', 'filter'), /comment/));
      await bothWays();
      const now = await rulesOf('ip', 'filter');
      assert.equal(withoutOurs(now), before);
      assert.match(now, new RegExp(`chain ${chain} \\{[^}]*comment "${bench.name}"`));
      await sleep(600); // another look adds nothing
      assert.equal((await rulesOf('ip', 'filter')).match(/comment/g)?.length, 2);
      await drop('ip', 'filter');
      await load(rules); // a reload
      await bothWays();
    });
  }

  test('a flush of all rules is noticed, and ours are made again', async () => {
    const before = await rulesOf('inet', bench.name);
    for (const what of [['ruleset'], ['table', 'inet', bench.name]]) {
      await exec('nft', ['flush', ...what]);
      await until(async () => assert.equal(await rulesOf('inet', bench.name), before));
      await bothWays();
    }
  });

  test('of a chain that somebody wrote and that drops, the user is told with what would help, and it stays', async () => {
    assert.deepEqual(bench.networks.warnings(), []);
    await load(ownFirewall);
    const before = await rulesOf('inet', 'mine');
    const [warning = ''] = await until(() => {
      const warnings = bench.networks.warnings();
      assert.equal(warnings.length, 1);
      return warnings;
    });
    assert.match(warning, /^The chain forward of the nf_tables table "inet mine" drops by its policy/);
    assert.equal(await rulesOf('inet', 'mine'), before);
    assert.equal(await inbound(), 'silence');
    for (const [command] of warning.matchAll(/nft insert .*? accept/g)) await exec('sh', ['-c', command]);
    await bothWays();
    await until(() => assert.deepEqual(bench.networks.warnings(), []));
    await drop('inet', 'mine');
  });
}
