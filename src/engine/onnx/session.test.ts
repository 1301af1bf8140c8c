import { describe, expect, it } from 'vitest';
import { externalTensor, model, node, tensor, value } from './encode.ts';
import { floats, floatTensor, openSession, Tensor } from './session.ts';

const product = (weights: Uint8Array): Uint8Array =>
  model({
    name: 'product',
    nodes: [
      node({ op: 'MatMul', inputs: ['x', 'w'], outputs: ['xw'] }),
      node({
        op: 'ReduceSum',
        inputs: ['xw', 'axes'],
        outputs: ['y'],
        attributes: { keepdims: { int: 0 } },
      }),
    ],
    inputs: [value('x', 'float32', ['rows', 2])],
    outputs: [value('y', 'float32', ['rows'])],
    initializers: [weights, tensor('axes', 'int64', [1], BigInt64Array.of(-1n))],
  });

describe('a model made of plain values', () => {
  it('runs with its weights inside', () => {
    const session = openSession(product(tensor('w', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4))));
    const out = session.run({ x: floatTensor(Float32Array.of(1, 1, -1, 2), [2, 2]) });
    expect(session.inputNames).toEqual(['x']);
    expect(out['y']?.dims).toEqual([2]);
    expect([...floats(out, 'y')]).toEqual([10, 11]);
    session.dispose();
  });

  it('runs with its weights in a buffer outside', () => {
    const data = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4).buffer);
    const place = { location: 'weights', offset: 4, length: 16 };
    const session = openSession(product(externalTensor('w', 'float32', [2, 2], place)), {
      externalData: [{ path: 'weights', data }],
    });
    const out = session.run({ x: floatTensor(Float32Array.of(1, 1), [1, 2]) });
    expect([...floats(out, 'y')]).toEqual([10]);
    session.dispose();
  });

  it('takes every kind of attribute, and negative numbers', () => {
    const bytes = model({
      name: 'attributes',
      nodes: [
        node({ op: 'Elu', inputs: ['x'], outputs: ['a'], attributes: { alpha: { float: 0.5 } } }),
        node({
          op: 'Constant',
          inputs: [],
          outputs: ['c'],
          attributes: { value: { tensor: tensor('', 'float32', [2], Float32Array.of(1, 2)) } },
        }),
        node({ op: 'Constant', inputs: [], outputs: ['d'], attributes: { value_floats: { floats: [0.5] } } }),
        node({ op: 'Add', inputs: ['a', 'c'], outputs: ['b'] }),
        node({ op: 'Mul', inputs: ['b', 'd'], outputs: ['e'] }),
        node({ op: 'Transpose', inputs: ['e'], outputs: ['f'], attributes: { perm: { ints: [1, 0] } } }),
        node({ op: 'Softmax', inputs: ['f'], outputs: ['g'], attributes: { axis: { int: -2 } } }),
        node({
          op: 'Cast',
          inputs: ['g'],
          outputs: ['y'],
          attributes: { to: { int: 1 } },
          name: 'last',
        }),
      ],
      inputs: [value('x', 'float32', [1, 2])],
      outputs: [value('y', 'float32', [2, 1])],
    });
    const out = openSession(bytes).run({ x: new Tensor('float32', Float32Array.of(0, 0), [1, 2]) });
    const [first = 0, second = 0] = floats(out, 'y');
    expect(Math.log(second / first)).toBeCloseTo(0.5, 5);
  });

  it('refuses what is no model', () => {
    expect(() => openSession(Uint8Array.of(1, 2, 3))).toThrow();
  });
});
