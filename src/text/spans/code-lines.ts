/** Begins a statement of one of the usual languages. */
const STATEMENT =
  /^\s*(?:from\s+[\w.]+\s+import\b|import\s+(?:[\w.]+(?:\s*,|\s+as\s|\s*;?\s*$)|[{*"'])|def\s+\w+\s*\(|class\s+\w+\s*[({:]|async\s+(?:def|function)\b|(?:export\s+)?(?:default\s+)?function\b\s*\*?\s*\w*\s*\(|(?:export\s+)?(?:const|let|var)\s+[\w{[][^=]*=|(?:public|private|protected|static|export|interface|struct|impl|fn|func|namespace)\s+\w.*[{(;=]|#include\s*[<"]|@\w[\w.]*(?:\(.*\))?\s*$|(?:if|for|while|switch|catch)\s*\(.*\)\s*\{?\s*$|(?:if|elif|for|while|with|try|else|except|finally)\b[^.?!]*:\s*$|\}?\s*else\s*\{|try\s*\{|>>>\s|\.\.\.\s|assert\s+\S|return\b[^.]*;\s*$|SELECT\s.+\sFROM\s)/;
const ASSIGNMENT = /^\s*[A-Za-z_$][\w.$[\]'"]*\s*(?:[+\-*/|&]?=|:=)\s*[^=\s].*[\w)\]}'";,]\s*$/;
const CALL = /^\s*[A-Za-z_$][\w.$]*\([^)]*\)\s*[;:{]?\s*$/;
const CLOSING = /^\s*[}\])]+[;,)]*\s*$/;
const PUNCTUATED = /[=(){}[\]<>].*[;{]\s*$/;

export const DEFINITION =
  /^\s*(?:from\s+[\w.]+\s+import\b|import\b|def\s|class\s|async\s+(?:def|function)\b|(?:export\s+)?(?:default\s+)?function\b|(?:export\s+)?(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:\(|function\b)|(?:public|private|protected|static|interface|struct|impl|fn|func)\b|#include\b|@\w)/;
export const DEFINED_NAME = /^\s*(?:async\s+)?(?:def|function|fn|func)\s+([A-Za-z_]\w*)/;
export const COMMENT = /^\s*(?:#(?!include\b)|\/\/|\/\*|\*(?:\s|\/|$)|--\s)/;

/** Whether a line by itself is code rather than prose. */
export function isCodeLine(line: string): boolean {
  if (line.length > 2_000) return false;
  return (
    STATEMENT.test(line) ||
    CLOSING.test(line) ||
    PUNCTUATED.test(line) ||
    ASSIGNMENT.test(line) ||
    CALL.test(line)
  );
}
