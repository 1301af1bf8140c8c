import { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import type { BlockQueue } from '../wire/block-queue.ts';
import { madeCallId } from '../wire/call-id.ts';
import type { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { thoughtSignature } from './parse-messages.ts';

/** Puts the pieces of tool calls, which name their call by `index`, into blocks. */
export interface ToolCallDeltas {
  /** @param delta of a choice; `tool_calls`, or `function_call` of older servers */
  parse(delta: Fields): Part[];
  /** Whether there was any tool call. */
  seen(): boolean;
}

interface OpenCall {
  readonly key: string;
  readonly wireId: string;
}

export function toolCallDeltas(queue: BlockQueue): ToolCallDeltas {
  const open = new Map<number, OpenCall>();
  const usedIds = new Set<string>();

  const begin = (index: number, wireId: string): OpenCall & { readonly id: string } => {
    const id = wireId === '' || usedIds.has(wireId) ? madeCallId() : wireId;
    usedIds.add(id);
    const call = { key: id, wireId, id };
    open.set(index, call);
    return call;
  };

  const parseDelta = (index: number, wireId: string, called: Fields | undefined): Part[] => {
    const text = called?.optionalString('arguments') ?? '';
    const known = open.get(index);
    // Some servers give every call the same index; then a new id tells that another call begins.
    if (known && (wireId === '' || known.wireId === '' || wireId === known.wireId)) {
      if (queue.has(known.key)) return queue.toolCall(known.key, { id: known.key, name: '' }, text);
      if (text.trim() === '') return [];
      throw new CallError('upstream_garbage', 'The provider went on with a tool call that was complete.');
    }
    const name = called?.optionalString('name');
    if (!name) throw new CallError('upstream_garbage', 'The provider sent a tool call without a name.');
    const { key, id } = begin(index, wireId);
    return queue.toolCall(key, { id, name }, text);
  };

  return {
    parse(delta) {
      const parts = delta.items('tool_calls').flatMap((call, position) => {
        const index = call.optionalInteger('index') ?? position;
        const parts = parseDelta(index, call.optionalString('id') ?? '', call.optionalObject('function'));
        const signature = thoughtSignature(call.optionalJsonObject('extra_content'));
        const key = open.get(index)?.key;
        if (signature !== undefined && key !== undefined)
          queue.sign(key, ownedSignature('google', signature));
        return parts;
      });
      const older = delta.optionalObject('function_call');
      return [...parts, ...(older ? parseDelta(-1, '', older) : [])];
    },
    seen: () => usedIds.size > 0,
  };
}
