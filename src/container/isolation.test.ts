import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fails } from './testing/fails.ts';
import { isRoot, openWorld, type World } from './testing/open-world.ts';
import type { CreateRequest } from './types.ts';

// Real containers, and what the kernel says of them: these tests need root.
const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

/** A running container as /proc shows it. */
class Running {
  readonly id: string;
  readonly pid: number;

  constructor(id: string) {
    const { state } = world.containers.get(id);
    assert.ok(state.status === 'running');
    this.id = id;
    this.pid = state.pid;
  }

  read(name: string): string {
    return readFileSync(`/proc/${this.pid}/${name}`, 'utf8');
  }

  status(name: string): string | undefined {
    return new RegExp(`^${name}:\\s+(.*?)\\s*$`, 'm').exec(this.read('status'))?.[1];
  }

  namespace(type: string): string {
    return readlinkSync(`/proc/${this.pid}/ns/${type}`);
  }

  /** Options of the mount, of the file system after `|`; undefined when nothing is mounted there. */
  mount(path: string): string | undefined {
    const fields = this.read('mountinfo')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast((line) => line[4] === path);
    return fields && `${fields[5]} | ${fields.at(-1)}`;
  }
}

async function run(spec: Partial<CreateRequest['spec']> = {}): Promise<Running> {
  const running = new Running(await world.run(['sleep', '1000'], spec));
  // the program takes the place of the runtime's a moment after the start
  for (let waited = 0; /runc|exe/.test(running.read('comm')) && waited < 2000; waited += 5) await delay(5);
  return running;
}

/** Where a controller's files are; below it the runtime may leave a writable directory of mounts. */
const controllers = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';

const hostNamespace = (type: string): string => readlinkSync(`/proc/self/ns/${type}`);

test('security options reach the kernel', options, async () => {
  const plain = await run();
  assert.equal(plain.status('NoNewPrivs'), '0');
  assert.equal(plain.status('Seccomp'), '2');
  assert.match(plain.mount(controllers) ?? '', /^ro,/);
  const open = await run({
    securityOpt: ['no-new-privileges', 'seccomp=unconfined', 'writable-cgroups=true', 'label=disable'],
  });
  assert.equal(open.status('NoNewPrivs'), '1');
  assert.equal(open.status('Seccomp'), '0');
  assert.match(open.mount(controllers) ?? '', /^rw,/);
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
  };
  const id = await world.run('mkdir /x', { securityOpt: [`seccomp=${JSON.stringify(profile)}`] });
  assert.equal(await world.exitOf(id), 1);
  assert.match(await world.output(id), /Operation not permitted/);
  await assert.rejects(
    world.run('true', { securityOpt: ['seccomp=xx'] }),
    fails('internal', /^Decoding seccomp profile failed: /),
  );
});

test('paths are masked and read-only by default, as told, or not at all', options, async () => {
  const plain = await run();
  assert.match(plain.mount('/proc/sys') ?? '', /^ro,/);
  assert.ok(plain.mount('/proc/keys'));
  const told = await run({ maskedPaths: ['/proc/uptime'], readonlyPaths: ['/proc/irq'] });
  assert.deepEqual(
    ['/proc/uptime', '/proc/irq', '/proc/keys', '/proc/sys'].map((path) => told.mount(path) !== undefined),
    [true, true, false, false],
  );
  const open = await run({ maskedPaths: [], readonlyPaths: [] });
  assert.equal(open.mount('/proc/sys'), undefined);
  const system = await run({ securityOpt: ['systempaths=unconfined'] });
  assert.equal(system.mount('/proc/keys'), undefined);
});

test('capabilities, groups, limits and scores are as asked', options, async () => {
  const { status, read } = bound(
    await run({
      capAdd: ['SYS_TIME'],
      capDrop: ['ALL'],
      groupAdd: ['1234', 'audio'],
      user: '1000:1001',
      ulimits: [
        { name: 'nofile', soft: 100, hard: 200 },
        { name: 'core', soft: 0, hard: 0 },
      ],
      oomScoreAdj: 321,
    }),
  );
  assert.equal(BigInt(`0x${status('CapBnd')}`), 1n << 25n);
  assert.equal(BigInt(`0x${status('CapEff')}`), 0n); // not root
  assert.deepEqual([status('Uid')?.split(/\s+/)[0], status('Gid')?.split(/\s+/)[0]], ['1000', '1001']);
  assert.ok(status('Groups')?.split(' ').includes('1234'));
  assert.match(read('limits'), /^Max open files +100 +200 /m);
  assert.match(read('limits'), /^Max core file size +0 +0 /m);
  assert.equal(read('oom_score_adj').trim(), '321');
});

function bound(running: Running): Pick<Running, 'status' | 'read'> {
  return { status: (name) => running.status(name), read: (name) => running.read(name) };
}

test('a limit above the own one is what can be had, and an unknown one is refused', options, async () => {
  const { read } = bound(await run({ ulimits: [{ name: 'nofile', soft: -1, hard: -1 }] }));
  const own = /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '';
  const got = /^Max open files +\S+ +(\S+)/m.exec(read('limits'))?.[1] ?? '';
  assert.ok(Number(got) >= Number(own), `${got} < ${own}`);
  await assert.rejects(
    world.run('true', { ulimits: [{ name: 'bad', soft: 1, hard: 1 }] }),
    fails('internal', /(wrong rlimit value: |invalid rlimit `)RLIMIT_BAD/),
  );
});

test("namespaces are its own, the host's, or another container's", options, async () => {
  const types = ['pid', 'ipc', 'uts', 'net', 'cgroup'] as const;
  const own = await run({ cgroupnsMode: 'private' });
  for (const type of types) assert.notEqual(own.namespace(type), hostNamespace(type), type);
  const host = await run({
    pidMode: 'host',
    ipcMode: 'host',
    utsMode: 'host',
    networkMode: 'host',
    cgroupnsMode: 'host',
    usernsMode: 'host',
  });
  for (const type of [...types, 'user']) assert.equal(host.namespace(type), hostNamespace(type), type);
  const donor = await run({ ipcMode: 'shareable', shmSize: 8 << 20 });
  const joined = await run({
    pidMode: `container:${donor.id}`,
    ipcMode: `container:${donor.id}`,
    networkMode: `container:${donor.id}`,
  });
  for (const type of ['pid', 'ipc', 'net', 'uts'])
    assert.equal(joined.namespace(type), donor.namespace(type), type);
  assert.match(joined.mount('/dev/shm') ?? '', /size=8192k/);
  await assert.rejects(
    world.run('true', { ipcMode: `container:${own.id}` }),
    fails('internal', new RegExp(`^failed to join IPC namespace: container ${own.id}: non-shareable IPC`)),
  );
});

test('shared memory has its size; without IPC there is none', options, async () => {
  assert.match((await run({ shmSize: 3 << 20 })).mount('/dev/shm') ?? '', /size=3072k/);
  const none = await run({ ipcMode: 'none' });
  assert.equal(none.mount('/dev/shm'), undefined);
  assert.notEqual(none.namespace('ipc'), hostNamespace('ipc'));
});

test('sysctls, names and tmpfs are seen inside', options, async () => {
  const id = await world.run(
    'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/hostname /proc/sys/kernel/domainname',
    {
      sysctls: { 'net.ipv4.ip_forward': '0', 'kernel.msgmax': '9999' },
      hostname: 'me',
      domainname: 'example.org',
    },
  );
  await world.exitOf(id);
  assert.equal(await world.output(id), '0\n9999\nme\nexample.org\n');
  const tmpfs = {
    type: 'tmpfs',
    source: '',
    target: '/scratch',
    readOnly: false,
    tmpfsOptions: 'size=1m,mode=1770,exec',
    origin: 'tmpfs',
  } as const;
  const running = await run({ mounts: [tmpfs], readonlyRootfs: true });
  assert.match(running.mount('/scratch') ?? '', /^rw,nosuid,nodev,relatime \| rw,size=1024k,mode=1770/);
  assert.match(running.mount('/') ?? '', /^ro,/);
});

test('sysctls of namespaces that it does not have are refused', options, async () => {
  // in the words of runc, or of crun
  const cases: [Partial<CreateRequest['spec']>, RegExp][] = [
    [
      { sysctls: { 'foo.bar': '1' } },
      /sysctl ["`]foo.bar["`] is not (in a separate kernel namespace|namespaced)$/,
    ],
    [
      { sysctls: { 'kernel.shmmax': '1' }, ipcMode: 'host' },
      /sysctl ["`]kernel.shmmax["`] (is not allowed in the hosts ipc|requires a new IPC) namespace$/,
    ],
    [
      { sysctls: { 'net.ipv4.ip_forward': '1' }, networkMode: 'host' },
      /sysctl ["`]net.ipv4.ip_forward["`] (not allowed in host|requires a new) network namespace$/,
    ],
  ];
  for (const [spec, text] of cases)
    await assert.rejects(world.run('true', spec), fails('internal', text), JSON.stringify(spec));
});

test('an init program is the first process; annotations reach the runtime', options, async () => {
  const running = await run({ init: true, annotations: { 'org.example': 'x' } });
  let { processes, titles } = await world.containers.top(running.id, '');
  for (let tries = 0; processes.length < 2 && tries < 100; tries += 1) {
    await delay(20); // the init starts the program a moment later
    ({ processes, titles } = await world.containers.top(running.id, ''));
  }
  assert.equal(processes.length, 2);
  assert.match(processes[0]?.[titles.indexOf('CMD')] ?? '', /init/);
  const bundle = join(world.dir, 'run/c', running.id.slice(0, 12), 'config.json');
  assert.ok(existsSync(bundle));
  const config = JSON.parse(readFileSync(bundle, 'utf8')) as { annotations: Record<string, string> };
  assert.equal(config.annotations['org.example'], 'x');
});

test('privileged has all capabilities, devices and nothing masked', options, async () => {
  const running = await run({ privileged: true });
  const own = /^CapBnd:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  assert.equal(running.status('CapEff'), own);
  assert.equal(running.status('Seccomp'), '0');
  assert.equal(running.mount('/proc/sys'), undefined);
  assert.match(running.mount('/sys') ?? '', /^rw,/);
  assert.match(running.mount(controllers) ?? '', /^rw,/);
});

test('what can be told from the request alone is refused at create', options, async () => {
  const cases: [Partial<CreateRequest['spec']>, 'invalid' | 'internal', string][] = [
    [{ volumesFrom: [''] }, 'invalid', 'volumes-from specification cannot be an empty string'],
    [{ volumesFrom: ['nope'] }, 'invalid', 'No such container: nope'],
    [{ links: ['a:b:c'] }, 'internal', 'bad format for links: a:b:c'],
    [{ extraHosts: ['b:1.2.3'] }, 'invalid', 'invalid IP address in add-host: "1.2.3"'],
    [{ ipcMode: 'bad' }, 'invalid', 'invalid IPC mode: bad'],
    [{ pidMode: 'bad' }, 'invalid', 'invalid PID mode: bad'],
    [{ utsMode: 'container:x' }, 'invalid', 'invalid UTS mode: container:x'],
    [{ cgroupnsMode: 'bad' }, 'invalid', 'invalid cgroup namespace mode: bad'],
    [{ pidMode: 'container:nope' }, 'invalid', 'No such container: nope'],
    [{ capDrop: ['x'] }, 'invalid', 'invalid CapDrop: unknown capability: "CAP_X"'],
    [{ oomScoreAdj: 1001 }, 'invalid', 'Invalid value 1001, range for oom score adj is [-1000, 1000]'],
    [{ securityOpt: ['writable-cgroups=x'] }, 'invalid', 'invalid --security-opt 2: "writable-cgroups=x"'],
    [{ hostConfigEcho: { Isolation: 'hyperv' } }, 'invalid', "invalid isolation (hyperv): linux only supports 'default'"],
  ]; // prettier-ignore
  for (const [spec, kind, text] of cases)
    await assert.rejects(world.create('true', spec), fails(kind, text), text);
});
