import type { ImageExplanation } from '../wire/build.ts';
import { type Answer, type Call, json, param } from './call.ts';
import type { Engine } from './engine.ts';
import { platformParam } from './platform-param.ts';

/** GET /lading/images/{name}/explain: what an image is made of, how long its layers took, what would make it smaller. */
export async function explain(call: Call, engine: Engine): Promise<Answer> {
  const { image, layers, ...rest } = await engine.images.explain(
    param(call, 'name'),
    platformParam(call.query),
  );
  const builder = await engine.builder();
  const times = builder.layerTimes(layers.map(({ diffId }) => diffId));
  const answer: ImageExplanation = {
    id: image.id,
    tags: image.tags,
    size: image.size,
    layers: layers.map((layer) => {
      const milliseconds = times.get(layer.diffId);
      return { ...layer, ...(milliseconds !== undefined && { milliseconds }) };
    }),
    ...rest,
  };
  return json(answer);
}
