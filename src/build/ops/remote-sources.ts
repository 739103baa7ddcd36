import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileByPolicy, gitByPolicy } from '../policy/apply-policy.ts';
import type { Download, HttpSource } from '../remote/http-store.ts';
import type { GitCheckout, GitSource } from '../remote/types.ts';
import { canonical } from '../solve/key.ts';
import type { BuildRequest, FetchedSource } from '../types.ts';
import { remember } from './remember.ts';
import { type BuildServices, newId, temporaryRoot } from './services.ts';

/** What the steps of one build read from URLs and git repositories: each is fetched once, and there until the build ends. */
export class RemoteSources implements AsyncDisposable {
  private readonly services: Pick<BuildServices, 'git' | 'http'>;
  private readonly client: BuildRequest['client'];
  private readonly policy: BuildRequest['policy'];
  private readonly directory: string;
  private readonly notes = new Map<string, FetchedSource>();
  private readonly downloads = new Map<string, Promise<Download>>();
  private readonly checkouts = new Map<string, Promise<GitCheckout>>();

  constructor(
    services: Pick<BuildServices, 'git' | 'http' | 'paths'>,
    { client, policy }: Pick<BuildRequest, 'client' | 'policy'>,
  ) {
    this.services = services;
    this.client = client;
    this.policy = policy;
    this.directory = join(temporaryRoot(services.paths), newId());
  }

  download(asked: HttpSource, signal: AbortSignal): Promise<Download> {
    const source = fileByPolicy(this.policy, asked);
    return remember(this.downloads, canonical([source.url, source.checksum ?? '']), () => {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      const path = join(this.directory, `download-${this.downloads.size}`);
      const loading = this.services.http.download(source, path, { client: this.client, signal });
      return this.note(loading, ({ digest }) => ({
        uri: source.url,
        digest: { sha256: digest.replace(/^sha256:/, '') },
      }));
    });
  }

  /** The files of a git repository; the same commit all through the build. */
  checkout(asked: GitSource, signal: AbortSignal): Promise<GitCheckout> {
    const source = gitByPolicy(this.policy, asked);
    const { userinfo: _, ...named } = source;
    return remember(this.checkouts, canonical(named), () =>
      this.note(this.services.git.checkout(source, { client: this.client, signal }), ({ commit }) => ({
        uri: source.remote + (source.ref === undefined ? '' : `#${source.ref}`),
        digest: { [commit.length === 64 ? 'sha256' : 'sha1']: commit },
      })),
    );
  }

  /** What was fetched from elsewhere so far, by URL. */
  fetched(): FetchedSource[] {
    return [...this.notes.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  private async note<T>(work: Promise<T>, describe: (result: T) => FetchedSource): Promise<T> {
    const result = await work;
    const source = describe(result);
    this.notes.set(source.uri, source);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.downloads.values());
    const checkouts = await Promise.allSettled(this.checkouts.values());
    for (const checkout of checkouts) if (checkout.status === 'fulfilled') checkout.value[Symbol.dispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
