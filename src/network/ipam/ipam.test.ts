import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCidr, parseCidr } from '../../lib/ip-address.ts';
import { chooseSubnet, dockerPools, poolsFor } from './choose-subnet.ts';
import { hostSubnets } from './host-subnets.ts';
import { Subnet } from './subnet.ts';

const blocks = (...texts: string[]) => texts.map((text) => parseCidr(text) ?? assert.fail(text));
const choose = (...taken: string[]) => formatCidr(chooseSubnet(dockerPools, blocks(...taken)));

test('subnets are chosen in the order of Docker, around what is in use', () => {
  assert.equal(choose(), '172.17.0.0/16');
  assert.equal(choose('172.17.0.0/16', '172.18.44.0/24'), '172.19.0.0/16');
  assert.equal(choose('172.16.0.0/12'), '192.168.0.0/20');
  assert.equal(choose('172.16.0.0/12', '192.168.1.0/24', '192.168.16.0/20'), '192.168.32.0/20');
  assert.throws(() => choose('0.0.0.0/0'), /all predefined address pools have been fully subnetted/);
});

test('where others use up the pools an engine still gets as many subnets as Docker alone would', () => {
  const chooseFor = (own: number, pools = dockerPools) =>
    formatCidr(chooseSubnet(poolsFor(pools, own), blocks('172.16.0.0/12', '192.168.0.0/16')));
  assert.equal(chooseFor(0), '10.192.0.0/20');
  assert.throws(() => chooseFor(31), /fully subnetted/);
  assert.throws(() => chooseFor(0, [{ base: '192.168.0.0/16', size: 20 }]), /fully subnetted/);
});

test('small subnets of a large pool are found behind a large obstacle at once', () => {
  const pools = [{ base: '10.0.0.0/8', size: 28 }];
  const started = performance.now();
  assert.equal(formatCidr(chooseSubnet(pools, blocks('10.0.0.0/9'))), '10.128.0.0/28');
  assert.ok(performance.now() - started < 50);
});

test('a pool that is none is refused by name', () => {
  assert.throws(() => chooseSubnet([{ base: '10.0.0.0/8', size: 4 }], []), /base 10\.0\.0\.0\/8, size 4/);
});

test('addresses come in order, the gateway first, network and broadcast never', () => {
  const subnet = new Subnet({ subnet: '10.0.0.0/29' });
  assert.equal(subnet.gateway, '10.0.0.1');
  const taken = Array.from({ length: 6 }, () => subnet.take('c'));
  assert.deepEqual(taken, ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', undefined]);
});

test('a freed address goes to its old holder, to another only when all else is taken', () => {
  const subnet = new Subnet({ subnet: '10.0.0.0/29' });
  subnet.take('a');
  subnet.giveBack('10.0.0.2', 'a');
  assert.equal(subnet.take('b'), '10.0.0.3');
  assert.equal(subnet.take('a'), '10.0.0.2');
  subnet.giveBack('10.0.0.2', 'a');
  const rest = Array.from({ length: 4 }, (_, index) => subnet.take(`d${index}`));
  assert.deepEqual(rest, ['10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.2']);
});

test('a range bounds what is given, and a gateway may lie outside of it', () => {
  const subnet = new Subnet({ subnet: '10.0.0.0/24', ipRange: '10.0.0.64/30', gateway: '10.0.0.254' });
  const taken = Array.from({ length: 5 }, () => subnet.take('c'));
  assert.deepEqual(taken, ['10.0.0.64', '10.0.0.65', '10.0.0.66', '10.0.0.67', undefined]);
  assert.ok(subnet.takeExact('10.0.0.200'));
  assert.ok(!subnet.takeExact('10.0.0.254'));
});

test('IPv6 subnets work the same', () => {
  const subnet = new Subnet({ subnet: 'fd00:1::/64' });
  assert.deepEqual([subnet.gateway, subnet.take('c')], ['fd00:1::1', 'fd00:1::2']);
});

test('the subnets of the host are known by interface', () => {
  const found = hostSubnets();
  assert.ok(found.some((subnet) => subnet.interface === 'lo' && formatCidr(subnet.block) === '127.0.0.0/8'));
  assert.ok(found.every(({ block }) => block.prefix > 0));
});
