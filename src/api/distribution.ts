import { invalid } from '../lib/errors.ts';
import { parseReference, withDefaultTag } from '../oci/reference.ts';
import { type Answer, type Call, json, param } from './call.ts';
import { defined } from './defined.ts';
import type { Engine } from './engine.ts';
import { descriptorView, platformView } from './image-manifests.ts';
import { registryAuth } from './registry-auth.ts';

/** GET /distribution/{name}/json: what a registry has under a name, without pulling it. */
export async function inspect(call: Call, engine: Engine): Promise<Answer> {
  const name = param(call, 'name');
  if (/^(?:sha256:)?[a-f0-9]{64}$/.test(name)) throw invalid('no manifest found for full image ID');
  const reference = withDefaultTag(parseReference(name));
  const registry = await engine.registry();
  const { descriptor, platforms } = await registry.inspect(reference, {
    signal: call.signal,
    ...defined({ auth: registryAuth(call) }),
  });
  return json({ Descriptor: descriptorView(descriptor), Platforms: platforms.map(platformView) });
}
