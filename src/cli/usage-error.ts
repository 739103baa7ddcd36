/** The command line is wrong: told together with the usage. The message `help` asks for the whole help text. */
export class UsageError extends Error {
  /** Docker ends with 125 for wrong flags and with 1 for wrong arguments. */
  readonly status: number;

  constructor(message: string, status = 125) {
    super(message);
    this.name = 'UsageError';
    this.status = status;
  }
}
