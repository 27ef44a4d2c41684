/**
 * The engine on WebAssembly, the default one: everything that the interface has, in one
 * module of a few tens of kilobytes that needs no fetch and no file.
 *
 * @packageDocumentation
 */
export { createWasmEngine, type WasmEngineOptions, wasmEngine } from './wasm/engine.ts';
export { hasSimd, hasWasm } from './wasm/kernel.ts';
