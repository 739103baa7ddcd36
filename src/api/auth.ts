import type { AuthConfig } from '../wire/image.ts';
import type { AuthAnswer } from '../wire/system.ts';
import { readRequiredJson } from './body.ts';
import { type Answer, type Call, json } from './call.ts';
import type { Engine } from './engine.ts';
import { authShape, toRegistryAuth } from './registry-auth.ts';

/** POST /auth */
export async function login(call: Call, engine: Engine): Promise<Answer> {
  const body = await readRequiredJson<AuthConfig>(call, authShape);
  const auth = toRegistryAuth(body) ?? {};
  const registry = await engine.registry();
  const { identityToken } = await registry.login(body.serveraddress ?? '', auth);
  const answer: AuthAnswer = { Status: 'Login Succeeded', IdentityToken: identityToken };
  return json(answer);
}
