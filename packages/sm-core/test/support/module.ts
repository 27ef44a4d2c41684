import { expect } from 'vitest';
import { nobleEngine } from '../../src/adapters/noble.ts';
import {
  createSmModule,
  fromHex,
  HealthCheckedRandom,
  type ModuleComponent,
  Secret,
  type SmModule,
  type SmModuleOptions,
  sm3,
  toHex,
  utf8,
} from '../../src/index.ts';
import { seededStream } from './seeded-random.ts';

export const code = (name: string) => expect.objectContaining({ code: name });
export const component = (name: string, bytes: Uint8Array): ModuleComponent => ({
  name,
  bytes: () => bytes,
  sm3: toHex(sm3(bytes)),
});
export const components = [component('part', utf8('a part of the module'))];
export const make = (options: SmModuleOptions = {}) =>
  createSmModule({ engine: nobleEngine, components, ...options });
export const message = utf8('message');

/** A source that can be made to fail. */
export function failingRandom(): { random: HealthCheckedRandom; fail: () => void } {
  const good = seededStream('module');
  let stuck = false;
  const random = new HealthCheckedRandom((out) => (stuck ? void out.fill(1) : good(out)), { poolBytes: 16 });
  return {
    random,
    fail: () => {
      stuck = true;
    },
  };
}

/** Every service of the module itself and one of each façade, with nothing but valid input. */
export function calls(module: SmModule): readonly (readonly [string, () => unknown])[] {
  const key = () => Secret.take(new Uint8Array(16));
  const d = () => Secret.take(fromHex('01'.repeat(32)));
  return [
    ['sm2.generateKeyPair', () => module.sm2.generateKeyPair()],
    ['sm2.keyPair', () => module.sm2.keyPair(d())],
    ['sm2.sign', () => module.sm2.sign(d(), message)],
    ['sm3.sm3', () => module.sm3.sm3(message)],
    ['sm3.hmacSm3', () => module.sm3.hmacSm3(key(), message)],
    ['sm4.ctr', () => module.sm4.ctr(key(), new Uint8Array(16), message)],
    ['sm4.gcm', () => module.sm4.gcm(key())],
    ['zuc.stream', () => module.zuc.stream(new Uint8Array(16), new Uint8Array(16))],
    ['randomBytes', () => module.randomBytes(8)],
    ['randomSecret', () => module.randomSecret(8)],
  ];
}

export function expectSilence(module: SmModule): void {
  for (const [name, call] of calls(module)) expect(call, name).toThrow(code('ERR_MODULE_STATE'));
  expect(() => module.selfTest()).toThrow(code('ERR_MODULE_STATE'));
}
