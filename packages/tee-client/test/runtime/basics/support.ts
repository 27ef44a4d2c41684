import { input, type Launched, type LaunchOptions, launch, output, script } from '../../domain/support.ts';

/** A started application that evaluates expressions; `tee`, `thrown` and `keep` are in their scope. */
export interface Evaluator extends Launched {
  /** The value of an expression, by way of JSON; bytes as arrays, big integers as text with n. */
  value(expression: string): Promise<unknown>;
  /** GlobalPlatform's result of the whole call. */
  result(expression: string): Promise<number>;
}

/** Runs text as code: only in mode in-process, where the tests need no image for every line. */
const CODE = script(
  `{
    TA_OpenSessionEntryPoint: () => ({}),
    TA_InvokeCommandEntryPoint: (session, command, types, params) => {
      const source = new TextDecoder().decode(params[0].buffer);
      const value = new Function('tee', 'thrown', 'keep', 'params', 'return (' + source + ')')(tee, thrown, keep, params);
      const text = new TextEncoder().encode(JSON.stringify(value === undefined ? null : value, plain));
      params[1].buffer.set(text); params[1].size = text.length;
    },
  }`,
  `const keep = {};
   const plain = (key, value) => value instanceof Uint8Array ? [...value] : typeof value === 'bigint' ? value + 'n' : value;
   const thrown = (run) => { try { run(); return 'nothing' } catch (e) { if (typeof e.result !== 'number') throw e; return e.required === undefined ? e.message : e.message + ' ' + e.required } }`,
);

export async function evaluator(options: LaunchOptions = {}): Promise<Evaluator> {
  const launched = await launch(CODE, options);
  const { session } = await launched.open();
  const run = (expression: string) =>
    launched.invoke(session, 0, [input(new TextEncoder().encode(expression)), output(65_536)]);
  return {
    ...launched,
    result: async (expression) => (await run(expression)).result,
    value: async (expression) => {
      const answer = await run(expression);
      if (answer.result !== 0) throw new Error(`result ${answer.result.toString(16)}`);
      return JSON.parse(new TextDecoder().decode((answer.params[1] as { buffer: Uint8Array }).buffer));
    },
  };
}
