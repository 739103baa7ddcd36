/** Where a published port leads. */
export interface Target {
  readonly ip: string;
  readonly port: number;
}

/** A held port of the host. */
export interface Listener {
  /** New connections go there from now on. */
  retarget(target: Target): void;
  close(): void;
}
