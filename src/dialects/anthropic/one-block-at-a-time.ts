import type { Part } from '../../core/part.ts';

type Kind = 'text' | 'reasoning' | 'tool-call';

interface Block {
  readonly id: string;
  readonly kind: Kind | 'media';
  /** Held back while an earlier block is still open. */
  readonly held: Part[];
  hasEnded: boolean;
}

/**
 * Reorders parts so that a block begins only after the one before has ended: other providers let parallel tool calls
 * grow side by side. Blocks keep the order of their starts; those still open at the finish are ended there.
 */
export function oneBlockAtATime(): (part: Part) => readonly Part[] {
  let queue: Block[] = [];

  const begin = (id: string, kind: Block['kind'], part: Part): Part[] => {
    const isFirst = queue.length === 0;
    const hasEnded = kind === 'media';
    if (!isFirst || !hasEnded) queue.push({ id, kind, held: isFirst ? [] : [part], hasEnded });
    return isFirst ? [part] : [];
  };

  const goOn = (id: string, part: Part, isEnd: boolean): Part[] => {
    const block = queue.find((candidate) => candidate.id === id && !candidate.hasEnded);
    if (!block) return [];
    block.hasEnded = isEnd;
    if (block !== queue[0]) {
      block.held.push(part);
      return [];
    }
    return isEnd ? [part, ...release()] : [part];
  };

  /** The first block has ended: what was held back follows, up to the next block that is still open. */
  const release = (): Part[] => {
    const freed: Part[] = [];
    while (queue[0]?.hasEnded) {
      queue.shift();
      freed.push(...(queue[0]?.held.splice(0) ?? []));
    }
    return freed;
  };

  const finish = (part: Part): Part[] => {
    const rest = queue.flatMap((block) => [
      ...block.held,
      ...(block.hasEnded || block.kind === 'media' ? [] : [endOf(block.id, block.kind)]),
    ]);
    queue = [];
    return [...rest, part];
  };

  return (part) => {
    switch (part.type) {
      case 'text-start':
        return begin(part.id, 'text', part);
      case 'reasoning-start':
        return begin(part.id, 'reasoning', part);
      case 'tool-call-start':
        return begin(part.id, 'tool-call', part);
      case 'media':
        return begin('', 'media', part);
      case 'text-delta':
      case 'reasoning-delta':
      case 'tool-call-delta':
        return goOn(part.id, part, false);
      case 'text-end':
      case 'reasoning-end':
      case 'tool-call-end':
        return goOn(part.id, part, true);
      case 'finish':
        return finish(part);
      case 'head':
      case 'wire':
      case 'logprobs':
      case 'usage':
      case 'embedding':
      case 'token-count':
        return [part];
    }
  };
}

function endOf(id: string, kind: Kind): Part {
  return { type: `${kind}-end`, id };
}
