import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressBytes,
  containsAddress,
  formatAddress,
  formatCidr,
  overlap,
  parseAddress,
  parseCidr,
} from './ip-address.ts';

test('addresses are printed in their canonical form', () => {
  const cases: [string, string][] = [
    ['172.17.0.2', '172.17.0.2'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['FD00:0:0:0:0:0:0:2', 'fd00::2'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['10:0:0:0:0:0:0:10', '10::10'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ];
  for (const [text, expected] of cases) {
    const address = parseAddress(text);
    assert.equal(address && formatAddress(address), expected, text);
  }
});

test('what is no address is not read', () => {
  for (const text of ['', '1.2.3', '1.2.3.256', '::1%lo', 'fe80::g', '1.2.3.4/8']) {
    assert.equal(parseAddress(text), undefined, text);
  }
  assert.throws(() => addressBytes('nowhere'), TypeError);
});

test('blocks are read with their host bits cut', () => {
  const cases: [string, string | undefined][] = [
    ['172.17.3.4/16', '172.17.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['fd00:1:2:3:4::/64', 'fd00:1:2:3::/64'],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0', undefined],
    ['10.0.0.0/8/8', undefined],
  ];
  for (const [text, expected] of cases) {
    const block = parseCidr(text);
    assert.equal(block && formatCidr(block), expected, text);
  }
});

test('blocks know what lies in them and what they overlap', () => {
  const block = (text: string) => parseCidr(text) ?? assert.fail(text);
  const address = (text: string) => parseAddress(text) ?? assert.fail(text);
  assert.ok(containsAddress(block('10.1.0.0/16'), address('10.1.255.255')));
  assert.ok(!containsAddress(block('10.1.0.0/16'), address('10.2.0.0')));
  assert.ok(!containsAddress(block('0.0.0.0/0'), address('::1')));
  assert.ok(overlap(block('10.0.0.0/8'), block('10.200.0.0/24')));
  assert.ok(!overlap(block('10.0.0.0/24'), block('10.0.1.0/24')));
  assert.ok(!overlap(block('::/0'), block('10.0.1.0/24')));
});
