/** Works on real groups: needs root and a cgroup tree of each version (the hybrid form has both). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../../lib/exec.ts';
import { readStats } from '../stats/read-stats.ts';
import { freeze, isFrozen, thaw } from './freezer.ts';
import { CgroupHierarchy } from './hierarchy.ts';
import { isInGroup, killAll, oomKills, processesOf } from './processes.ts';
import { removeCgroups } from './remove.ts';

const isRoot = process.getuid?.() === 0;
const roots: Readonly<Record<1 | 2, string>> = {
  1: '/sys/fs/cgroup',
  2: existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified',
};

for (const version of [1, 2] as const) {
  const there = version === 2 ? 'cgroup.controllers' : 'freezer';
  const skip = !isRoot ? 'needs root' : !existsSync(join(roots[version], there)) && 'no such tree here';

  test(
    `processes of a version ${version} group are found, frozen, measured and killed`,
    { skip },
    async () => {
      const cgroups = new CgroupHierarchy(roots[version]);
      assert.equal(cgroups.version, version);
      const path = `/lading-test-${process.pid}`;
      for (const directory of cgroups.directories(path))
        mkdirSync(join(directory, 'below'), { recursive: true });
      const child = start('sleep', ['60']);
      const exited = once(child, 'exit');
      const pid = child.pid ?? 0;
      try {
        const group = cgroups.directory(path, 'freezer');
        writeFileSync(join(group, 'below/cgroup.procs'), String(pid));
        assert.deepEqual(processesOf(cgroups, path), [pid]);
        assert.ok(isInGroup(pid, path) && isInGroup(pid, `${path}/below`) && !isInGroup(pid, '/other'));
        await freeze(cgroups, path);
        assert.ok(isFrozen(cgroups, path));
        assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /State:\s+[DS]/);
        thaw(cgroups, path);
        assert.ok(!isFrozen(cgroups, path));
        const stats = readStats(cgroups, path, pid);
        assert.ok(stats.systemCpu > 0 && stats.onlineCpus > 0 && stats.memoryLimit > 0);
        assert.equal(oomKills(cgroups, path), 0);
        assert.equal(await killAll(cgroups, path), true);
        await exited;
      } finally {
        child.kill('SIGKILL');
        await removeCgroups(cgroups, path);
      }
      assert.deepEqual(
        cgroups.directories(path).filter((directory) => existsSync(directory)),
        [],
      );
      await removeCgroups(cgroups, path);
    },
  );
}
