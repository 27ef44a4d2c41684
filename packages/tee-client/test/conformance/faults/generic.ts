import { REMOTE_FUNCTIONS, type RemoteFunctionName } from '../../../src/spec/v1/conformance-ta.ts';
import { type Fault, inside, isAnswer, isResult, real, spoil, withoutPanic } from './kit.ts';

const FUNCTIONS = Object.keys(REMOTE_FUNCTIONS) as RemoteFunctionName[];

/** Four defects every function may have; the ones in the other files are particular. */
export const genericFaults: readonly Fault[] = FUNCTIONS.flatMap((name) => [
  {
    name: `${name} does not panic`,
    function: name,
    outside: (client) => withoutPanic(client, name),
  },
  inside(`${name} refuses nothing`, name, (tee) => ({
    [name]: (...args: unknown[]) => {
      try {
        return real(tee, name)(...args);
      } catch (error) {
        if (!isAnswer(error)) throw error;
        return undefined;
      }
    },
  })),
  inside(`${name} asks for no size with SHORT_BUFFER`, name, (tee) => ({
    [name]: (...args: unknown[]) => {
      try {
        return real(tee, name)(...args);
      } catch (error) {
        throw isResult(error, 'SHORT_BUFFER') ? tee.error('SHORT_BUFFER') : error;
      }
    },
  })),
  inside(`${name} gives a wrong result`, name, (tee) => ({
    [name]: (...args: unknown[]) => spoil(real(tee, name)(...args)),
  })),
  inside(`${name} does nothing`, name, () => ({ [name]: () => undefined })),
]);
