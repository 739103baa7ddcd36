import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const QUICK = 5000;

/** Programs that leave their work to a child of theirs, and what keeps them from that. */
const daemons: readonly (readonly [program: RegExp, stays: RegExp, fix: string])[] = [
  [/(?:^|[\s/])nginx(?:\s|$)/, /daemon\s+off|\s-[tTvVhs]/, "nginx -g 'daemon off;'"],
  [/(?:^|[\s/])(?:apache2ctl|apachectl|httpd|apache2)\s.*\bstart\b/, /FOREGROUND/, 'apachectl -D FOREGROUND'],
  [/(?:^|[\s/])sshd(?:\s|$)/, /\s-\w*[DdtTV]/, '/usr/sbin/sshd -D'],
  [
    /(?:^|[\s/])(?:service\s+\S+\s+start|\/etc\/init\.d\/\S+\s+start)/,
    /(?!)/,
    'start the program itself, not its service',
  ],
  [/(?:^|[\s/])redis-server\s.*--daemonize\s+yes/, /(?!)/, 'leave --daemonize out'],
];

/** DAEMONIZED: it ended well and at once, because its program went to the background. */
export function findBackground({ record: { state, spec } }: Evidence): Finding[] {
  if (state.status !== 'exited' || state.exitCode !== 0) return [];
  if (state.finishedAt.getTime() - state.startedAt.getTime() > QUICK) return [];
  const line = [...spec.entrypoint, ...spec.cmd].join(' ');
  const found = daemons.find(([program, stays]) => program.test(line) && !stays.test(line));
  if (!found) return [];
  return [
    {
      code: 'DAEMONIZED',
      text: 'its program went to the background, and a container ends with its first process',
      fix: `keep it in the foreground: ${found[2]}`,
    },
  ];
}
