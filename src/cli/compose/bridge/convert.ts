import { resolve } from 'node:path';
import { kubernetesManifests } from '../../../compose/kubernetes/convert.ts';
import { writeManifests } from '../../../compose/kubernetes/write-manifests.ts';
import { print } from '../../context.ts';
import { ExitError } from '../../exit-code.ts';
import { list, text } from '../../flags.ts';
import { defineComposeCommand } from '../globals.ts';

export const command = defineComposeCommand({
  summary: 'Convert compose files to Kubernetes manifests, Helm charts, or another model',
  usage: '[OPTIONS]',
  flags: {
    output: text('The output directory for the Kubernetes resources (default "out")', 'o'),
    templates: text('Directory containing transformation templates'),
    transformation: list(
      'Transformation images to apply to the compose model, instead of what makes Kubernetes manifests',
      't',
      'stringArray',
    ),
  },
  async run(context, flags) {
    const project = context.load();
    const output = resolve(context.cwd, flags.output ?? 'out');
    if (flags.transformation.length > 0) {
      const { transform } = await import('./transform.ts');
      for (const image of flags.transformation)
        await transform(context, project, image, { output, templates: flags.templates });
      return;
    }
    if (flags.templates !== undefined)
      throw new ExitError(1, '--templates is for transformation images: name one by --transformation');
    for (const { name, volumes } of project.services.values())
      for (const { type, source } of volumes)
        if (type === 'bind')
          context.err.write(
            `WARN service ${JSON.stringify(name)} mounts ${source}, which has to be on every node of the cluster\n`,
          );
    const manifests = kubernetesManifests(project);
    writeManifests(output, project, manifests);
    for (const { file } of manifests) print(context, `Kubernetes resource ${file} created`);
  },
});
