import { describe, expect, it } from 'vitest';
import {
  createSmModule,
  HealthCheckedRandom,
  MODULE_TRANSITIONS,
  Secret,
  type SmModule,
  type SmModuleOptions,
  sm3,
  utf8,
} from '../src/index.ts';
import { Gate } from '../src/module/gate.ts';
import { code, failingRandom, make, message } from './support/module.ts';
import { seededStream } from './support/seeded-random.ts';

describe('states of the module: objects and calls that are under way', () => {
  it('silences objects that it gave out before the error [part of EDGE-012]', () => {
    const { random, fail } = failingRandom();
    const module = make({ random });
    const gcm = module.sm4.gcm(Secret.take(new Uint8Array(16)));
    const hash = module.sm3.sm3Hash().update(message);
    const box = gcm.sealBox(message, message);
    expect(gcm.openBox(box, message)).toEqual(message);
    expect(hash.clone().digest()).toEqual(sm3(message));
    fail();
    expect(() => {
      for (let i = 0; i < 4; i++) gcm.sealBox(message, message);
    }).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(() => gcm.openBox(box, message)).toThrow(code('ERR_MODULE_STATE'));
    expect(() => gcm.seal(new Uint8Array(12), message)).toThrow(code('ERR_MODULE_STATE'));
    for (const use of [() => hash.update(message), () => hash.digest(), () => hash.clone()]) {
      expect(use).toThrow(code('ERR_MODULE_STATE'));
    }
    // Zeroing is served in every state.
    gcm.destroy();
  });

  it('silences a key exchange at each of its steps [part of EDGE-012]', () => {
    const begin = () => {
      const { random, fail } = failingRandom();
      const module = make({ random });
      const [a, b] = [module.sm2.generateKeyPair(), module.sm2.generateKeyPair()];
      const side = <const R extends 'initiator' | 'responder'>(role: R, own: typeof a, peer: typeof a) =>
        module.sm2.keyExchange({ role, pair: own, peerPublicKey: peer.publicKey, keyLength: 16 });
      const alice = side('initiator', a, b);
      const bob = side('responder', b, a);
      const end = () => {
        fail();
        expect(() => {
          for (let i = 0; i < 4; i++) module.randomBytes(16);
        }).toThrow(code('ERR_RANDOM_UNHEALTHY'));
      };
      return { alice, bob, end };
    };
    const whole = begin();
    const [toBob, toAlice] = [whole.alice.offer(), whole.bob.offer()];
    const [left, right] = [whole.alice.agree(toAlice), whole.bob.agree(toBob)];
    const { key, confirmation } = left.confirm(right.confirmation);
    expect(right.confirm(confirmation).equals(key)).toBe(true);

    const early = begin();
    early.end();
    expect(() => early.alice.offer()).toThrow(code('ERR_MODULE_STATE'));
    const late = begin();
    late.alice.offer();
    const offer = late.bob.offer();
    const confirming = late.alice.agree(offer);
    late.end();
    expect(() => confirming.confirm(new Uint8Array(32))).toThrow(code('ERR_MODULE_STATE'));
    const shown = begin();
    const first = shown.alice.offer();
    shown.bob.offer();
    const responder = shown.bob.agree(first);
    shown.end();
    expect(() => responder.confirmation).toThrow(code('ERR_MODULE_STATE'));
  });

  it('gives nothing out when the state changes during the call [part of EDGE-012]', () => {
    const module = make();
    const good = seededStream('zeroising');
    const drawn: Uint8Array[] = [];
    const source = {
      fill: (out: Uint8Array) => {
        good(out);
        drawn.push(out);
        module.zeroise();
      },
    };
    expect(() => module.sm2.generateKeyPair(source)).toThrow(code('ERR_MODULE_STATE'));
    expect(module.status().state).toBe('zeroised');
    // The private key of the pair that was not given out.
    expect(drawn[0]!.every((byte) => byte === 0)).toBe(true);
  });

  it('zeroes all of a batch that must not be given out [part of EDGE-012]', () => {
    const parts = [utf8('one'), utf8('two'), utf8('three')];
    const secret = Secret.copy(parts[0]!);
    const stuck = {
      destroy: () => {
        throw new Error('stuck');
      },
    };
    const refused = new Error('refused');
    const gate = new Gate({
      enter: () => undefined,
      leave: () => {
        throw refused;
      },
      failed: () => undefined,
    });
    const batch = [stuck, ...parts.map((plaintext) => ({ ok: true, plaintext })), { key: { secret } }];
    expect(gate.service('sm4.aead', () => batch)).toThrow(refused);
    for (const part of parts) expect(part.every((byte) => byte === 0)).toBe(true);
    expect(secret.destroyed).toBe(true);
  });

  it('is not brought back by a self-test during which it was zeroised', () => {
    const good = seededStream('zeroised');
    let module: SmModule | undefined;
    const random = new HealthCheckedRandom((out) => {
      good(out);
      module?.zeroise();
    });
    module = make({ random, start: false });
    expect(() => module?.selfTest()).toThrow(code('ERR_MODULE_STATE'));
    expect(module.status().state).toBe('zeroised');
  });

  it('does not go on for errors of the caller', () => {
    const module = make();
    expect(() => module.sm3.sm3('x' as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => module.sm4.ctr(Secret.take(new Uint8Array(3)), new Uint8Array(16), message)).toThrow();
    expect(module.status().state).toBe('operational');
  });

  it('is not made of options that are none', () => {
    for (const options of [
      null,
      7,
      'x',
      { engine: null },
      { engine: 'noble' },
      { random: null },
      { random: {} },
    ]) {
      expect(() => createSmModule(options as unknown as SmModuleOptions)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('has no way back from error and none at all from zeroised', () => {
    expect(MODULE_TRANSITIONS.error).toEqual(['zeroised']);
    expect(MODULE_TRANSITIONS.zeroised).toEqual([]);
    expect(Object.isFrozen(MODULE_TRANSITIONS)).toBe(true);
  });
});
