import { hmacSm3, sm3 } from '@cssi/sm-core';
import type {
  TEE_Attribute,
  TEE_ObjectHandle,
  TEE_OperationHandle,
  Tee,
} from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, otherwise, outcome, real } from './kit.ts';

type Operation = TEE_OperationHandle;

/** Only the attribute with this number is changed. */
const attribute = (
  params: unknown,
  id: number,
  change: (item: TEE_Attribute) => TEE_Attribute | undefined,
): TEE_Attribute[] =>
  (params as TEE_Attribute[]).flatMap((item) => (item.attributeID === id ? (change(item) ?? []) : item));

/** Defects of cryptography. */
export const cryptoFaults: readonly Fault[] = [
  outcome('digests are byte-swapped', 'TEE_DigestDoFinal', (digest: Uint8Array) => digest.slice().reverse()),
  inside('an empty digest is zero', 'TEE_DigestDoFinal', (tee) => ({
    TEE_DigestDoFinal: (handle: Operation, chunk: Uint8Array | null, size?: number) => {
      const digest = real(tee, 'TEE_DigestDoFinal')(handle, chunk, ...(size === undefined ? [] : [size]));
      return chunk === null && (digest as Uint8Array)[0] === 0x1a ? new Uint8Array(32) : digest;
    },
  })),
  argument('a digest hashes whole blocks only', 'TEE_DigestUpdate', ([handle, chunk]) => [
    handle,
    (chunk as Uint8Array).length > 64
      ? (chunk as Uint8Array).subarray(0, (chunk as Uint8Array).length & -64)
      : chunk,
  ]),
  inside('a digest goes on after its end', 'TEE_DigestDoFinal', (tee) => {
    let last = new Uint8Array(0);
    return {
      TEE_DigestDoFinal: (handle: Operation, chunk: Uint8Array | null, ...size: number[]) => {
        const whole = Uint8Array.of(...last, ...(chunk ?? []));
        last = chunk?.slice() ?? last;
        return tee.TEE_DigestDoFinal(handle, whole, ...size);
      },
    };
  }),
  inside('a reset keeps the message', 'TEE_ResetOperation', () => ({ TEE_ResetOperation: () => undefined })),
  inside('a copy is empty', 'TEE_CopyOperation', () => ({ TEE_CopyOperation: () => undefined })),
  inside('SHORT_BUFFER ends a digest', 'TEE_DigestDoFinal', (tee) => ({
    TEE_DigestDoFinal: (handle: Operation, chunk: Uint8Array | null, ...size: number[]) => {
      try {
        return tee.TEE_DigestDoFinal(handle, chunk, ...size);
      } catch (error) {
        tee.TEE_ResetOperation(handle);
        throw error;
      }
    },
  })),
  inside('extracting begins again each time', 'TEE_DigestExtract', (tee) => {
    let digest: Uint8Array | undefined;
    return {
      TEE_DigestExtract: (handle: Operation, size: number) => {
        digest ??= tee.TEE_DigestExtract(handle, 32);
        return digest.slice(0, size);
      },
    };
  }),
  inside('HMAC is a digest', 'TEE_MACComputeFinal', (tee) => ({
    TEE_MACComputeFinal: (handle: Operation, message: Uint8Array | null, ...size: number[]) => {
      tee.TEE_MACComputeFinal(handle, message, ...size);
      return sm3(message ?? new Uint8Array(0));
    },
  })),
  inside('HMAC keys are cut to a block', 'TEE_PopulateTransientObject', (tee) => ({
    TEE_PopulateTransientObject: (object: TEE_ObjectHandle, attrs: TEE_Attribute[]) =>
      tee.TEE_PopulateTransientObject(
        object,
        attribute(attrs, 0xc0000000, (item) =>
          'content' in item && item.content.length > 64 && item.content.length < 101
            ? { ...item, content: item.content.slice(0, 64) }
            : item,
        ),
      ),
  })),
  inside('a new start keeps the message', 'TEE_MACInit', (tee) => {
    const seen = new Set<Operation>();
    return {
      TEE_MACInit: (handle: Operation, iv: null) => {
        if (!seen.has(handle)) tee.TEE_MACInit(handle, iv);
        seen.add(handle);
      },
    };
  }),
  otherwise(
    'a code whose first bytes are right is accepted',
    'TEE_MACCompareFinal',
    'MAC_INVALID',
    ([, , mac], tee) => {
      if ((mac as Uint8Array).length !== 16) throw tee.error('MAC_INVALID');
    },
  ),
  otherwise('an empty code is accepted', 'TEE_MACCompareFinal', 'MAC_INVALID', ([, , mac], tee) => {
    if ((mac as Uint8Array).length !== 0) throw tee.error('MAC_INVALID');
  }),
  otherwise(
    'the last byte of a code is not compared',
    'TEE_MACCompareFinal',
    'MAC_INVALID',
    ([, , mac], tee) => {
      if ((mac as Uint8Array).length !== 32) throw tee.error('MAC_INVALID');
    },
  ),
  inside('no code is ever right', 'TEE_MACCompareFinal', (tee) => ({
    TEE_MACCompareFinal: () => {
      throw tee.error('MAC_INVALID');
    },
  })),
  outcome('CMAC forgets the last block', 'TEE_MACComputeFinal', (tag: Uint8Array) =>
    tag.length === 16 ? hmacSm3(tag).slice(0, 16) : tag,
  ),
  outcome('random bytes are always the same', 'TEE_GenerateRandom', (bytes: Uint8Array) =>
    bytes.map((_, i) => i * 73),
  ),
  outcome('random bytes have seven bits', 'TEE_GenerateRandom', (bytes: Uint8Array) =>
    bytes.map((byte) => byte & 0x7f),
  ),
  outcome('random bytes come in blocks', 'TEE_GenerateRandom', (bytes: Uint8Array) =>
    bytes.slice(0, bytes.length & -16),
  ),
  argument('the initial value is not used', 'TEE_CipherInit', ([handle, iv]) => [
    handle,
    iv === null ? null : new Uint8Array((iv as Uint8Array).length),
  ]),
  argument('the counter does not wrap', 'TEE_CipherInit', ([handle, iv]) => [
    handle,
    iv instanceof Uint8Array && iv.every((byte) => byte === 255) ? new Uint8Array(16).fill(255, 0, 15) : iv,
  ]),
  inside('a whole message gets no padding', 'TEE_CipherDoFinal', (tee) => ({
    TEE_CipherDoFinal: (handle: Operation, data: Uint8Array | null, ...size: number[]) => {
      const { algorithm, mode } = tee.TEE_GetOperationInfo(handle);
      const out = tee.TEE_CipherDoFinal(handle, data, ...size);
      return algorithm === 0x10000015 && mode === 0 ? out.slice(0, -16) : out;
    },
  })),
  inside('padding stays in the message', 'TEE_CipherDoFinal', (tee) => ({
    TEE_CipherDoFinal: (handle: Operation, data: Uint8Array | null, ...size: number[]) => {
      const { algorithm, mode } = tee.TEE_GetOperationInfo(handle);
      const out = tee.TEE_CipherDoFinal(handle, data, ...size);
      return algorithm === 0x10000115 && mode === 1 ? Uint8Array.of(...out, 1) : out;
    },
  })),
  inside('SHORT_BUFFER eats the data of an update', 'TEE_CipherUpdate', (tee) => ({
    TEE_CipherUpdate: (handle: Operation, data: Uint8Array, ...size: number[]) => {
      try {
        return tee.TEE_CipherUpdate(handle, data, ...size);
      } catch (error) {
        tee.TEE_CipherUpdate(handle, data);
        throw error;
      }
    },
  })),
  inside('SHORT_BUFFER ends a message', 'TEE_CipherDoFinal', (tee) => ({
    TEE_CipherDoFinal: (handle: Operation, data: Uint8Array, ...size: number[]) => {
      try {
        return tee.TEE_CipherDoFinal(handle, data, ...size);
      } catch (error) {
        if ((error as Error).name === 'TeeError') tee.TEE_CipherUpdate(handle, Uint8Array.of(1));
        throw error;
      }
    },
  })),
  inside('a cipher keeps whole blocks back', 'TEE_CipherUpdate', (tee) => {
    let kept: number[] = [];
    return {
      TEE_CipherUpdate: (handle: Operation, data: Uint8Array, ...size: number[]) => {
        kept.push(...tee.TEE_CipherUpdate(handle, data, ...size));
        return new Uint8Array(0);
      },
      TEE_CipherDoFinal: (handle: Operation, data: Uint8Array | null, ...size: number[]) => {
        const out = Uint8Array.of(...kept, ...tee.TEE_CipherDoFinal(handle, data, ...size));
        kept = [];
        return out;
      },
    };
  }),
  inside('a piece of less than a block is dropped', 'TEE_CipherUpdate', (tee) => ({
    TEE_CipherUpdate: (handle: Operation, data: Uint8Array, ...size: number[]) =>
      data.length < 16 ? new Uint8Array(0) : tee.TEE_CipherUpdate(handle, data, ...size),
  })),
  inside('a cipher cannot be started again', 'TEE_CipherInit', (tee) => {
    const seen = new Set<Operation>();
    return {
      TEE_CipherInit: (handle: Operation, iv: Uint8Array | null) => {
        if (!seen.has(handle)) tee.TEE_CipherInit(handle, iv);
        seen.add(handle);
      },
    };
  }),
  otherwise('XTS takes the same key twice', 'TEE_SetOperationKey2', 'SECURITY', () => undefined),
  inside('XTS has its keys the other way round', 'TEE_SetOperationKey2', (tee) => ({
    TEE_SetOperationKey2: (handle: Operation, one: TEE_ObjectHandle | null, two: TEE_ObjectHandle | null) =>
      tee.TEE_GetOperationInfo(handle).algorithm === 0xf0000414
        ? tee.TEE_SetOperationKey2(handle, two, one)
        : tee.TEE_SetOperationKey2(handle, one, two),
  })),
  argument('tags always have 128 bits', 'TEE_AEInit', ([handle, nonce, , ...rest]) => [
    handle,
    nonce,
    128,
    ...rest,
  ]),
  inside('associated data are not authenticated', 'TEE_AEUpdateAAD', (tee) => ({
    TEE_AEUpdateAAD: (handle: Operation, data: Uint8Array) =>
      tee.TEE_AEUpdateAAD(handle, new Uint8Array(data.length)),
  })),
  argument('the nonce is not used', 'TEE_AEInit', ([handle, nonce, ...rest]) => [
    handle,
    new Uint8Array((nonce as Uint8Array).length),
    ...rest,
  ]),
  ...(['text', 'tag', 'aad', 'nonce', 'cut-off'] as const).map((part) => forgery(part)),
  inside('CCM tags are not compared', 'TEE_AEDecryptFinal', (tee) => {
    return {
      TEE_AEDecryptFinal: (
        handle: Operation,
        data: Uint8Array | null,
        tag: Uint8Array,
        ...size: number[]
      ) => {
        const ccm = tee.TEE_GetOperationInfo(handle).algorithm === 0xf0000715;
        try {
          return tee.TEE_AEDecryptFinal(handle, data, tag, ...size);
        } catch (error) {
          if (!ccm) throw error;
          return new Uint8Array(64);
        }
      },
    };
  }),
  outcome(
    'an empty message has no tag',
    'TEE_AEEncryptFinal',
    (sealed: { destData: Uint8Array; tag: Uint8Array }) =>
      sealed.destData.length === 0 ? { ...sealed, tag: new Uint8Array(16) } : sealed,
  ),
  inside('pieces of a sealed message are not counted', 'TEE_AEUpdate', (tee) => ({
    TEE_AEUpdate: (handle: Operation, data: Uint8Array, ...size: number[]) =>
      tee.TEE_GetOperationInfo(handle).mode === 0
        ? tee.TEE_AEUpdate(handle, data.slice().reverse(), ...size)
        : new Uint8Array(0),
  })),
  inside('SHORT_BUFFER ends a sealed message', 'TEE_AEEncryptFinal', (tee) => ({
    TEE_AEEncryptFinal: (handle: Operation, data: Uint8Array, ...size: number[]) => {
      try {
        return tee.TEE_AEEncryptFinal(handle, data, ...size);
      } catch (error) {
        if ((error as Error).name === 'TeeError') tee.TEE_AEUpdate(handle, Uint8Array.of(0));
        throw error;
      }
    },
  })),
];

/** One part of a sealed message that is not authenticated. */
function forgery(part: 'text' | 'tag' | 'aad' | 'nonce' | 'cut-off'): Fault {
  return inside(`GCM does not authenticate: ${part}`, 'TEE_AEDecryptFinal', (tee: Tee) => {
    let changed: string = '';
    return {
      TEE_AEInit: (handle: Operation, nonce: Uint8Array, ...rest: [number, number, number]) => {
        changed = nonce[11] === 0xcd ? '' : 'nonce';
        tee.TEE_AEInit(handle, nonce, ...rest);
      },
      TEE_AEUpdateAAD: (handle: Operation, data: Uint8Array) => {
        if (data[0] === 0xff) changed = 'aad';
        tee.TEE_AEUpdateAAD(handle, data);
      },
      TEE_AEDecryptFinal: (
        handle: Operation,
        data: Uint8Array | null,
        tag: Uint8Array,
        ...size: number[]
      ) => {
        if (tag[15] === (0xec ^ 1)) changed = 'tag';
        else if (data?.length === 63) changed = 'cut-off';
        else if (changed === '') changed = 'text';
        try {
          return tee.TEE_AEDecryptFinal(handle, data, tag, ...size);
        } catch (error) {
          if (changed !== part) throw error;
          return new Uint8Array(64);
        }
      },
    };
  });
}
