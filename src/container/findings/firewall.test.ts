import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PublishedPort } from '../../network/types.ts';
import { notAllowed } from './firewall.ts';

const port = (hostPort: number, hostIp = '0.0.0.0'): PublishedPort => ({
  protocol: 'tcp',
  containerPort: 80,
  hostIp,
  hostPort,
});

test('ports of all addresses that ufw does not allow are known, as long as it is on', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lading-ufw-'));
  try {
    const ports = [port(5432), port(5432, '::'), port(8080), port(8005), port(5433, '127.0.0.1')];
    const open = (): number[] => notAllowed(ports, directory).map(({ hostPort }) => hostPort);
    assert.deepEqual(open(), []);
    writeFileSync(join(directory, 'ufw.conf'), '# comment\nENABLED=no\nLOGLEVEL=low\n');
    assert.deepEqual(open(), []);
    writeFileSync(join(directory, 'ufw.conf'), '# comment\nENABLED=yes\nLOGLEVEL=low\n');
    assert.deepEqual(open(), [5432, 8080, 8005]);
    const rules = [
      '### tuple ### allow tcp 80,8000:8010 0.0.0.0/0 any 0.0.0.0/0 in',
      '-A ufw-user-input -p tcp -m multiport --dports 80,8000:8010 -j ACCEPT',
      '### tuple ### deny any 5432 0.0.0.0/0 any 0.0.0.0/0 in',
      '### tuple ### allow udp 8080 0.0.0.0/0 any 0.0.0.0/0 in',
    ];
    writeFileSync(join(directory, 'user.rules'), `${rules.join('\n\n')}\n`);
    assert.deepEqual(open(), [5432, 8080]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
