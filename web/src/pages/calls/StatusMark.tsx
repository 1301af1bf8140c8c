import type { CallView } from '../../api/types.ts';
import { Badge } from '../../components/Badge.tsx';

/** Only what went wrong has a colour. */
export function StatusMark({ call }: { readonly call: CallView }) {
  switch (call.status) {
    case 'ok':
      return <span className="quiet">ok</span>;
    case 'aborted':
      return (
        <Badge tone="warn" {...(call.errorMessage && { title: call.errorMessage })}>
          aborted
        </Badge>
      );
    case 'error':
      return (
        <Badge tone="bad" {...(call.errorMessage && { title: call.errorMessage })}>
          {call.errorCode ?? `HTTP ${call.httpStatus}`}
        </Badge>
      );
  }
}
