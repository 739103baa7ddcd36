export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder';

/** Something that happened, in Docker's vocabulary of types and actions (Engine API, `GET /events`). */
export interface EngineEvent {
  readonly type: EventType;
  /** `create`, `start`, `die`, `exec_start: sh`, `health_status: healthy`, … */
  readonly action: string;
  /** Id of the object; the name for volumes, the familiar name for images. */
  readonly actorId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970; strictly increasing within one engine. */
  readonly timeNano: bigint;
}

export type NewEvent = Omit<EngineEvent, 'timeNano'> & {
  /** Of nothing that anybody did, such as a health probe: forgotten after a day, where all others are kept. */
  readonly passing?: boolean;
};

/** The event bus: every event is kept on disk before it is told to listeners. */
export interface EventBus {
  publish(event: NewEvent): EngineEvent;
  /**
   * Kept events from `since` on, then live ones until `until` or `signal`. Without `since` only what comes; with an `until`
   * in the past it ends by itself. A slow reader is buffered without losing events.
   */
  read(options: { since?: bigint; until?: bigint; signal: AbortSignal }): AsyncIterable<EngineEvent>;
  /** Calls back synchronously for each new event; returns the function that ends it. */
  listen(listener: (event: EngineEvent) => void): () => void;
}
