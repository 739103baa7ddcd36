import assert from 'node:assert/strict';
import { expect, filters, type LazyCase } from '../case.ts';

const nosuch = { id: 'nosuch' };
const missing = /^network nosuch not found$/;
const create = 'POST /networks/create';
const connect = 'POST /networks/{id}/connect';
const disconnect = 'POST /networks/{id}/disconnect';

export const networkCases: readonly LazyCase[] = [
  expect('GET /networks', 200, { check: (body) => assert.match(body, /"bridge"/) }),
  expect('GET /networks', 200, { query: filters({ name: ['^net$'], label: ['contract=yes'], driver: ['bridge'], scope: ['local'], type: ['custom'] }), check: (body) => assert.equal((JSON.parse(body) as []).length, 1) }),
  expect(connect, 400, {
    path: { id: 'host' },
    body: { Container: 'up' },
    message:
      /^cannot connect container to host network - container must be created in host network mode$/,
  }),
  expect(connect, 400, {
    path: { id: 'none' },
    body: { Container: 'up' },
    message: /^container cannot be connected to multiple networks with one of the networks in private/,
  }),
  expect(create, 400, {
    body: { Name: 'more2', IPAM: { Config: [{ Gateway: '10.1.2.3' }] } },
    message: /^invalid network config:\ninvalid subnet : invalid CIDR block notation$/,
  }),
  expect('GET /networks', 200, { query: filters({ dangling: ['true'] }) }),
  expect('GET /networks', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
  expect('GET /networks', 400, { query: filters({ type: ['x'] }) }),
  expect('GET /networks/{id}', 200, { path: { id: 'bridge' }, check: (body) => assert.match(body, /"EndpointID"/) }),
  expect('GET /networks/{id}', 200, { path: { id: 'net' }, query: { verbose: 'true', scope: 'local' } }),
  expect('GET /networks/{id}', 404, { path: nosuch, message: missing }),
  expect('GET /networks/{id}', 404, { path: { id: 'bridge' }, query: { scope: 'swarm' }, message: /^network bridge not found$/ }),
  expect('GET /networks/{id}', 400, { path: { id: 'bridge' }, query: { verbose: 'x' }, message: /^invalid value for verbose: x: / }),
  expect(create, 201, { body: { Name: 'more', IPAM: { Config: [{ Subnet: '10.249.7.0/24', Gateway: '10.249.7.1' }] }, Internal: true, Options: { 'com.docker.network.bridge.enable_icc': 'true' } } }),
  expect(create, 409, { body: { Name: 'more' }, message: /^network with name more already exists$/ }),
  expect(create, 400, { message: /^invalid name: name is empty$|^invalid JSON: / }),
  expect(create, 400, { body: {}, message: /^invalid name: name is empty$/ }),
  expect(create, 403, { body: { Name: 'bridge' }, message: /^operation is not permitted on predefined bridge network $/ }),
  expect(create, 403, { body: { Name: 'more2', Driver: 'host' }, message: /^only one instance of "host" network is allowed$/ }),
  expect(create, 400, { body: { Name: 'more2', IPAM: { Config: [{ Subnet: 'bad' }] } }, message: /^invalid network config:\ninvalid subnet bad: invalid CIDR block notation$/ }),
  expect(create, 403, { body: { Name: 'more2', Scope: 'swarm' }, message: /^cannot create a swarm scoped network when swarm is not active$/ }),
  expect(create, 404, { body: { Name: 'more2', Driver: 'nosuch' }, message: /plugin "nosuch" not found/ }),
  expect(connect, 200, { path: { id: 'more' }, body: { Container: 'up', EndpointConfig: { Aliases: ['other'], IPAMConfig: { IPv4Address: '10.249.7.9' } } } }),
  expect(connect, 403, { path: { id: 'more' }, body: { Container: 'up' }, message: /^endpoint with name up already exists in network more$/ }),
  expect(connect, 400, { path: { id: 'more' }, body: {}, message: /^invalid name or ID supplied: ""$/ }),
  expect(connect, 404, { path: nosuch, body: { Container: 'up' }, message: missing }),
  expect(connect, 404, { path: nosuch, body: { Container: 'nosuch' }, message: /^No such container: nosuch$/ }),
  expect('GET /networks/{id}', 200, { path: { id: 'more' }, check: (body) => assert.match(body, /10\.249\.7\.9\/24/) }),
  expect('DELETE /networks/{id}', 403, { path: { id: 'more' }, message: /has active endpoints/ }),
  expect(disconnect, 200, { path: { id: 'more' }, body: { Container: 'up' } }),
  expect(disconnect, 500, { path: { id: 'more' }, body: { Container: 'up' } , message: /is not connected to (?:the )?network/ }),
  expect(disconnect, 404, { path: { id: 'more' }, body: { Container: 'nosuch' }, message: /^No such container: nosuch$/ }),
  expect(disconnect, 404, { path: nosuch, body: { Container: 'nosuch' }, message: /^No such container: nosuch$/ }),
  expect(disconnect, 400, { path: { id: 'more' }, body: { Force: 'x' } }),
  expect('DELETE /networks/{id}', 204, { path: { id: 'more' } }),
  expect('DELETE /networks/{id}', 404, { path: nosuch, message: missing }),
  expect('DELETE /networks/{id}', 403, { path: { id: 'bridge' }, message: /^bridge is a pre-defined network and cannot be removed$/ }),
  expect('POST /networks/prune', 200, { query: filters({ label: ['nosuch'] }) }),
  expect('POST /networks/prune', 200, { query: filters({ until: ['1h'] }) }),
  expect('POST /networks/prune', 400, { query: filters({ x: ['a'] }), message: /^invalid filter 'x'$/ }),
]; // prettier-ignore
