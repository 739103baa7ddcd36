import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsText } from './ports-text.ts';

const port = (PrivatePort: number, PublicPort?: number, IP = '0.0.0.0', Type = 'tcp') => ({
  PrivatePort,
  Type,
  ...(PublicPort !== undefined && { PublicPort, IP }),
});

test('published ports are listed by the port of the container, then by address', () => {
  const ports = [
    port(81, 18084, '127.0.0.1', 'udp'),
    port(80, 18083, '::'),
    port(80, 18083),
    port(79, 18070),
  ];
  assert.equal(
    portsText(ports),
    '0.0.0.0:18070->79/tcp, 0.0.0.0:18083->80/tcp, [::]:18083->80/tcp, 127.0.0.1:18084->81/udp',
  );
});

test('neighbours that keep their number are one range, and come first', () => {
  const ports = [80, 81, 85].flatMap((number) => [port(number, number), port(number, number, '::')]);
  assert.equal(
    portsText([port(90, 8090), ...ports, port(443), port(444), port(53, undefined, '', 'udp')]),
    '0.0.0.0:80-81->80-81/tcp, [::]:80-81->80-81/tcp, 53/udp, 0.0.0.0:85->85/tcp, [::]:85->85/tcp, 443-444/tcp, 0.0.0.0:8090->90/tcp',
  );
});
