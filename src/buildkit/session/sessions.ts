import { Arrivals } from '../../lib/arrivals.ts';
import { conflict, invalid } from '../../lib/errors.ts';
import type { Session } from './session.ts';
import { watchHealth } from './watch-health.ts';

/** A client opens its session and asks for its build at the same time: the one may come a little later. */
const PATIENCE_MS = 10_000;

/** The sessions that are open, by id. */
export class Sessions {
  private readonly open = new Map<string, Session>();
  private readonly arrivals = new Arrivals<Session>();

  /** Keeps a session until its client has gone. */
  async serve(session: Session): Promise<void> {
    const { id } = session;
    if (id === '') throw invalid('a session needs an id (X-Docker-Expose-Session-Uuid)');
    if (this.open.has(id)) throw conflict(`session ${id} already exists`);
    using _watch = watchHealth(session);
    this.open.set(id, session);
    this.arrivals.arrived(id, session);
    await session.closed;
    this.open.delete(id);
  }

  /** Waits a little for a session that is not there yet. */
  async get(id: string, signal: AbortSignal): Promise<Session> {
    const session = this.open.get(id) ?? (await this.arrivals.wait(id, PATIENCE_MS, signal));
    if (!session) throw invalid(`no active session for ${id}: context deadline exceeded`);
    return session;
  }
}
