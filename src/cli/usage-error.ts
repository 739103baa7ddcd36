/** The command line is wrong: told together with the usage. The message `help` asks for the whole help text. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
