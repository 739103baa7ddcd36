import { createHash } from 'node:crypto';
import { ruleUrl, rules } from '../../build/check/rules.ts';
import type { BuildEvent } from '../../build/types.ts';
import { isAbort, messageOf } from '../../lib/errors.ts';
import type { Timestamp, Vertex } from '../message-types.ts';
import type { BuildStatus } from './build-status.ts';
import { timestamp } from './timestamp.ts';

/** Instructions that do something with files; the others only change the config and are no steps for BuildKit's clients. */
const working = /^(?:FROM|RUN|COPY|ADD|WORKDIR)\b/i;

type Plan = Extract<BuildEvent, { type: 'plan' }>['steps'];

/** Tells a build as BuildKit tells its own: vertices with their times, progress and output. */
export class BuildTeller {
  /** The Dockerfile that warnings show excerpts of. */
  source: { readonly name: string; readonly text: string } | undefined;
  private readonly status: BuildStatus;
  private readonly name: string;
  private readonly names = new Map<number, string>();
  private readonly started = new Map<number, { readonly at: Timestamp; readonly cached: boolean }>();
  private readonly transfers = new Map<string, Timestamp>();
  private internal = 0;

  /** @param name tells this build from others in the digests of its vertices */
  constructor(status: BuildStatus, name: string) {
    this.status = status;
    this.name = name;
  }

  readonly onEvent = (event: BuildEvent): void => {
    if (event.type === 'plan') this.plan(event.steps);
    else if (event.type === 'warning') this.warn(event);
    else if ('index' in event && this.names.has(event.index)) this.step(event);
  };

  /** Something that the engine does for the build, such as to load its context. */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    const vertex = { digest: this.digest(`internal ${(this.internal += 1)}`), name, started: timestamp() };
    this.status.tell({ vertexes: [vertex] });
    try {
      const result = await work();
      this.status.tell({ vertexes: [{ ...vertex, completed: timestamp() }] });
      return result;
    } catch (error) {
      this.status.tell({ vertexes: [{ ...vertex, completed: timestamp(), error: textOf(error) }] });
      throw error;
    }
  }

  private plan(steps: Plan): void {
    const shown = steps.filter(({ name, stage }) => stage !== '' && working.test(name));
    const stages = Map.groupBy(shown, ({ stage }) => stage);
    for (const [stage, members] of stages) {
      const title = stages.size === 1 ? '' : `${/^\d+$/.test(stage) ? `stage-${stage}` : stage} `;
      for (const [at, { index, name }] of members.entries())
        this.names.set(index, `[${title}${at + 1}/${members.length}] ${name.replaceAll(/\s+/g, ' ')}`);
    }
  }

  private step(event: Extract<BuildEvent, { index: number }>): void {
    const { index } = event;
    const digest = this.digest(String(index));
    switch (event.type) {
      case 'step-started': {
        this.started.set(index, { at: timestamp(), cached: event.cache.hit });
        this.status.tell({ vertexes: [this.vertex(index, {})] });
        if (!event.cache.hit) this.log(digest, `not cached: ${event.cache.why}\n`);
        break;
      }
      case 'step-output':
        this.log(digest, event.data, event.stream === 'stdout' ? 1 : 2);
        break;
      case 'step-progress':
        this.transfer(digest, event);
        break;
      case 'step-ended':
        this.status.tell({
          vertexes: [this.vertex(index, { completed: timestamp(), error: event.error ?? '' })],
        });
    }
  }

  private vertex(index: number, more: Partial<Vertex>): Partial<Vertex> {
    const started = this.started.get(index);
    return {
      digest: this.digest(String(index)),
      name: this.names.get(index) ?? '',
      started: started?.at ?? null,
      cached: started?.cached ?? false,
      ...more,
    };
  }

  private transfer(vertex: string, event: Extract<BuildEvent, { type: 'step-progress' }>): void {
    const ID = event.id === '' ? event.status : event.id;
    const key = `${vertex} ${ID}`;
    const started = this.transfers.get(key) ?? timestamp();
    this.transfers.set(key, started);
    const done = /complete|exists|Pushed|Mounted/i.test(event.status);
    this.status.tell({
      statuses: [
        {
          ID: `${event.status.toLowerCase()} ${event.id}`.trim(),
          vertex,
          current: event.current ?? 0,
          total: event.total ?? 0,
          timestamp: timestamp(),
          started,
          ...(done && { completed: timestamp() }),
        },
      ],
    });
  }

  private warn({
    rule,
    message,
    file,
    line,
    endLine = line,
  }: Extract<BuildEvent, { type: 'warning' }>): void {
    const short = rule === undefined ? message : `${rule}: ${message} (line ${line})`;
    this.status.tell({
      warnings: [
        {
          vertex: this.digest('internal 1'),
          level: 1,
          short: Buffer.from(short),
          detail: rule === undefined ? [] : [Buffer.from(rules[rule])],
          url: rule === undefined ? '' : ruleUrl(rule),
          info: { filename: file, data: Buffer.from(this.source?.text ?? ''), language: 'Dockerfile' },
          ranges: [{ start: { line, character: 0 }, end: { line: endLine, character: 0 } }],
        },
      ],
    });
  }

  private log(vertex: string, data: string | Buffer, stream = 2): void {
    this.status.tell({ logs: [{ vertex, timestamp: timestamp(), stream, msg: Buffer.from(data) }] });
  }

  private digest(part: string): string {
    return `sha256:${createHash('sha256').update(`${this.name}\n${part}`).digest('hex')}`;
  }
}

const textOf = (error: unknown): string => (isAbort(error) ? 'context canceled' : messageOf(error));
