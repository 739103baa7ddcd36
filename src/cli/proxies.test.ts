import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHost } from '../client/host.ts';
import { proxyArgs } from './proxies.ts';

test('proxies of the engine, else of any, where no argument names them', () => {
  const config = {
    proxies: {
      default: { httpProxy: 'http://p', noProxy: 'a,b', ftpProxy: '' },
      'unix:///own.sock': { httpsProxy: 'http://q', allProxy: 'http://r' },
    },
  };
  const any = parseHost('tcp://engine:1');
  assert.deepEqual(proxyArgs(config, any, {}), { HTTP_PROXY: 'http://p', NO_PROXY: 'a,b' });
  assert.deepEqual(proxyArgs(config, any, { http_proxy: '', A: '' }), { NO_PROXY: 'a,b' });
  assert.deepEqual(proxyArgs(config, parseHost('unix:///own.sock'), {}), {
    HTTPS_PROXY: 'http://q',
    ALL_PROXY: 'http://r',
  });
  assert.deepEqual(proxyArgs({}, any, {}), {});
});
