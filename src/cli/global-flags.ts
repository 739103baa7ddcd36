import type { HostFlags } from './choose-host.ts';
import { DEFAULT_SOCKET } from './engine-process.ts';
import { ExitError } from './exit-code.ts';

interface Globals {
  readonly host: HostFlags;
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

/** Reads the flags before the command's name. */
export function globalFlags(argv: readonly string[]): Globals {
  const words = [...argv];
  const host: Record<string, string | boolean> = {};
  let help = false;
  let version = false;
  while (words[0]?.startsWith('-')) {
    const word = words.shift() as string;
    const [name = '', attached] = /^-[Hcl]./.test(word)
      ? [word.slice(0, 2), word.slice(2).replace(/^=/, '')]
      : word.split(/=(.*)/s);
    const value = (): string => attached ?? words.shift() ?? '';
    if (Object.hasOwn(hostFlagNames, name)) host[hostFlagNames[name] as string] = value();
    else if (name === '--tls' || name === '--tlsverify') host[name.slice(2)] = attached !== 'false';
    else if (name === '-D' || name === '--debug') process.env['LADE_DEBUG'] = '1';
    else if (name === '-h' || name === '--help') help = true;
    else if (name === '-v' || name === '--version') version = true;
    else if (name === '--config') process.env['DOCKER_CONFIG'] = value();
    else if (name === '-l' || name === '--log-level') value();
    else
      throw new ExitError(
        125,
        `${unknownFlag(word, name)}\n\nUsage:  lade [OPTIONS] COMMAND [ARG...]\n\nRun 'lade --help' for more information`,
      );
  }
  return { host, rest: words, help, version };
}

const hostFlagNames: Readonly<Record<string, keyof HostFlags>> = {
  '-H': 'host',
  '--host': 'host',
  '-c': 'context',
  '--context': 'context',
  '--tlscacert': 'tlscacert',
  '--tlscert': 'tlscert',
  '--tlskey': 'tlskey',
};

const unknownFlag = (word: string, name: string | undefined): string =>
  word.startsWith('--') ? `unknown flag: ${name}` : `unknown shorthand flag: '${word[1]}' in ${word}`;

/** How the help lists them. */
export const globalOptions = [
  '      --config string      Where client config files are (default $DOCKER_CONFIG, "~/.docker")',
  '  -c, --context string     Context that says which engine to talk to (default $DOCKER_CONTEXT, "lade context use")',
  '  -D, --debug              Show where errors come from',
  `  -H, --host string        Engine to talk to: unix://, tcp://, ssh:// (default $LADE_HOST, $DOCKER_HOST, unix://${DEFAULT_SOCKET})`,
  '      --tls                Use TLS; implied by --tlsverify',
  '      --tlscacert string   Trust certs signed only by this CA (default "~/.docker/ca.pem")',
  '      --tlscert string     Path to TLS certificate file (default "~/.docker/cert.pem")',
  '      --tlskey string      Path to TLS key file (default "~/.docker/key.pem")',
  '      --tlsverify          Use TLS and verify the remote',
  '  -v, --version            Print version information and quit',
];
