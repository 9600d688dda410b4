/** How far the delivery of a change has got, by number of targets. */
export interface DeliveryState {
  /** Those that get the record's changes. */
  readonly targets: number;
  /** Of them, those that have acknowledged the version, or a newer one. */
  readonly delivered: number;
  /** Of the others, those for which the record is held until an administrator looks at it. */
  readonly held: number;
}

/** Whether time alone changes nothing any more. */
export function isSettled({ targets, delivered, held }: DeliveryState): boolean {
  return delivered + held === targets;
}

/** The state of several changes together. */
export function sumOf(states: readonly DeliveryState[]): DeliveryState {
  const sum = (member: keyof DeliveryState): number =>
    states.reduce((total, state) => total + state[member], 0);
  return { targets: sum('targets'), delivered: sum('delivered'), held: sum('held') };
}
