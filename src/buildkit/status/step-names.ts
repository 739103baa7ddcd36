import type { BuildEvent } from '../../build/types.ts';
import { parseReference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';

export type PlannedStep = Extract<BuildEvent, { type: 'plan' }>['steps'][number];

/** Instructions that do something with files; the others only change the config and are no steps for BuildKit's clients. */
const working = /^(?:RUN|COPY|ADD|WORKDIR)\b/i;
/** The same as a trigger of the base image, which stands where FROM does. */
const trigger = /^ONBUILD\s+(?:RUN|COPY|ADD|WORKDIR)\b/i;

/** What takes files from elsewhere counts as a stage more. */
const fromElsewhere = /^(?:RUN|COPY)\s+(?:--\S+\s+)*--(?:mount|from)=/i;

/** The steps that are shown, by number: `[stage-1 2/5] COPY a.txt .` */
export function nameSteps(
  steps: readonly PlannedStep[],
  titleOf: (step: PlannedStep) => string,
  digestOf: (image: string) => string | undefined,
): ReadonlyMap<number, string> {
  const fromLines = new Set(steps.filter(({ name }) => /^FROM\b/i.test(name)).map(({ line }) => line));
  const shown = steps
    .filter(
      ({ name, stage, image, line }) =>
        stage !== '' &&
        (image !== undefined || working.test(name) || (trigger.test(name) && fromLines.has(line))),
    )
    .toSorted((left, right) => left.line - right.line);
  const count = new Set(steps.map(({ stage }) => stage).filter(Boolean)).size;
  const isAlone =
    count === 1 && !steps.some(({ name, stage }) => fromElsewhere.test(name) || /^[1-9]\d*$/.test(stage));
  const names = new Map<number, string>();
  for (const [stage, members] of Map.groupBy(shown, (step) => step.stage)) {
    const title = isAlone ? '' : `${/^\d+$/.test(stage) ? `stage-${stage}` : stage} `;
    const width = String(members.length).length;
    for (const [at, step] of members.entries()) {
      const number = `${String(at + 1).padStart(width)}/${members.length}`;
      const text =
        step.image === undefined ? textOf(step) : `FROM ${fullName(step.image, digestOf(step.image))}`;
      names.set(step.index, `[${titleOf(step)}${title}${number}] ${text}`);
    }
  }
  return names;
}

const textOf = ({ name, shown = name }: PlannedStep): string => shown.replaceAll(/[\n\r]/g, ' ');

/** An image by its whole name: `docker.io/library/busybox:latest@sha256:…`; an id as it is. */
export function fullName(image: string, digest?: string): string {
  try {
    const reference = withDefaultTag(parseReference(image));
    const repository = repositoryOf(reference);
    const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
    const known = reference.digest ?? digest;
    return `${repository}${tag}${known === undefined ? '' : `@${known}`}`;
  } catch {
    return image;
  }
}
