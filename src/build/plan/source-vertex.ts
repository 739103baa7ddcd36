import type { Image } from '../../image/types.ts';
import type { Step, Vertex } from './types.ts';

/** An image as it is. */
export const imageVertex = (image: Image, name: string, step: Step): Vertex => ({
  op: { kind: 'image', name, layers: image.config.rootfs.diff_ids },
  base: undefined,
  inputs: [],
  step,
});

/** The files of a named context as a file system of its own, so that all that reads one can read them. */
export function directoryVertex(context: string, step: Step): Vertex {
  const source = { kind: 'context', context, path: '.', exclude: [], parents: false } as const;
  const copy = { kind: 'copy', instruction: 'COPY', source, destination: '/', unpack: false } as const;
  return {
    op: { kind: 'file', actions: [{ ...copy, severalSources: false }] },
    base: undefined,
    inputs: [],
    step,
  };
}
