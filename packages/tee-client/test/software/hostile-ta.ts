/**
 * Trusted applications that attack. They are scripts as `cssi ta build` makes them: one expression
 * that gives the factory. Parameter 0 in: name of the attack and its argument; parameter 1 out: what
 * came of it.
 */
import { utf8 } from '@cssi/sm-core';
import { outputBytes, type TeecSession, teecParam } from '../../src/index.ts';

/** An application that offers `attacks`, an object literal of functions (tee, argument, params, session). */
export const hostileTa = (attacks: string): string => `
(tee) => {
  const decode = (bytes) => new TextDecoder().decode(bytes);
  const attacks = ${attacks};
  let opened = 0;
  return {
    TA_OpenSessionEntryPoint() { return { number: ++opened }; },
    TA_InvokeCommandEntryPoint(session, command, types, params) {
      const [name, argument] = decode(params[0].buffer).split('|');
      let text;
      try {
        text = String(attacks[name](tee, argument, params, session));
      } catch (error) {
        if (command === 2) throw error;
        text = 'threw ' + error.name + ': ' + error.message;
      }
      const bytes = new TextEncoder().encode(text).subarray(0, params[1].size);
      params[1].buffer.set(bytes);
      params[1].size = bytes.length;
    },
  };
}`;

/** Runs one attack; with `raise` what it throws leaves the entry point. */
export async function attack(
  session: TeecSession,
  name: string,
  argument: string | number = '',
  raise = false,
): Promise<string> {
  const done = await session.invokeCommand(raise ? 2 : 1, {
    params: [teecParam.tempInput(utf8(`${name}|${argument}`)), teecParam.tempOutput(8192)],
  });
  return new TextDecoder().decode(outputBytes(done, 1));
}

/** Names of the host's world that no application may see. */
export const HOST_GLOBALS: readonly string[] = [
  'process',
  'require',
  'module',
  'exports',
  'global',
  '__dirname',
  '__filename',
  'Buffer',
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'WebAssembly',
  'Worker',
  'MessageChannel',
  'MessagePort',
  'BroadcastChannel',
  'SharedArrayBuffer',
  'Atomics',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'structuredClone',
  'performance',
  'crypto',
  'navigator',
  'URL',
  'Blob',
  'AbortController',
  'Event',
  'EventTarget',
  'gc',
];

/** Attacks on the compartment: each gives `escaped …` when it gets somewhere. */
export const COMPARTMENT_ATTACKS: string = `{
  typeOf: (tee, name) => (0, eval)('typeof ' + name),
  typeOfPlain: (tee, name) => typeof globalThis[name],
  functionConstructor: () => typeof Function('return this')().process,
  functionOfArrow: () => typeof (() => {}).constructor('return this')().process,
  functionOfGenerator: () => typeof (function* () {}).constructor('yield this')().next().value.process,
  functionOfAsync: () => { (async () => {}).constructor('return this'); return 'made'; },
  functionOfApi: (tee) => typeof tee.TEE_Malloc.constructor('return this')().process,
  functionOfError: (tee) => typeof tee.error.constructor('return this')().process,
  functionOfEncoder: () => typeof TextEncoder.constructor('return this')().process,
  functionOfInstance: () => typeof new TextDecoder().decode.constructor('return this')().process,
  functionOfThrown: (tee) => {
    try { tee.TEE_GetPropertyAsString(0xffffffff, 'no.such.property'); }
    catch (error) { return typeof error.constructor.constructor('return this')().process; }
    return 'nothing thrown';
  },
  evalIndirect: () => (0, eval)('typeof this.process'),
  evalImport: () => { (0, eval)('im' + 'port("node:fs")'); return 'escaped import'; },
  functionImport: () => { Function('return im' + 'port("node:fs")')(); return 'escaped import'; },
  thisOfSloppy: () => { const self = (function () { return this; })(); return typeof (self && self.process); },
  thisOfFactory: () => typeof this === 'undefined' ? 'undefined' : typeof this.process,
  names: (tee) => Object.keys(tee).filter((name) => !/Panic|Wait/.test(name)).join(),
  calleeCaller: (tee, name) => {
    const look = function () {
      let caller;
      try { caller = look.caller; } catch { return 1; }
      // Seen from outside as a hang.
      if (typeof caller === 'function' && !String(caller).includes('attacks')) for (;;);
      return 1;
    };
    const spy = { get length() { return look(); }, valueOf: look, toString: look, [Symbol.toPrimitive]: look, [Symbol.iterator]: look };
    tee[name](spy, spy, spy, spy, spy);
    return 'kept';
  },
  stackFrames: () => {
    try {
      Error.prepareStackTrace = (_, frames) => frames;
      const { stack } = new Error('x');
      if (!Array.isArray(stack)) return 'no frames';
      for (const frame of stack) {
        const self = frame.getThis && frame.getThis();
        const fn = frame.getFunction && frame.getFunction();
        if (self && self.process) return 'escaped this';
        if (fn && fn.constructor('return this')().process) return 'escaped function';
      }
      return 'frames without functions';
    } catch (error) { return 'threw ' + error.name; }
  },
  pollute: () => {
    const done = [];
    for (const [target, name] of [[Object.prototype, 'polluted'], [Array.prototype, 'push'], [Uint8Array.prototype, 'set'],
      [Object.getPrototypeOf(() => {}), 'call'], [Promise.prototype, 'then'], [String.prototype, 'split'], [Error.prototype, 'name']]) {
      try { target[name] = 'polluted'; if (target[name] === 'polluted') done.push(name); } catch { /* frozen */ }
      try { Object.defineProperty(target, name, { value: 'polluted' }); done.push(name); } catch { /* frozen */ }
    }
    return done.length ? 'escaped ' + done : 'kept';
  },
  changeApi: (tee) => {
    const done = [];
    for (const name of ['TEE_Malloc', 'TEE_GenerateRandom', 'error']) {
      try { tee[name] = () => 'mine'; if (tee[name]() === 'mine') done.push(name); } catch { /* frozen */ }
      try { tee[name].call = () => 'mine'; done.push(name + '.call'); } catch { /* frozen */ }
    }
    try { Object.setPrototypeOf(tee, { process: 1 }); done.push('prototype'); } catch { /* frozen */ }
    return done.length ? 'escaped ' + done : 'kept';
  },
  walk: (tee, argument, params, session) => {
    const bad = new Set(['process', 'require', 'mainModule', 'binding', '_linkedBinding', 'WebAssembly', 'fetch', 'Atomics']);
    const seen = new Set();
    const found = [];
    const queue = [[globalThis, 'globalThis'], [tee, 'tee'], [params, 'params'], [session, 'session']];
    try { tee.TEE_GetPropertyAsString(0xffffffff, 'none'); } catch (error) { queue.push([error, 'error']); }
    while (queue.length > 0 && seen.size < 100000) {
      const [value, path] = queue.shift();
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
      seen.add(value);
      if (ArrayBuffer.isView(value)) continue;
      for (const key of Reflect.ownKeys(value)) {
        if (bad.has(String(key))) found.push(path + '.' + String(key));
        const d = Object.getOwnPropertyDescriptor(value, key);
        for (const next of [d.value, d.get, d.set]) queue.push([next, path + '.' + String(key)]);
      }
      queue.push([Object.getPrototypeOf(value), path + '.__proto__']);
      // Called wrongly, a function of the API is a panic; they are tried one by one elsewhere.
      if (typeof value === 'function' && !path.startsWith('tee')) {
        try { if (value('return this')?.process) found.push(path + '()'); } catch { /* no way out */ }
      }
      if (found.length > 20) break;
    }
    return found.length ? 'escaped ' + found : 'kept ' + (seen.size > 200);
  },
  proxyArguments: (tee, name) => {
    const check = (value) => {
      let reach;
      try { reach = value.process || value.constructor.constructor('return this')().process; } catch { return; }
      // Seen from outside as a hang: the application is dead before it could tell.
      if (reach) for (;;);
    };
    const spy = new Proxy(function () {}, {
      get: (target, key) => (key === 'length' ? 4 : undefined),
      apply: (target, self, args) => { for (const value of [self, ...args]) check(value); },
      construct: (target, args) => { for (const value of args) check(value); return {}; },
      getPrototypeOf: () => Uint8Array.prototype,
    });
    try { tee[name](spy, spy, spy, spy, spy); } catch (error) { check(error); }
    return 'kept';
  },
  speciesOfInput: (tee, name) => {
    const check = (value) => { if (value && value.process) for (;;); };
    class Evil extends Uint8Array {
      static get [Symbol.species]() { return class extends Uint8Array { constructor(...args) { super(...args); args.forEach(check); } }; }
      get length() { return 1 << 20; }
      get byteLength() { return 1 << 20; }
      subarray(...args) { args.forEach(check); return this; }
      set(...args) { args.forEach(check); }
      slice(...args) { args.forEach(check); return this; }
    }
    const evil = new Evil([1, 2, 3, 4]);
    tee[name](evil, evil, evil, evil, evil);
    return 'kept';
  },
}`;
