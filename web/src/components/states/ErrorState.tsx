import { ApiError } from '../../api/request.ts';

/** What failed, where, and the way to try again. Without an admin key the prompt says it all. */
export function ErrorState({
  error,
  what,
  onRetry,
}: {
  readonly error: unknown;
  readonly what: string;
  readonly onRetry: () => void;
}) {
  // The prompt for the key is open and says the rest.
  if (error instanceof ApiError && error.status === 401)
    return <p className="hint error-state">{what} can be seen with an admin key.</p>;
  const message = error instanceof Error ? error.message : String(error);
  const where =
    error instanceof ApiError
      ? `${error.path.split('?')[0] ?? ''}${error.status ? ` answered ${error.status}` : ''}`
      : null;
  return (
    <div className="error-state" role="alert">
      <p>
        <strong>{what} could not be loaded.</strong> {message}
      </p>
      {where && <p className="hint">{where}</p>}
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
