// Places controllers under a path of the application's choice.
import { Controller, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import { markRoutes } from './own-bodies.ts';

/** Controllers, and the path that they are placed under. */
export interface Placement {
  readonly path: string;
  readonly controllers: readonly Type[];
}

/** Returns each controller under `path`: a subclass, so that two configurations in one process may have different paths. They
 *  answer in every version of the application's API. */
export function placedControllers({ path, controllers }: Placement): Type[] {
  return controllers.map((controller) => placed(path, controller));
}

function placed(path: string, controller: Type): Type {
  markRoutes(controller);
  const own: unknown = Reflect.getMetadata('path', controller);
  const whole = [path, own].filter((part) => typeof part === 'string' && part !== '' && part !== '/').join('/');
  const subclass = { [controller.name]: class extends controller {} }[controller.name] as Type;
  Controller({ path: whole, version: VERSION_NEUTRAL })(subclass);
  return subclass;
}
