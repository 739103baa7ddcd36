import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devicesAt } from './devices.ts';
import { readElf } from './elf.ts';
import { parseBoundingSet } from './own-capabilities.ts';
import { parseLimits } from './read-host-facts.ts';

test('limits are read with infinity for unlimited', () => {
  const table = `Limit                     Soft Limit           Hard Limit           Units     
Max open files            1024                 524288               files     
Max stack size            8388608              unlimited            bytes     
Max nonsense              1                    2                    things
`;
  assert.deepEqual(parseLimits(table), [
    { type: 'RLIMIT_NOFILE', soft: 1024, hard: 524288 },
    { type: 'RLIMIT_STACK', soft: 8388608, hard: Number.POSITIVE_INFINITY },
  ]);
});

test('the bounding set is read from its mask', () => {
  assert.deepEqual(parseBoundingSet('CapEff:\t0\nCapBnd:\t0000010000000003\n'), [
    'CAP_CHOWN',
    'CAP_DAC_OVERRIDE',
    'CAP_CHECKPOINT_RESTORE',
  ]);
});

test('a device is told from what is none', () => {
  const [zero] = devicesAt('/dev/zero');
  assert.deepEqual([zero?.type, zero?.major, zero?.minor], ['c', 1, 5]);
  assert.throws(() => devicesAt('/etc/passwd'), { message: 'not a device node' });
  assert.throws(() => devicesAt('/dev/nope'), { message: 'no such file or directory' });
});

test('an ELF header of any shape is read without a fault', () => {
  const head = Buffer.alloc(128);
  assert.equal(readElf(head), undefined);
  head.write('\u007fELF', 'latin1');
  for (const wide of [1, 2]) {
    for (const order of [1, 2]) {
      head[4] = wide;
      head[5] = order;
      head.fill(0xff, 16);
      assert.equal(readElf(head)?.interpreter, undefined);
    }
  }
  head[5] = 2;
  head.writeUInt16BE(183, 18);
  assert.equal(readElf(head)?.architecture, 'arm64');
});
