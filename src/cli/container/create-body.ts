import { given } from '../flags.ts';
import type { CreateContainerBody } from '../../wire/container.ts';
import type { Context } from '../context.ts';
import type { CreateValues } from './create-flags.ts';
import { healthConfig } from './health-config.ts';
import { hostConfig } from './host-config.ts';
import { readEnv, readLabels } from '../key-values.ts';
import { parseVolumes } from './mounts.ts';
import { networking } from './networking.ts';
import { parseExposed, parsePublished } from './ports.ts';

/** The create body that the flags of `run` and `create` mean. */
export function createBody(
  context: Context,
  flags: CreateValues,
  image: string,
  command: readonly string[],
  detach: boolean,
): CreateContainerBody {
  const { binds, volumes } = parseVolumes(flags.volume, context.cwd);
  const { exposed, bindings } = parsePublished(flags.publish);
  const { mode, endpoints } = networking(flags);
  return {
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    ...attachedStreams(flags, detach),
    ExposedPorts: { ...parseExposed(flags.expose), ...exposed },
    Tty: flags.tty ?? false,
    OpenStdin: flags.interactive ?? false,
    StdinOnce: !detach && (flags.interactive ?? false),
    Env: readEnv(flags['env-file'], flags.env, context.env),
    Cmd: command.length > 0 ? [...command] : null,
    ...given('Healthcheck', healthConfig(flags)),
    Image: image,
    Volumes: volumes,
    WorkingDir: flags.workdir ?? '',
    ...given('Entrypoint', flags.entrypoint === undefined ? undefined : [flags.entrypoint]),
    Labels: readLabels(flags['label-file'], flags.label),
    ...given('StopSignal', flags['stop-signal']),
    ...given('StopTimeout', flags['stop-timeout']),
    HostConfig: { ...hostConfig(context, flags), Binds: binds, PortBindings: bindings, NetworkMode: mode },
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
}

function attachedStreams(flags: CreateValues, detach: boolean): CreateContainerBody {
  const named = flags.attach.map((name) => name.toLowerCase());
  const isAttached = (stream: string, byDefault: boolean): boolean =>
    !detach && (named.length > 0 ? named.includes(stream) : byDefault);
  return {
    AttachStdin: isAttached('stdin', flags.interactive ?? false),
    AttachStdout: isAttached('stdout', true),
    AttachStderr: isAttached('stderr', true),
  };
}
