import { SmError, sm2 } from '@cssi/sm-core';
import { type KeyManagementService, KMS_ERRORS } from '../../src/index.ts';

/** Services with one fault each: the suite has to find it. */
type Break = (kms: KeyManagementService) => KeyManagementService;

/** `kms` with some operations replaced; the service keeps its operations as own members. */
const replace = (kms: KeyManagementService, members: Partial<KeyManagementService>): KeyManagementService =>
  Object.assign(Object.create(kms) as KeyManagementService, members);

export const ignoresAad: Break = (kms) =>
  replace(kms, {
    encrypt: ({ tenantId, keyId, plaintext }) => kms.encrypt({ tenantId, keyId, plaintext }),
    decrypt: ({ tenantId, keyId, ciphertext }) => kms.decrypt({ tenantId, keyId, ciphertext }),
  });

export const ignoresStates: Break = (kms) => {
  const pretend = (state: 'enabled' | 'disabled' | 'destroyed') => async (reference: never) => ({
    ...(await kms.describeKey(reference)),
    state,
  });
  return replace(kms, {
    disableKey: pretend('disabled'),
    enableKey: pretend('enabled'),
    destroyKey: pretend('destroyed'),
  });
};

export const leaksAcrossTenants: Break = (kms) => {
  const owners = new Map<string, string>();
  const owner = <R extends { readonly tenantId: string; readonly keyId: string }>(request: R): R => ({
    ...request,
    tenantId: owners.get(request.keyId) ?? request.tenantId,
  });
  return replace(kms, {
    createKey: async (request) => {
      const key = await kms.createKey(request);
      owners.set(key.keyId, request.tenantId);
      return key;
    },
    sign: (request) => kms.sign(owner(request)),
    decrypt: (request) => kms.decrypt(owner(request)),
  });
};

export const forgetsOldVersions: Break = (kms) =>
  replace(kms, {
    decrypt: async (request) => {
      const result = await kms.decrypt(request);
      const { version } = await kms.describeKey(request);
      if (result.version !== version) throw KMS_ERRORS.create('ERR_KMS_NOT_FOUND');
      return result;
    },
    verify: async (request) => {
      const { version } = await kms.describeKey(request);
      return kms.verify({ ...request, version });
    },
  });

export const describesSecrets: Break = (kms) =>
  replace(kms, {
    createKey: async (request) => ({ ...(await kms.createKey(request)), privateKey: new Uint8Array(32) }),
  });

export const ignoresUsage: Break = (kms) =>
  replace(kms, {
    encrypt: async (request) => {
      const { algorithm, usage, version } = await kms.describeKey(request);
      if (algorithm !== 'SM2' || usage.includes('encrypt')) return kms.encrypt(request);
      const { publicKey } = await kms.getPublicKey(request);
      return { ciphertext: sm2.encrypt(publicKey, request.plaintext), version };
    },
  });

export const explainsFailures: Break = (kms) =>
  replace(kms, {
    decrypt: async (request) => {
      try {
        return await kms.decrypt(request);
      } catch (error) {
        if (!(error instanceof SmError) || error.code !== 'ERR_DECRYPT_FAILED') throw error;
        const definition = {
          n: 0x20,
          category: 'integrity',
          en: 'Decryption failed.',
          zh: '解密失败。',
        } as const;
        const detail = `length=${request.ciphertext.length}`;
        throw new SmError('ERR_DECRYPT_FAILED', 0x120, definition, { detail });
      }
    },
  });

export const mergesRotations: Break = (kms) => {
  const running = new Map<string, ReturnType<KeyManagementService['rotateKey']>>();
  return replace(kms, {
    rotateKey: (reference) => {
      const { keyId } = reference;
      const rotation = running.get(keyId) ?? kms.rotateKey(reference).finally(() => running.delete(keyId));
      running.set(keyId, rotation);
      return rotation;
    },
  });
};

export const swallowsMalformed: Break = (kms) =>
  replace(kms, {
    verify: async (request) => {
      try {
        return await kms.verify(request);
      } catch (error) {
        if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return { valid: false };
        throw error;
      }
    },
  });

export const signsWithRetired: Break = (kms) =>
  replace(kms, {
    signer: async (tenantId, keyId) => ({
      ...(await kms.signer(tenantId, keyId)),
      sign: async (message) => (await kms.sign({ tenantId, keyId, message })).signature,
    }),
  });
