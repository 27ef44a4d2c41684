import { getCiphers, getHashes } from 'node:crypto';
import { refuseAll } from '../../internal/capability.ts';
import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { sm3Digest, sm3Hash } from './sm3.ts';
import { NodeSm4 } from './sm4.ts';

const NAME = 'node';

/** What OpenSSL must know for a capability to be there. */
const ALGORITHMS: readonly (readonly [algorithm: string, ...EngineCapability[]])[] = [
  ['sm3', 'sm3', 'hmac-sm3'],
  ['sm4-ecb', 'sm4.blocks'],
  ['sm4-cbc', 'sm4.cbc'],
  ['sm4-ctr', 'sm4.ctr'],
];

/**
 * The engine on `node:crypto`, with what this build of Node really has.
 *
 * @param algorithms - names of the digests and ciphers that are there; asked of Node when left out
 * @standard GB/T 32905-2016, GB/T 32907-2016
 */
export function createNodeEngine(algorithms: Iterable<string> = [...getHashes(), ...getCiphers()]): SmEngine {
  const known = new Set(algorithms);
  const capabilities = new Set<EngineCapability>();
  for (const [algorithm, ...names] of ALGORITHMS) {
    if (known.has(algorithm)) for (const name of names) capabilities.add(name);
  }
  const hashes = capabilities.has('sm3') ? { sm3: sm3Hash, sm3Digest } : {};
  const ciphers = ['sm4-ecb', 'sm4-cbc', 'sm4-ctr'].some((name) => known.has(name))
    ? { sm4: (key: Uint8Array) => new NodeSm4(NAME, capabilities, key) }
    : {};
  return {
    ...refuseAll(NAME),
    specVersion: '1',
    name: NAME,
    capabilities,
    // OpenSSL's SM4 looks its S-box up in tables; nothing here has been measured.
    profile: { path: 'native', constantTime: new Set() },
    ...hashes,
    ...ciphers,
  };
}

/** The engine on the `node:crypto` of this process. */
export const nodeEngine: SmEngine = createNodeEngine();
