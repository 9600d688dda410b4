/** Milliseconds by which a look goes back behind one that found an end: a change is seen when its transaction ends. */
const margin = 5_000;
/** Milliseconds by which it goes back behind one that took all it could, as statements are not begun at once. */
const slack = 1_000;
/** A look at everything is taken when so many times what it takes have passed, within these milliseconds. */
const pauses = { times: 200, least: 100, most: 30_000 };

interface Floor {
  /** How long before {@link at} that was due which may still be there, in milliseconds. */
  readonly age: number;
  /** On the monotonic clock. */
  readonly at: number;
}

/** What a claim found of a target. */
export interface Found {
  /** How many milliseconds before the look each became due. */
  readonly dueFor: readonly number[];
  /** How many it could have taken. */
  readonly free: number;
}

/**
 * How far back in time the claims of a dispatcher look for what is due. While some transaction holds an old snapshot,
 * PostgreSQL cannot remove the index entries of what was delivered since, and a look at everything passes over each
 * of them: it takes longer and longer. What is due is taken in the order of time, so the next look can begin where the
 * last one ended. What becomes due behind that (a transaction that took longer than the {@link margin}, the end of a
 * lease, a row that was locked) is found by a look at everything, every fraction of a second as long as that is cheap.
 */
export class LookBack {
  private readonly floors = new Map<number, Floor>();
  private nextAt = 0;
  private cost = Number.POSITIVE_INFINITY;

  /** Milliseconds to look back, for each target; one that is not there: everything. */
  of(targets: Iterable<number>, now: number): ReadonlyMap<number, number> {
    const isDue = now >= this.nextAt;
    const ages = new Map<number, number>();
    for (const target of targets) {
      const floor = this.floors.get(target);
      if (floor && !isDue) ages.set(target, floor.age + now - floor.at);
    }
    return ages;
  }

  /**
   * @param looked what {@link of} said
   * @param begun when the claim began
   */
  note(
    found: ReadonlyMap<number, Found>,
    looked: ReadonlyMap<number, number>,
    begun: number,
    now: number,
  ): void {
    for (const [target, { dueFor, free }] of found) {
      // It may have been left out, as its breaker is not closed; and what nobody claims leaves nothing behind.
      if (dueFor.length === 0) continue;
      const age = dueFor.length < free ? margin : Math.min(...dueFor) + slack;
      this.floors.set(target, { age, at: begun });
    }
    if (looked.size > 0 || found.size === 0) return;
    // One that other work held up says nothing of its cost, so it may not rise at once.
    this.cost = Math.min(now - begun, 2 * this.cost);
    this.nextAt = now + Math.min(Math.max(pauses.times * this.cost, pauses.least), pauses.most);
  }

  /** Forgets targets that are not there any more. */
  keep(targets: { has(target: number): boolean }): void {
    for (const target of this.floors.keys()) if (!targets.has(target)) this.floors.delete(target);
  }
}
