import { parseReference } from '../../oci/reference.ts';
import { openTestImages } from './open-test-images.ts';

/** A pull in a process of its own, to be killed: `node pull-in-process.ts DIRECTORY REFERENCE`. */
const [directory = '', reference = ''] = process.argv.slice(2);
await openTestImages({}, directory).images.pull(parseReference(reference));
