import { serviceShape } from './service-shape.ts';
import {
  bool,
  dict,
  integer,
  labels,
  list,
  named,
  nothing,
  number,
  object,
  oneOf,
  scalar,
  type Shape,
  text,
  textOrList,
  texts,
} from './shape.ts';

const external = oneOf(bool, object({ name: text }));

const ipamConfig = object({ subnet: text, ip_range: text, gateway: text, aux_addresses: dict(text) });

const networkShape = oneOf(
  nothing,
  object({
    name: text,
    driver: text,
    driver_opts: dict(scalar),
    ipam: object({ driver: text, config: list(ipamConfig), options: dict(scalar) }),
    external,
    internal: bool,
    enable_ipv4: bool,
    enable_ipv6: bool,
    attachable: bool,
    labels,
  }),
);

const volumeShape = oneOf(
  nothing,
  object({ name: text, driver: text, driver_opts: dict(scalar), external, labels }),
);

const fileShape = object({
  name: text,
  file: text,
  environment: text,
  content: text,
  external,
  labels,
  driver: text,
  driver_opts: dict(scalar),
  template_driver: text,
});

const modelShape = object({ name: text, model: text, context_size: integer, runtime_flags: texts }, [
  'model',
]);

export const fileShapeRoot: Shape = object({
  version: oneOf(text, number),
  name: text,
  include: list(oneOf(text, object({ path: textOrList, env_file: textOrList, project_directory: text }))),
  services: named(serviceShape),
  networks: oneOf(named(networkShape), nothing),
  volumes: oneOf(named(volumeShape), nothing),
  configs: oneOf(named(fileShape), nothing),
  secrets: oneOf(named(fileShape), nothing),
  models: oneOf(named(modelShape), nothing),
});
