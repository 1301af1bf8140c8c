import type { LayerWeights, Model, Tensor } from '../models/model.ts';
import type { Session } from '../onnx/session.ts';
import { GraphBuilder } from './graph-builder.ts';
import { linear, linearEach, linearInput, type LinearOptions } from './linear.ts';

/**
 * A decoder as ONNX graphs, cut where attention goes between:
 * `first` is norm and QKV of layer 0; `between` is all after the attention of a layer and all before that of the next;
 * `last` is all after the last attention. Inputs and outputs by name, floats, `rows` tokens of any sequences:
 *
 * - `x` [rows, hidden], the residual stream; `attention` [rows, heads · headDim], merged
 * - `cos`, `sin` [rows, rope.dims / 2], of the rows' positions
 * - `q` [1, rows, heads · headDim], rotated and scaled by 1/√headDim; `k`, `v` [1 | –, rows, kvHeads · headDim]
 * - `logits` [rows, vocabulary]
 */
export function openFirst(model: Model, options: LinearOptions): Session {
  const graph = new GraphBuilder('first');
  const x = graph.input('x', 'float32', ['rows', model.hidden]);
  const layer = layerAt(model, 0);
  const normed = norm(graph, x, layer.attentionNorm, model.normEps);
  beforeAttention(graph, model, layer, normed, options);
  return graph.open();
}

export function openBetween(model: Model, index: number, options: LinearOptions): Session {
  const graph = new GraphBuilder(`between${index}`);
  const next = layerAt(model, index + 1);
  const normed = afterAttention(graph, model, layerAt(model, index), next.attentionNorm, options, 'y');
  graph.output('y', 'float32', ['rows', model.hidden]);
  beforeAttention(graph, model, next, normed, options);
  return graph.open();
}

export function openLast(model: Model, options: LinearOptions): Session {
  const graph = new GraphBuilder('last');
  const layer = layerAt(model, model.layers.length - 1);
  const normed = afterAttention(graph, model, layer, model.outputNorm, options, null);
  const head = linear(
    graph,
    linearInput(normed, model.hidden),
    [{ tensor: model.head, bias: null }],
    options,
  );
  graph.op('Identity', [head], { outputs: ['logits'] });
  graph.output('logits', 'float32', ['rows', model.vocabSize]);
  return graph.open();
}

function layerAt(model: Model, index: number): LayerWeights {
  const layer = model.layers[index];
  if (!layer) throw new RangeError(`the model has no layer ${index}`);
  return layer;
}

function beforeAttention(
  graph: GraphBuilder,
  { hidden, heads, kvHeads, headDim, normEps, rope }: Model,
  { q, k, v, qBias, kBias, vBias, qNorm, kNorm }: LayerWeights,
  normed: string,
  options: LinearOptions,
): void {
  const toScores = 1 / Math.sqrt(headDim);
  const hasNorm = qNorm !== null && kNorm !== null;
  const qkv = linear(
    graph,
    linearInput(normed, hidden),
    [
      { tensor: q, bias: qBias, scale: hasNorm ? 1 : toScores },
      { tensor: k, bias: kBias },
      { tensor: v, bias: vBias },
    ],
    options,
  );
  const qSize = heads * headDim;
  const kvSize = kvHeads * headDim;
  const [qk = ''] = graph.split(qkv, [qSize + kvSize, kvSize], [`qk`, 'v']);
  const ready = hasNorm
    ? headNorms(graph, qk, { heads, kvHeads, headDim, normEps, qNorm, kNorm, toScores })
    : qk;
  const rows3 = graph.op('Unsqueeze', [ready, graph.int64s(0)]);
  const half = rope.dims / 2;
  const rotated = graph.op(
    'RotaryEmbedding',
    [
      rows3,
      graph.int64s(0),
      graph.input('cos', 'float32', ['rows', half]),
      graph.input('sin', 'float32', ['rows', half]),
    ],
    {
      microsoft: true,
      attributes: {
        num_heads: { int: heads + kvHeads },
        ...(rope.dims < headDim && { rotary_embedding_dim: { int: rope.dims } }),
      },
    },
  );
  graph.split(rotated, [qSize, kvSize], ['q', 'k']);
  graph.output('q', 'float32', [1, 'rows', qSize]);
  graph.output('k', 'float32', [1, 'rows', kvSize]);
  graph.output('v', 'float32', ['rows', kvSize]);
}

interface HeadNorms extends Pick<Model, 'heads' | 'kvHeads' | 'headDim' | 'normEps'> {
  readonly qNorm: Tensor;
  readonly kNorm: Tensor;
  readonly toScores: number;
}

/** RMS norm of each head's values, of q and k at once: the weights differ by head. */
function headNorms(
  graph: GraphBuilder,
  qk: string,
  { heads, kvHeads, headDim, normEps, qNorm, kNorm, toScores }: HeadNorms,
): string {
  const all = heads + kvHeads;
  const weights = new Float32Array(all * headDim);
  const ofQ = qNorm.floats().map((each) => each * toScores);
  const ofK = kNorm.floats();
  for (let head = 0; head < all; head++) weights.set(head < heads ? ofQ : ofK, head * headDim);
  const byHead = graph.op('Reshape', [qk, graph.int64s(-1, all, headDim)]);
  const ones = graph.small('float32', [headDim], new Float32Array(headDim).fill(1));
  const normed = graph.op('SimplifiedLayerNormalization', [byHead, ones], {
    attributes: { axis: { int: -1 }, epsilon: { float: normEps } },
  });
  const weighted = graph.op('Mul', [normed, graph.weight('float32', [all, headDim], weights)]);
  return graph.op('Reshape', [weighted, graph.int64s(-1, all * headDim)]);
}

/** Output projection, residual, norm, SwiGLU, residual, and the norm that comes next, whose output is returned. */
function afterAttention(
  graph: GraphBuilder,
  { hidden, heads, headDim, ffn, normEps }: Model,
  { output, ffnNorm, gate, up, down }: LayerWeights,
  nextNorm: Tensor,
  options: LinearOptions,
  sumName: string | null,
): string {
  const x = graph.input('x', 'float32', ['rows', hidden]);
  const attention = graph.input('attention', 'float32', ['rows', heads * headDim]);
  const attended = linear(
    graph,
    linearInput(attention, heads * headDim),
    [{ tensor: output, bias: null }],
    options,
  );
  const normed = addAndNorm(graph, x, attended, ffnNorm, normEps, 'x2');
  const [gated = '', upped = ''] = linearEach(
    graph,
    linearInput(normed, hidden),
    [
      { tensor: gate, bias: null },
      { tensor: up, bias: null },
    ],
    options,
  );
  const silu = graph.op('QuickGelu', [gated], { microsoft: true, attributes: { alpha: { float: 1 } } });
  const inner = linearInput(graph.op('Mul', [silu, upped]), ffn);
  const out = linear(graph, inner, [{ tensor: down, bias: null }], options);
  return addAndNorm(graph, 'x2', out, nextNorm, normEps, sumName);
}

function norm(graph: GraphBuilder, x: string, weight: Tensor, epsilon: number): string {
  return graph.op('SimplifiedLayerNormalization', [x, normWeight(graph, weight)], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

function addAndNorm(
  graph: GraphBuilder,
  x: string,
  more: string,
  weight: Tensor,
  epsilon: number,
  sumName: string | null,
): string {
  const normed = sumName === null ? 'normed' : `${sumName}.normed`;
  return graph.op('SkipSimplifiedLayerNormalization', [x, more, normWeight(graph, weight)], {
    microsoft: true,
    attributes: { epsilon: { float: epsilon } },
    outputs: sumName === null ? [normed] : [normed, '', '', sumName],
  });
}

function normWeight(graph: GraphBuilder, weight: Tensor): string {
  return graph.weight('float32', [weight.rows * weight.columns], weight.floats());
}
