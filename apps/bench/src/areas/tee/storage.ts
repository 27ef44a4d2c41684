import { randomBytes } from '@cssi/sm-core';
import { remoteTee } from '@cssi/tee-client/conformance';
import { TEE_DATA_FLAG, TEE_SEEK, TEE_STORAGE_PRIVATE } from '@cssi/tee-client/ta';
import type { DirectRow, Measured } from '../../area.ts';
import type { Mode, TeeSubject } from './subject.ts';

const PIECE = 64 * 1024;
const PIECES = 16;
const MEGABYTE = 1_000_000;
const ROUNDS = 7;

const { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE_META, OVERWRITE } = TEE_DATA_FLAG;

/**
 * Sealed storage through the internal API: pieces of 64 KiB written to an object one after another,
 * each durable when the call returns, and read back.
 */
export function storageRows(mode: Mode, { session }: TeeSubject): DirectRow[] {
  const tee = remoteTee(session, { answerBytes: PIECE + 4096 });
  const rates = (work: 'write' | 'read') => async (): Promise<Measured> => {
    const flags = ACCESS_READ | ACCESS_WRITE | ACCESS_WRITE_META | OVERWRITE;
    const id = new TextEncoder().encode(`bench-${work}`);
    const object = await tee.TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, flags, null, null);
    const piece = randomBytes(PIECE);
    const ours: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const pass = async (step: 'write' | 'read'): Promise<number> => {
        await tee.TEE_SeekObjectData(object, 0, TEE_SEEK.SET);
        const start = performance.now();
        for (let i = 0; i < PIECES; i++) {
          if (step === 'write') await tee.TEE_WriteObjectData(object, piece);
          else if ((await tee.TEE_ReadObjectData(object, PIECE)).length !== PIECE) {
            throw new Error('storage: fewer bytes than were written');
          }
        }
        return (PIECES * PIECE) / MEGABYTE / ((performance.now() - start) / 1_000);
      };
      const written = await pass('write');
      ours.push(work === 'write' ? written : await pass('read'));
    }
    await tee.TEE_CloseAndDeletePersistentObject1(object);
    return { ours, peers: {} };
  };
  return [
    { id: `storage.write-64k.${mode}`, unit: 'MB/s', better: 'higher', measure: rates('write') },
    { id: `storage.read-64k.${mode}`, unit: 'MB/s', better: 'higher', measure: rates('read') },
  ];
}
