/** Gives ids to function calls that have none, and finds the call that a result answers. */
export interface CallLog {
  /** @returns the call's id */
  called(id: string | undefined, name: string): string;
  /** @returns the id of the call that is answered */
  answered(id: string | undefined, name: string): string;
}

/** Ids are numbered along the conversation, so that each turn of a client gives the same call the same one. */
export function callLog(): CallLog {
  const open: { readonly id: string; readonly name: string }[] = [];
  let count = 0;
  return {
    called: (given, name) => {
      const id = given || `gemini_call_${count++}`;
      open.push({ id, name });
      return id;
    },
    answered: (given, name) => {
      const byId = given ? open.findIndex((call) => call.id === given) : -1;
      const byName = open.findIndex((call) => call.name === name);
      const index = given ? byId : byName;
      const [call] = index >= 0 ? open.splice(index, 1) : [];
      return given || (call?.id ?? `gemini_call_${count++}`);
    },
  };
}
