/** How metrics name a target: never by its URL, which may hold a secret. */
export const targetLabelNames = ['resource', 'target', 'target_id'] as const;
export type TargetLabel = (typeof targetLabelNames)[number];

export function targetLabels(target: {
  readonly id: number;
  readonly name: string;
  readonly resource: string;
}): Record<TargetLabel, string | number> {
  return { resource: target.resource, target: target.name, target_id: target.id };
}
