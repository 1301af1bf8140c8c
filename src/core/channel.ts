import type { MessagePort, Worker } from 'node:worker_threads';

/** A two-way line of JSON-like messages to another thread or process. */
export interface Channel {
  send(message: unknown): void;
  /** Returns the way to stop listening. */
  receive(listener: (message: unknown) => void): () => void;
  /** Calls back once when the other side is gone. Returns the way to stop listening. */
  onClose(listener: () => void): () => void;
}

/** The parts of `process` and of a child process that carry messages. */
export interface ProcessLine {
  readonly connected?: boolean;
  send?(message: never): boolean;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

interface Envelope {
  readonly channel: string;
  readonly body: unknown;
}

/** A channel over a process's IPC line, which several channels share: both ends give the same name. */
export function processChannel(line: ProcessLine, name: string): Channel {
  return {
    send(body) {
      const envelope: Envelope = { channel: name, body };
      if (line.connected) line.send?.(envelope as never);
    },
    receive(listener) {
      const onMessage = (message: unknown): void => {
        if (isEnvelope(message) && message.channel === name) listener(message.body);
      };
      line.on('message', onMessage);
      return () => line.off('message', onMessage);
    },
    onClose(listener) {
      line.on('disconnect', listener);
      return () => line.off('disconnect', listener);
    },
  };
}

/** A channel to a worker thread, or from inside one to its parent. */
export function threadChannel(port: MessagePort | Worker): Channel {
  const closing = 'threadId' in port ? 'exit' : 'close';
  return {
    send: (message) => port.postMessage(message),
    receive(listener) {
      port.on('message', listener);
      return () => port.off('message', listener);
    },
    onClose(listener) {
      port.on(closing, listener);
      return () => port.off(closing, listener);
    },
  };
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && 'channel' in message && 'body' in message;
}
