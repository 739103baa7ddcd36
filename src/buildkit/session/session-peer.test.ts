import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Builder } from '../../build/types.ts';
import { codec } from '../messages.ts';
import type { Packet } from '../message-types.ts';
import { peerOf } from './session-peer.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

test('files of a client that goes at the very end are let go of', async () => {
  const END_OF_LIST = codec<Packet>('fsutil.types.Packet').encode({ type: 0 });
  const stream = {
    batches: (async function* () {
      yield [Buffer.from(END_OF_LIST)];
    })(),
    send: () => Promise.reject(new Error('the client has gone')),
    end() {},
    cancel() {},
  };
  const session = { sharedKey: '', supports: () => true, open: () => stream } as unknown as Session;
  const sessions = { get: async () => session } as unknown as Sessions;
  let released = 0;
  const builder = {
    receiveFiles: async () => ({ directory: '/files', [Symbol.dispose]: () => void (released += 1) }),
  } as unknown as Builder;
  const { signal } = new AbortController();
  const peer = await peerOf({ sessions, builder }, 'id', signal);
  const receiving = peer.receiveDirectory({ directory: 'context' }, { lineage: '', signal });
  await assert.rejects(receiving, /the client has gone/);
  assert.equal(released, 1);
});
