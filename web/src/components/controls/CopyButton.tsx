import { useEffect, useState } from 'react';
import { CheckIcon, CopyIcon } from '../icons.tsx';

const SHOWN_MS = 1600;

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [result, setResult] = useState<'copied' | 'failed' | null>(null);

  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  const copy = async () => setResult((await copyText(text)) ? 'copied' : 'failed');
  const says = result === 'copied' ? 'Copied' : result === 'failed' ? 'Select it and copy by hand' : label;
  return (
    <button
      type="button"
      className="icon-button copy-button"
      aria-label={says}
      title={says}
      data-result={result}
      onClick={() => void copy()}
    >
      {result === 'copied' ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}

/** The clipboard API is there on secure origins only, and a gateway is often reached by plain http. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'off-screen';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}
