import type { StatusResponse, Timestamp } from '../message-types.ts';
import { timestamp } from './timestamp.ts';

interface Progress {
  readonly current: number;
  readonly total: number;
  readonly done: boolean;
}

const noPlace = { detail: [], url: '', info: null, ranges: [] };

/** Tells how far the parts of one piece of work are. */
export class TaskTeller {
  private readonly vertex: string;
  private readonly tell: (part: Partial<StatusResponse>) => void;
  private readonly onProgress: ((part: string, progress: Progress) => void) | undefined;
  private readonly onWarning: ((message: string) => void) | undefined;
  private readonly begun = new Map<string, Timestamp>();

  constructor(
    vertex: string,
    tell: (part: Partial<StatusResponse>) => void,
    onProgress?: (part: string, progress: Progress) => void,
    onWarning?: (message: string) => void,
  ) {
    this.vertex = vertex;
    this.tell = tell;
    this.onProgress = onProgress;
    this.onWarning = onWarning;
  }

  /** A part, such as the transfer of one layer; with `done` it is over. */
  readonly progress = (
    ID: string,
    { current = 0, total = 0, done = false }: { current?: number; total?: number; done?: boolean },
  ): void => {
    const started = this.begun.get(ID) ?? timestamp();
    this.begun.set(ID, started);
    const status = { ID, vertex: this.vertex, current, total, timestamp: timestamp(), started };
    this.tell({ statuses: [{ ...status, ...(done && { completed: timestamp() }) }] });
    this.onProgress?.(ID, { current, total, done });
  };

  /** Something that is done otherwise than asked. */
  readonly warn = (message: string): void => {
    const short = Buffer.from(message);
    this.tell({ warnings: [{ ...noPlace, vertex: this.vertex, level: 1, short }] });
    this.onWarning?.(message);
  };

  /** A part from its begin to its end. */
  async part<T>(ID: string, work: () => Promise<T>): Promise<T> {
    this.progress(ID, {});
    const result = await work();
    this.progress(ID, { done: true });
    return result;
  }
}
