import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressPools } from './address-pools.ts';

const none = { subnets: [], ranges: [], gateways: [], reserved: {} };

test('every gateway, range and reserved address goes to the subnet that it lies in', () =>
  assert.deepEqual(
    addressPools({
      subnets: ['10.1.0.0/24', 'fd00::/64'],
      ranges: ['10.1.0.128/25'],
      gateways: ['fd00::1', '10.1.0.1'],
      reserved: { box: '10.1.0.9' },
    }),
    [
      {
        Subnet: '10.1.0.0/24',
        IPRange: '10.1.0.128/25',
        Gateway: '10.1.0.1',
        AuxiliaryAddresses: { box: '10.1.0.9' },
      },
      { Subnet: 'fd00::/64', Gateway: 'fd00::1' },
    ],
  ));

for (const [flags, message] of [
  [{ gateways: ['10.0.0.1'] }, 'every ip-range or gateway must have a corresponding subnet'],
  [{ subnets: ['10.1.0.0/24'], gateways: ['10.2.0.1'] }, 'no matching subnet for gateway 10.2.0.1'],
  [{ subnets: ['10.1.0.0/24'], ranges: ['10.2.0.0/25'] }, 'no matching subnet for range 10.2.0.0/25'],
  [{ subnets: ['10.1.0.0/24'], reserved: { a: '10.2.0.1' } }, 'no matching subnet for aux-address 10.2.0.1'],
  [{ subnets: ['10.0.0.0/8', '10.1.0.0/16'] }, 'multiple overlapping subnet configuration is not supported'],
  [
    { subnets: ['10.1.0.0/24', '10.2.0.0/24'], gateways: ['10.1.0.1', '10.1.0.2'] },
    'cannot configure multiple gateways (10.1.0.2) on the same subnet (10.1.0.0/24)',
  ],
] as const) {
  test(message, () => assert.throws(() => addressPools({ ...none, ...flags }), { message }));
}
