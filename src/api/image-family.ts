import type { Images } from '../image/types.ts';

/** The ids of an image, of its further platforms and of all that were built on them; empty when there is no such image. */
export function imageFamily(nameOrId: string, images: Images): string[] {
  const first = images.find(nameOrId);
  if (!first) return [];
  const family = new Set<string>([first, ...images.variantsOf(first)].map(({ id }) => id));
  const all = images.list({ all: true });
  for (let grown = true; grown;) {
    const size = family.size;
    for (const { id, parent } of all) if (parent && family.has(parent)) family.add(id);
    grown = family.size > size;
  }
  return [...family];
}
