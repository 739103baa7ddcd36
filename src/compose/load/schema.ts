import { serviceShape } from './service-shape.ts';
import {
  any,
  bool,
  dict,
  labels,
  list,
  nothing,
  number,
  object,
  oneOf,
  scalar,
  type Shape,
  text,
  textOrList,
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

export const fileShapeRoot: Shape = object({
  version: oneOf(text, number),
  name: text,
  include: list(oneOf(text, object({ path: textOrList, env_file: textOrList, project_directory: text }))),
  services: oneOf(dict(serviceShape), nothing),
  networks: oneOf(dict(networkShape), nothing),
  volumes: oneOf(dict(volumeShape), nothing),
  configs: dict(fileShape),
  secrets: dict(fileShape),
  models: dict(any),
});
