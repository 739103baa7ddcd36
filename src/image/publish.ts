import type { EventBus } from '../events/types.ts';
import type { Image } from './types.ts';

export type ImageAction =
  | 'create'
  | 'pull'
  | 'push'
  | 'tag'
  | 'untag'
  | 'delete'
  | 'load'
  | 'save'
  | 'import';

/** Tells an event of an image as Docker does: its labels and the name it is about as attributes. Of one that is gone the labels are gone. */
export function publish(
  events: EventBus,
  action: ImageAction,
  subject: { image: Image; actorId?: string; name?: string },
): void {
  const { image, actorId = image.id, name = image.id } = subject;
  const labels = action === 'delete' ? {} : image.config.config?.Labels;
  events.publish({ type: 'image', action, actorId, attributes: { ...labels, name } });
}
