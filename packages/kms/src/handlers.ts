import type { CallContext, coreOperations, OperationHandler } from '@cssi/security-service-api';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { KMS_ERRORS } from './errors.ts';
import type { KeySummary } from './spec/v1/descriptions.ts';
import type { KeyManagementService } from './spec/v1/service.ts';
import type { KeyState } from './spec/v1/state.ts';

type Core = typeof coreOperations;
type Handler<Name extends keyof Core> = OperationHandler<Core[Name]>;

/** The operations of the service contract that this package serves. */
export interface KmsHandlers {
  readonly 'key.create': Handler<'key.create'>;
  readonly 'key.list': Handler<'key.list'>;
  readonly sign: Handler<'sign'>;
  readonly verify: Handler<'verify'>;
  readonly encrypt: Handler<'encrypt'>;
  readonly decrypt: Handler<'decrypt'>;
}

/** The contract names more states than this version has. */
const STATE_NAMES = {
  enabled: 'active',
  disabled: 'suspended',
  destroyed: 'destroyed',
} as const satisfies Record<KeyState, string>;

/** The tenant of the caller: never a parameter, so that nobody can name another's. */
function tenantOf({ principal }: CallContext): string {
  const tenantId = principal?.tenantId ?? null;
  if (tenantId === null) throw KMS_ERRORS.create('ERR_KMS_TENANT_REQUIRED');
  return tenantId;
}

function describe(key: KeySummary & { readonly publicKey?: Uint8Array }) {
  return {
    keyId: key.keyId,
    version: key.version,
    algorithm: key.algorithm,
    usage: [...key.usage],
    label: key.label,
    state: STATE_NAMES[key.state],
    createdAt: key.createdAt,
    ...(key.publicKey === undefined ? {} : { publicKey: toBase64(key.publicKey) }),
  };
}

const optionalBytes = (text: string | undefined) => (text === undefined ? {} : { aad: fromBase64(text) });

/** Handlers of `key.create`, `key.list`, `sign`, `verify`, `encrypt` and `decrypt` over `kms`. */
export function createKmsHandlers(kms: KeyManagementService): KmsHandlers {
  return {
    'key.create': async ({ algorithm, usage, label }, context) => {
      const key = await kms.createKey({ tenantId: tenantOf(context), algorithm, usage, label });
      context.note({ object: key.keyId, detail: { algorithm, usage: usage.join(',') } });
      return describe(key);
    },
    'key.list': async ({ afterKeyId, limit }, context) => {
      const page = await kms.listKeys({
        tenantId: tenantOf(context),
        ...(afterKeyId === undefined ? {} : { afterKeyId }),
        ...(limit === undefined ? {} : { limit }),
      });
      return { keys: page.keys.map(describe) };
    },
    sign: async ({ keyId, message }, context) => {
      // Noted first: a call that fails names its key in the audit as well.
      context.note({ object: keyId });
      const reference = { tenantId: tenantOf(context), keyId };
      const { signature, version } = await kms.sign({ ...reference, message: fromBase64(message) });
      context.note({ object: keyId, detail: { version } });
      return { signature: toBase64(signature), version };
    },
    verify: async ({ keyId, message, signature, version }, context) => {
      context.note({ object: keyId });
      const result = await kms.verify({
        tenantId: tenantOf(context),
        keyId,
        message: fromBase64(message),
        signature: fromBase64(signature),
        ...(version === undefined ? {} : { version }),
      });
      context.note({
        object: keyId,
        detail: { valid: String(result.valid), ...(result.valid ? { version: result.version ?? 0 } : {}) },
      });
      return { valid: result.valid };
    },
    encrypt: async ({ keyId, plaintext, aad }, context) => {
      context.note({ object: keyId });
      const bytes = fromBase64(plaintext);
      try {
        const reference = { tenantId: tenantOf(context), keyId };
        const result = await kms.encrypt({ ...reference, plaintext: bytes, ...optionalBytes(aad) });
        context.note({ object: keyId, detail: { version: result.version } });
        return { ciphertext: toBase64(result.ciphertext), version: result.version };
      } finally {
        bytes.fill(0);
      }
    },
    decrypt: async ({ keyId, ciphertext, aad }, context) => {
      context.note({ object: keyId });
      const { plaintext, version } = await kms.decrypt({
        tenantId: tenantOf(context),
        keyId,
        ciphertext: fromBase64(ciphertext),
        ...optionalBytes(aad),
      });
      context.note({ object: keyId, detail: { version } });
      const text = toBase64(plaintext);
      plaintext.fill(0);
      return { plaintext: text };
    },
  };
}
