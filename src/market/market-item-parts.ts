export const marketItemKinds = ['product', 'service', 'training', 'grant_opportunity', 'other'] as const;
export type MarketItemKind = (typeof marketItemKinds)[number];

/** Who provides an item. */
export interface Provider {
  name: string;
  email?: string | null;
  phone?: string | null;
  url?: string | null;
}

export const priceTypes = ['free', 'fixed', 'range', 'quote'] as const;
export type PriceType = (typeof priceTypes)[number];

/** What an item costs. Amounts are decimal numbers as texts; which there are is a matter of the type. */
export interface Price {
  type: PriceType;
  /** With `fixed`. */
  amount?: string | null;
  /** With `range`, as is `max`. */
  min?: string | null;
  max?: string | null;
  /** ISO 4217 code, with `fixed` and `range`. */
  currency?: string | null;
  /** What the amounts are for: `per hour`. */
  unit?: string | null;
  /** First day of the price. */
  validFrom?: string | null;
  /** First day on which it is no longer the price. */
  validTo?: string | null;
}

export const availabilityStatuses = [
  'available',
  'limited',
  'preorder',
  'unavailable',
  'discontinued',
] as const;
export type AvailabilityStatus = (typeof availabilityStatuses)[number];

/** Whether, when and where an item can be had. */
export interface Availability {
  status: AvailabilityStatus;
  /** How many can be had; null where they are not counted. */
  quantity?: number | null;
  /** First day on which it can be had. */
  from?: string | null;
  /** First day on which it can no longer be had. */
  to?: string | null;
  /** Codes of the places where it can be had; null: everywhere. */
  serviceAreas?: string[] | null;
}

/** A document that somebody who wants an item must show. */
export interface RequiredDocument {
  name: string;
  description?: string | null;
  url?: string | null;
}
