/** How docker's client names a Dockerfile that lies outside of the context (or comes by stdin) when it puts it in. */
const pattern = /^\.dockerfile\.[0-9a-f]{20}$/;

/**
 * The Dockerfile that docker's client puts into a context under a name of its own, with a line for it in .dockerignore. Neither belongs
 * to the context: they differ from build to build, so that `COPY . .` would never be cached.
 */
export class InjectedDockerfile {
  private readonly name: string;
  text: string | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  static named(name: string | undefined): InjectedDockerfile | undefined {
    return name !== undefined && pattern.test(name) ? new InjectedDockerfile(name) : undefined;
  }

  /** What of a file belongs to the context; undefined = it does not. */
  filter(name: string, content: Buffer): Buffer | undefined {
    if (name === this.name) {
      this.text = content.toString('utf8');
      return undefined;
    }
    if (name !== '.dockerignore') return content;
    const text = content.toString('latin1');
    const added = `\n${this.name}\n`;
    if (!text.endsWith(added)) return content;
    const own = text.slice(0, -added.length);
    return own === '.dockerignore' ? undefined : Buffer.from(own, 'latin1');
  }
}
