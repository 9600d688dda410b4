import { pointer } from './json-pointer.js';
import type { MemberProblem } from './problems/problem.error.js';

/** Levels of arrays and objects that a body may have. */
export const maxDepth = 64;
const maxErrors = 20;

/** Objects and arrays by the names of their members whose numbers parsing changed. */
export type LostNumbers = Map<object, Set<string>>;

/** Looks through a parsed JSON value for what must not be stored. One use each. */
export class JsonInspection {
  private readonly errors: MemberProblem[] = [];
  private readonly path: (string | number)[] = [];

  /**
   * @param lost the numbers that parsing changed
   * @param escaped whether the text had \u escapes, without which strings need no look
   */
  constructor(
    private readonly lost: LostNumbers,
    private readonly escaped: boolean,
  ) {}

  /** What is wrong, at most 20 problems; empty where all is well. */
  inspect(value: unknown): readonly MemberProblem[] {
    this.visit(value);
    return this.errors;
  }

  private visit(value: unknown): void {
    if (typeof value === 'string') {
      if (this.escaped && !isStorable(value)) this.note(unstorable);
    } else if (typeof value === 'object' && value !== null) {
      if (this.path.length >= maxDepth) this.note(`Nested too deep; ${maxDepth} levels are allowed.`);
      else if (Array.isArray(value)) this.visitItems(value);
      else this.visitMembers(value as Record<string, unknown>);
    }
  }

  private visitItems(items: readonly unknown[]): void {
    const lost = this.lost.get(items);
    for (let index = 0; index < items.length && this.errors.length < maxErrors; index++) {
      this.path.push(index);
      if (lost?.has(String(index))) this.note(lostNumber);
      this.visit(items[index]);
      this.path.pop();
    }
  }

  private visitMembers(members: Record<string, unknown>): void {
    const lost = this.lost.get(members);
    // The object comes from JSON.parse: it has no inherited members to loop over.
    for (const name in members) {
      if (this.errors.length >= maxErrors) return;
      this.path.push(name);
      if (isForbidden(name)) this.note('This name is not allowed for a member.');
      else if (this.escaped && !isStorable(name)) this.note(unstorable);
      if (lost?.has(name)) this.note(lostNumber);
      this.visit(members[name]);
      this.path.pop();
    }
  }

  private note(detail: string): void {
    const where = this.path.reduce<string>(pointer, '');
    this.errors.push({ pointer: where.toWellFormed().replaceAll('\0', '\uFFFD'), detail });
  }
}

const unstorable = 'Must not hold a NUL character or half of a surrogate pair.';
const lostNumber = 'This number has more digits or range than JSON numbers keep; send it as a string.';

/** Names that could reach an object's prototype; "constructor" also switches off class-validator. */
function isForbidden(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype';
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
