import { goYaml } from '../../lib/go-yaml.ts';
import { type ArtifactFile, artifactFiles } from '../../compose/artifact/artifact-files.ts';
import { checkEnvironment, checkImages, publishQuestions } from '../../compose/artifact/check-publish.ts';
import { pushArtifact } from '../../compose/artifact/push-artifact.ts';
import type { Project } from '../../compose/model/types.ts';
import { ExitError } from '../exit-code.ts';
import { bool, text } from '../flags.ts';
import { agrees } from '../prompt.ts';
import { registryLogin } from '../registry-auth.ts';
import { pinnedImages } from './config-digests.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { pushServices } from './push.ts';
import { tellStep } from './step-line.ts';

export const command = defineComposeCommand({
  summary: 'Publish compose application',
  usage: '[OPTIONS] REPOSITORY[:TAG]',
  flags: {
    app: bool('Published compose application (includes referenced images)'),
    'oci-version': text('OCI image/artifact specification version (automatically determined by default)'),
    'resolve-image-digests': bool('Pin image tags to digests'),
    'with-env': bool('Include environment variables in the published OCI artifact'),
    yes: { ...bool('Assume "yes" as answer to all prompts', 'y'), formerly: 'y' },
  },
  args: { min: 1, max: 1, withUsage: true },
  async run(context, flags, [repository = '']) {
    const project = withAllProfiles(context.load());
    checkImages(project);
    const all = artifactFiles(project);
    const files = flags['with-env'] ? all : all.filter(({ kind }) => kind !== 'env');
    const questions = flags.yes ? [] : publishQuestions(project, files, flags['with-env'] ?? false);
    for (const question of questions) await agree(context, question);
    if (!flags['with-env'] && !flags.yes) checkEnvironment(project, all);
    await pushServices(context, project, [...project.services.values()], { ignoreFailures: true });
    const pin = flags['resolve-image-digests'] || flags.app;
    const pinned = pin ? await pinnedServices(context, project) : new Map<string, string>();
    tellStep(context, repository, 'publishing');
    if (!context.globals['dry-run'])
      await pushArtifact(
        repository,
        flags['resolve-image-digests'] ? [...files, digestsFile(pinned)] : files,
        {
          ociVersion: flags['oci-version'],
          images: flags.app ? [...new Set(pinned.values())] : [],
          env: context.env,
          authFor: (image) => registryLogin(context, image),
          signal: context.signal,
        },
      );
    tellStep(context, repository, 'published');
  },
});

const withAllProfiles = (project: Project): Project => ({
  ...project,
  services: new Map([...project.services, ...project.disabled]),
});

async function agree(context: ComposeContext, question: string): Promise<void> {
  if (!(await agrees(context, question))) throw new ExitError(0);
}

/** Images with their digests, by service. */
async function pinnedServices(context: ComposeContext, project: Project): Promise<Map<string, string>> {
  const images = [...project.services].flatMap(([name, { image }]) =>
    image === undefined ? [] : [[name, image] as const],
  );
  const pinned = await pinnedImages(
    context,
    images.map(([, image]) => image),
  );
  return new Map(images.map(([name, image]) => [name, pinned.get(image) ?? image]));
}

/** A Compose file that lays the digests over the names of the other files. */
function digestsFile(pinned: ReadonlyMap<string, string>): ArtifactFile {
  const services = new Map([...pinned].map(([name, image]) => [name, new Map([['image', image]])]));
  const content = Buffer.from(goYaml(new Map([['services', services]])));
  return { kind: 'compose', name: 'image-digests.yaml', content, extended: false };
}
