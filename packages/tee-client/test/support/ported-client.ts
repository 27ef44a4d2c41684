import {
  TEEC_Context,
  TEEC_Operation,
  TEEC_Session,
  TEEC_SharedMemory,
  type Teec,
} from '../../src/client/teec.ts';

/**
 * A client application line by line after a C source as applications for TrustZone are written:
 * structures on the stack, `errx` on every result, one shared block. Returns what it would print.
 */
export async function portedClientApplication(teec: Teec, teeName: string | null): Promise<string[]> {
  const TA_UUID = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';
  const CMD_VALUES = 1;
  const CMD_INVERT = 3;
  const CMD_UNKNOWN = 0x7fffffff;
  const out: string[] = [];
  const printf = (line: string): void => {
    out.push(line);
  };

  let res: number;
  const ctx = new TEEC_Context();
  const sess = new TEEC_Session();
  const op = new TEEC_Operation();
  const shm = new TEEC_SharedMemory();
  const err_origin = { value: 0 };

  /* Initialize a context connecting us to the TEE */
  res = await teec.TEEC_InitializeContext(teeName, ctx);
  if (res !== teec.TEEC_SUCCESS)
    throw new Error(`TEEC_InitializeContext failed with code 0x${res.toString(16)}`);

  res = await teec.TEEC_OpenSession(ctx, sess, TA_UUID, teec.TEEC_LOGIN_PUBLIC, null, null, err_origin);
  if (res !== teec.TEEC_SUCCESS) {
    throw new Error(`TEEC_Opensession failed with code 0x${res.toString(16)} origin ${err_origin.value}`);
  }

  op.paramTypes = teec.TEEC_PARAM_TYPES(
    teec.TEEC_VALUE_INPUT,
    teec.TEEC_VALUE_OUTPUT,
    teec.TEEC_VALUE_INOUT,
    teec.TEEC_NONE,
  );
  op.params[0].value.a = 42;
  op.params[2].value.a = 42;
  printf(`Invoking TA to increment ${op.params[2].value.a}`);
  res = await teec.TEEC_InvokeCommand(sess, CMD_VALUES, op, err_origin);
  if (res !== teec.TEEC_SUCCESS) throw new Error(`TEEC_InvokeCommand failed with code 0x${res.toString(16)}`);
  printf(`TA incremented value to ${op.params[2].value.a}`);

  shm.size = 32 * 1024;
  shm.flags = teec.TEEC_MEM_INPUT | teec.TEEC_MEM_OUTPUT;
  res = teec.TEEC_AllocateSharedMemory(ctx, shm);
  if (res !== teec.TEEC_SUCCESS)
    throw new Error(`TEEC_AllocateSharedMemory failed with code 0x${res.toString(16)}`);
  shm.buffer?.fill(0x0f);

  op.paramTypes = teec.TEEC_PARAM_TYPES(
    teec.TEEC_MEMREF_WHOLE,
    teec.TEEC_NONE,
    teec.TEEC_NONE,
    teec.TEEC_NONE,
  );
  op.params[0].memref.parent = shm;
  op.params[0].memref.size = shm.size;
  op.params[0].memref.offset = 0;
  res = await teec.TEEC_InvokeCommand(sess, CMD_INVERT, op, err_origin);
  if (res !== teec.TEEC_SUCCESS) throw new Error(`TEEC_InvokeCommand failed with code 0x${res.toString(16)}`);
  printf(`inverted ${shm.buffer?.filter((byte) => byte === 0xf0).length} bytes`);

  res = await teec.TEEC_InvokeCommand(sess, CMD_UNKNOWN, null, err_origin);
  printf(`an unknown command gives 0x${res.toString(16)} from origin ${err_origin.value}`);

  teec.TEEC_ReleaseSharedMemory(shm);
  await teec.TEEC_CloseSession(sess);
  await teec.TEEC_FinalizeContext(ctx);
  return out;
}
