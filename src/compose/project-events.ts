import type { Client } from '../client/client.ts';
import { label } from './plan/labels.ts';

/** Tells when something happens to the containers of a project, so that nobody has to ask again and again. */
export class ProjectEvents implements Disposable {
  private readonly client: Client;
  private readonly project: string;
  private readonly stop = new AbortController();
  private readonly next = new Map<string, PromiseWithResolvers<void>>();
  private opened: Promise<void> | undefined;

  constructor(client: Client, project: string) {
    this.client = client;
    this.project = project;
  }

  /** Resolves when nothing that happens from now on is missed. */
  open(): Promise<void> {
    return (this.opened ??= this.listen());
  }

  /** Resolves at the next event of a container: ask for it before you look at the container. */
  nextOf(id: string): Promise<void> {
    const known = this.next.get(id);
    if (known) return known.promise;
    const next = Promise.withResolvers<void>();
    this.next.set(id, next);
    return next.promise;
  }

  [Symbol.dispose](): void {
    this.stop.abort();
    this.fireAll();
  }

  private async listen(): Promise<void> {
    const events = await this.client.system.events({
      filters: { type: ['container'], label: [`${label.project}=${this.project}`] },
      signal: this.stop.signal,
    });
    void this.follow(events[Symbol.asyncIterator]());
  }

  private async follow(events: AsyncIterator<{ Action: string; Actor: { ID: string } }>): Promise<void> {
    try {
      for (let item = await events.next(); !item.done; item = await events.next()) {
        const { Action, Actor } = item.value;
        if (!/^(start|die|destroy|health_status|restart|unpause)/.test(Action)) continue;
        this.next.get(Actor.ID)?.resolve();
        this.next.delete(Actor.ID);
      }
    } catch {
      // the engine is gone, or nobody listens any more: whoever waits looks for himself
    }
    this.opened = undefined;
    this.fireAll();
  }

  private fireAll(): void {
    for (const { resolve } of this.next.values()) resolve();
    this.next.clear();
  }
}
