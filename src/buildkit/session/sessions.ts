import { conflict, invalid } from '../../lib/errors.ts';
import type { Session } from './session.ts';
import { watchHealth } from './watch-health.ts';

/** A client opens its session and asks for its build at the same time: the one may come a little later. */
const PATIENCE_MS = 10_000;

/** The sessions that are open, by id. */
export class Sessions {
  private readonly open = new Map<string, Session>();
  private readonly waiting = new Map<string, Set<(session: Session) => void>>();

  /** Keeps a session until its client has gone. */
  async serve(session: Session): Promise<void> {
    if (session.id === '') throw invalid('a session needs an id (X-Docker-Expose-Session-Uuid)');
    if (this.open.has(session.id)) throw conflict(`session ${session.id} already exists`);
    using _watch = watchHealth(session);
    this.open.set(session.id, session);
    for (const tell of this.waiting.get(session.id) ?? []) tell(session);
    await session.closed;
    this.open.delete(session.id);
  }

  /** Waits a little for a session that is not there yet. */
  async get(id: string, signal: AbortSignal): Promise<Session> {
    const known = this.open.get(id);
    if (known) return known;
    const late = AbortSignal.timeout(PATIENCE_MS);
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    const waiting = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, waiting.add(resolve));
    const fail = (): void => reject(signal.aborted ? signal.reason : invalid(`no active session for ${id}`));
    const either = AbortSignal.any([signal, late]);
    either.addEventListener('abort', fail, { once: true });
    try {
      return await promise;
    } finally {
      either.removeEventListener('abort', fail);
      waiting.delete(resolve);
      if (waiting.size === 0) this.waiting.delete(id);
    }
  }
}
