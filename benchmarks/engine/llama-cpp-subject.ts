import type { Subject } from './subject.ts';

/** What of node-llama-cpp 3.22 is used here; it is not installed with the product. */
interface LlamaModule {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      tokenize(text: string, special?: boolean): number[];
      createContext(options: object): Promise<{ getSequence(): LlamaSequence }>;
    }>;
    dispose(): Promise<void>;
  }>;
}

interface LlamaSequence {
  readonly nextTokenIndex: number;
  eraseContextTokenRanges(ranges: readonly { start: number; end: number }[]): Promise<void>;
  controlledEvaluate(
    input: readonly (number | readonly [number, object])[],
  ): Promise<readonly ({ next: { token?: number; logits?: Map<number, number> } } | undefined)[]>;
}

const PACKAGE = 'node-llama-cpp';

/** llama.cpp by node-llama-cpp, prebuilt, on the CPU. */
export async function openLlamaCpp(
  modelPath: string,
  contextTokens: number,
): Promise<Subject & { tokenize(text: string): number[] }> {
  const library = (await import(PACKAGE)) as LlamaModule;
  const llama = await library.getLlama({ gpu: false, maxThreads: 1, build: 'never', logLevel: 'error' });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: contextTokens, batchSize: 512, threads: 1 });
  const sequence = context.getSequence();
  const evaluate = async (tokens: readonly number[], start: number, generateNext: object) => {
    const end = sequence.nextTokenIndex;
    if (end > start) await sequence.eraseContextTokenRanges([{ start, end }]);
    const last = tokens.at(-1) ?? 0;
    const out = await sequence.controlledEvaluate([...tokens.slice(0, -1), [last, { generateNext }]]);
    return out.at(-1)?.next;
  };
  return {
    name: 'llama.cpp (node-llama-cpp), KV in f16',
    tokenize: (text) => model.tokenize(text, true),
    async next(tokens, start) {
      const next = await evaluate(tokens, start, { token: true, options: { temperature: 0 } });
      return next?.token ?? 0;
    },
    async logits(tokens, start) {
      const next = await evaluate(tokens, start, { logits: true, options: { temperature: 0 } });
      const out = new Float32Array(next?.logits?.size ?? 0);
      for (const [token, logit] of next?.logits ?? []) out[token] = logit;
      return out;
    },
    close: () => llama.dispose(),
  };
}
