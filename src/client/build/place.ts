import type { BuildCall } from '../../wire/build.ts';

/** What a build starts from. */
export interface BuildPlace extends Disposable {
  /** The directory, for an engine on this machine. */
  readonly directory?: string;
  /** Or a URL, which the engine fetches itself. */
  readonly url?: string;
  /** The Dockerfile, for an engine that reads the directory or fetches the URL. */
  readonly dockerfile: BuildCall['dockerfile'];
  /** The context as an archive, with the name of the Dockerfile in it; not of a URL. To be called once. */
  pack?(): { readonly dockerfile: string; readonly tar: AsyncIterable<Uint8Array> };
}
