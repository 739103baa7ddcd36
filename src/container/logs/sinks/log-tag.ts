import { invalid } from '../../../lib/errors.ts';
import { shortId } from '../../../lib/id.ts';
import type { ContainerRecord } from '../../container-record.ts';

/** What a template of `--log-opt tag` may name, as Docker has it. */
function fields({ id, name, spec }: ContainerRecord): Readonly<Record<string, string>> {
  const imageId = spec.imageId;
  return {
    ID: shortId(id),
    FullID: id,
    Name: name,
    ImageID: shortId(imageId.replace(/^sha256:/, '')),
    ImageFullID: imageId,
    ImageName: spec.image,
    DaemonName: 'docker',
    Command: [...spec.entrypoint, ...spec.cmd].join(' '),
  };
}

/** Fills in the template of `--log-opt tag`. Throws in the words of Go's templates for what it does not know. */
export function logTag(record: ContainerRecord, fallback = '{{.ID}}'): string {
  const template = record.spec.log.options['tag'] || fallback;
  const known = fields(record);
  const filled = template.replace(/\{\{-?\s*(.*?)\s*-?\}\}/g, (_whole, action: string, offset: number) => {
    const name = /^\.(\w+)$/.exec(action)?.[1];
    if (name === undefined)
      throw invalid(`template: log-tag:1: function ${JSON.stringify(action)} not defined`);
    const value = known[name];
    if (value === undefined)
      throw invalid(
        `template: log-tag:1:${offset + 2}: executing "log-tag" at <.${name}>: can't evaluate field ${name} in type *logger.Info`,
      );
    return value;
  });
  if (template.replace(/\{\{.*?\}\}/g, '').includes('{{'))
    throw invalid('template: log-tag:1: unclosed action');
  return filled;
}
