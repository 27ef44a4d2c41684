import type { SecurityModule } from '../../src/spec/v1/module.ts';

/** What is put in the place of a module's methods. */
export type Change = (module: SecurityModule) => Partial<SecurityModule>;

/** `module` with some methods changed. */
export function changed(module: SecurityModule, change: Change): SecurityModule {
  const overrides = change(module);
  return new Proxy(module, {
    get: (target, name) => {
      const value: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
