import { text } from '../flags.ts';

/** Where checkpoints lie if not with the container. */
export const checkpointDirectory = text('Use a custom checkpoint storage directory');
