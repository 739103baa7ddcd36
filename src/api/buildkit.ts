import { invalid } from '../lib/errors.ts';
import type { Answer, Call } from './call.ts';
import type { Engine } from './engine.ts';

/** POST /grpc: the connection becomes one on which a BuildKit client calls the builder. */
export async function grpc(call: Call, engine: Engine): Promise<Answer> {
  checkUpgrade(call);
  const buildKit = await engine.buildKit();
  return { type: 'connection', protocol: 'h2c', serve: (socket) => buildKit.serveCalls(socket) };
}

/** POST /session: the connection becomes one on which the builder calls its client. */
export async function session(call: Call, engine: Engine): Promise<Answer> {
  checkUpgrade(call);
  const buildKit = await engine.buildKit();
  return {
    type: 'connection',
    protocol: 'h2c',
    serve: (socket) => buildKit.serveSession(socket, call.headers),
  };
}

function checkUpgrade({ headers: { upgrade, connection = '' } }: Call): void {
  if (!upgrade) throw invalid('no upgrade proto in request');
  if (upgrade.toLowerCase() !== 'h2c') throw invalid(`protocol ${upgrade} not supported`);
  if (!/\bupgrade\b/i.test(connection))
    throw invalid('an upgrade wants the header "Connection: Upgrade", too');
}
