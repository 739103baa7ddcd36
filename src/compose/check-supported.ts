import { ComposeError, type Problem } from './load/compose-error.ts';
import type { Service } from './model/types.ts';

/** What no engine on one host can give, or Compose can't ask for, told with its place before anything is made. Throws ComposeError. */
export function checkSupported(services: readonly Service[]): void {
  const problems = services.flatMap(problemsOf);
  if (problems.length > 0) throw new ComposeError(problems);
}

function problemsOf({ name, place, models, credentialSpec, isolation, healthcheck }: Service): Problem[] {
  const of = `service ${JSON.stringify(name)}`;
  return [
    ...[...models].map(([model, use]) => ({
      place: use.place,
      message: `${of} uses model ${model}: there is no model runner; run a model server as a service`,
    })),
    ...(credentialSpec
      ? [
          {
            place: credentialSpec.place,
            message: `${of}: credential_spec is for Windows accounts, which no container of this engine has; leave it out`,
          },
        ]
      : []),
    ...(isolation !== undefined && !['', 'default'].includes(isolation)
      ? [{ place, message: `${of}: isolation ${isolation} is for Windows; leave it out` }]
      : []),
    ...(healthcheck?.startInterval && !healthcheck.startPeriod
      ? [{ place, message: `${of}: healthcheck.start_interval requires healthcheck.start_period to be set` }]
      : []),
  ];
}
